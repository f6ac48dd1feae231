#include "tests/runs/run_world.h"

#include <algorithm>
#include <stdexcept>

#include "base/process.h"
#include "connections/migrations.h"
#include "runs/migrations.h"
#include "runs/routes.h"
#include "tests/support/must.h"
#include "webhooks/inbox.h"
#include "webhooks/replay.h"
#include "workspaces/trigger_decision.h"

namespace fakes {
namespace {

using test_support::must;

constexpr char kKind[] = "github";

}  // namespace

std::string commit_id(char digit) { return std::string(40, digit); }

base::Result<vcs::Repository> FakeSource::find(const Repository& repository) {
  calls.emplace_back("find");
  if (!find_failures.empty()) {
    auto error = find_failures.front();
    find_failures.pop_front();
    return error;
  }
  vcs::Repository out;
  out.id = repository.id.empty() ? "1" : repository.id;
  out.path = repository.path;
  out.http_url = "https://forge.example/" + repository.path;
  out.default_branch = default_branch;
  return out;
}

base::Result<std::string> FakeSource::resolve_commit(const Repository&, const std::string& shortened) {
  calls.emplace_back("resolve");
  return std::string(40, shortened.at(0));
}

base::Result<std::string> FakeSource::branch_head(const Repository& repository, const std::string& branch) {
  calls.emplace_back("head");
  const auto found = heads.find(repository.id + " " + branch);
  if (found == heads.end()) return base::not_found("no such branch");
  return found->second;
}

base::Status FakeSource::fetch(const Repository&, const std::vector<std::string>&, const std::vector<std::string>&) {
  calls.emplace_back("fetch");
  if (fetch_failures.empty()) return {};
  auto error = fetch_failures.front();
  fetch_failures.pop_front();
  return error;
}

base::Result<git::ChangedPaths> FakeSource::changed_by_push(const Repository&, const std::string&, const std::string&,
                                                            const std::string&) {
  return changed;
}
base::Result<git::ChangedPaths> FakeSource::changed_by_pull_request(const Repository&, const std::string&,
                                                                    const std::string&) {
  return changed;
}

base::Result<git::CommitFacts> FakeSource::commit_facts(const Repository&, const std::string& sha) {
  git::CommitFacts facts;
  facts.sha = sha;
  facts.message = facts.subject = "commit " + sha.substr(0, 7);
  return facts;
}

base::Result<std::vector<git::CommitFacts>> FakeSource::history(const Repository& repository, const std::string& sha,
                                                                std::size_t) {
  std::vector<git::CommitFacts> commits;
  for (const auto& id : {sha, commit_id('e'), commit_id('f')}) {
    ASSIGN_OR_RETURN(commits.emplace_back(), commit_facts(repository, id));
    if (id != commit_id('f')) commits.back().parents = {commit_id('f')};
  }
  return commits;
}

base::Result<std::string> FakeSource::archive(const Repository& repository, const std::string& sha,
                                              const std::filesystem::path& directory) {
  calls.emplace_back("archive");
  const auto name = repository.id + "-" + sha + ".tar.gz";
  if (std::filesystem::exists(directory / name)) return name;
  ASSIGN_OR_RETURN(const auto tree, base::TemporaryDirectory::create(directory, "tree-"));
  RETURN_IF_ERROR(base::write_file(tree.path() / "main.tf", repository.id + " " + sha));
  base::Command command;
  command.arguments = {"tar", "--format=ustar",     "-czf",   (directory / name).string(),
                       "-C",  tree.path().string(), "main.tf"};
  ASSIGN_OR_RETURN(const auto packed, base::run_process(command));
  if (!packed.succeeded()) return base::internal("tar: " + packed.errors);
  return name;
}

base::Result<std::string> FakeSource::archive_with_submodules(const Repository& repository, const std::string& sha,
                                                              const std::filesystem::path& directory) {
  calls.emplace_back("archive-with-submodules");
  if (!submodule_failures.empty()) {
    const auto failure = submodule_failures.front();
    submodule_failures.pop_front();
    return failure;
  }
  return archive(repository, sha, directory);
}

int FakeSource::count(const std::string& operation) const {
  return static_cast<int>(std::count(calls.begin(), calls.end(), operation));
}

base::Result<runs::Exit> FakeSandbox::run(const runs::Command& command, const Output& on_output,
                                          std::stop_token cancel) {
  commands.push_back(command);
  if (behave) return behave(command, on_output, cancel);
  on_output("ran " + command.argv.front() + "\n");
  return runs::Exit{.reason = "finished"};
}

RunWorld::RunWorld(storage::Database& database)
    : directory(must(base::TemporaryDirectory::create(std::filesystem::temp_directory_path(), "runs-"))),
      all(database, {connections::migrations(), runs::migrations()}) {
  source.heads["1 main"] = commit_id('0');
  source.heads["2 main"] = commit_id('9');
  start();
  service->register_jobs(all.world.workers);
  const runs::Routes routes{*service, database, *all.world.guard, "https://bridge.example", *all.service};
  runs::add_routes(all.world.router, routes);
  all.included = [routes](const http::Request& request, const auto& workspaces, const auto& names) {
    return runs::included_of_workspaces(routes, request, workspaces, names);
  };
}

void RunWorld::start() {
  runs::Options options;
  options.data_directory = directory.path();
  options.public_url = "https://bridge.example";
  options.allow_forks = allow_forks;
  options.watch_every = base::Millis(20);
  connections = std::make_unique<connections::Service>(connections::Service::Dependencies{
      all.world.database, all.world.clock, all.world.vault, catalogue::Catalogue::builtin(),
      [](const connections::Attempt&) { return connections::Report(); }});
  service = must(runs::Service::create({all.world.database,
                                        all.world.clock,
                                        all.world.vault,
                                        *all.world.service,
                                        *all.variables,
                                        source,
                                        sandbox,
                                        options,
                                        {},
                                        connections.get()}));
  workspaces::Service::Listeners listeners;
  listeners.connected = [this](storage::Transaction& transaction, const workspaces::Workspace& workspace) {
    return workspace.queue_all_runs ? service->queue_first_run(transaction, workspace.id.str()) : base::Status();
  };
  listeners.unlocked = [this](storage::Transaction& transaction, const workspaces::Workspace& workspace) {
    return service->advance(transaction, workspace.id.str());
  };
  all.service->set_listeners(std::move(listeners));
}

std::string RunWorld::workspace(const std::string& name, const nlohmann::json& attributes) {
  nlohmann::json wanted = {{"vcs-repo", all.repository()},
                           {"queue-all-runs", true},
                           {"plan-command", {"plan"}},
                           {"apply-command", {"apply"}}};
  wanted.update(attributes);
  const auto made = all.create(name, wanted);
  if (made.status != 201) throw std::runtime_error(made.text);
  const auto id = made.data().at("id").get<std::string>();
  jobs();
  for (const auto& one : runs_of(id)) {
    if (one.status == runs::Status::kPlanned) act(one.id, "discard");
  }
  return id;
}

vcs::Push RunWorld::push(const std::string& commit, const std::string& branch) const {
  vcs::Push out;
  out.repository = {"1", "acme/infra", "main"};
  out.ref = branch;
  out.before = commit_id('0');
  out.after = commit;
  out.head.sha = commit;
  out.head.message = "subject of " + commit.substr(0, 7) + "\n\nbody";
  return out;
}

vcs::PullRequest RunWorld::pull_request(const std::string& commit, int number) const {
  vcs::PullRequest out;
  out.repository = {"1", "acme/infra", "main"};
  out.number = number;
  out.source_branch = "feature";
  out.target_branch = "main";
  out.head_sha = commit;
  out.base_sha = commit_id('0');
  return out;
}

webhooks::DeliveryContext RunWorld::store_delivery() {
  auto& world = all.world;
  const auto hooks = world.columns("SELECT uuid FROM vcs_hooks WHERE repository_id = '1'");
  const auto hook = must(all.cache->find(hooks.at(0)));
  const std::string key = "delivery-" + std::to_string(++deliveries_), body = key;
  const base::Headers headers;
  const auto prepared =
      webhooks::prepare_delivery(world.clock.now(), *hook, {key, "push", "127.0.0.1", &headers, &body});
  must(world.database.write(
      [&](storage::Transaction& transaction) { return webhooks::store_delivery(transaction, world.clock, prepared); }));
  // The dispatcher is not looked at here: its job would only find a delivery that is done.
  must(world.database.write([&](storage::Transaction& transaction) {
    return transaction.execute("DELETE FROM jobs WHERE kind = 'delivery.process'");
  }));
  webhooks::DeliveryContext context;
  context.delivery =
      webhooks::DeliveryId(world.columns("SELECT id FROM deliveries WHERE delivery_key = '" + key + "'").at(0));
  context.hook = hook->id;
  context.organization = hook->organization;
  context.client = hook->client;
  context.token = hook->token;
  context.kind = world.registry.find(kKind);
  context.repository_id = "1";
  context.repository_path = context_path;
  context.received_at = world.clock.now();
  return context;
}

base::Result<webhooks::HandlerOutcome> RunWorld::deliver(const vcs::Event& event, int attempt) {
  if (const auto* push = std::get_if<vcs::Push>(&event)) source.heads.try_emplace("1 " + push->ref, push->after);
  all.world.clock.advance(base::Millis(1));  // decisions are ordered by time
  auto context = store_delivery();
  context.attempt = attempt;
  last_ = context;
  return service->handler().handle(context, {event});
}

base::Result<webhooks::HandlerOutcome> RunWorld::replay(const vcs::Event& event, bool force) {
  all.world.clock.advance(base::Millis(1));
  webhooks::ReplayRequest wanted;
  wanted.delivery = last_.delivery;
  wanted.force = force;
  must(all.world.database.write([&](storage::Transaction& transaction) {
    return webhooks::replay_delivery(transaction, all.world.clock, wanted, [&](auto& same, const auto& delivery) {
      return service->allow_runs_again(same, delivery);
    });
  }));
  must(all.world.database.write([&](storage::Transaction& transaction) {
    return transaction.execute("DELETE FROM jobs WHERE kind = 'delivery.process'");
  }));
  last_.replayed = true;
  return service->handler().handle(last_, {event});
}

std::vector<runs::Run> RunWorld::runs_of(const std::string& workspace, bool plan_only) {
  runs::store::RunFilter filter;
  filter.workspace = workspace;
  filter.plan_only = plan_only;
  return must(all.world.database.read([&](storage::Connection& connection) {
           return runs::store::list_runs(connection, filter, {1, 100});
         }))
      .items;
}

runs::Run RunWorld::run(const runs::RunId& id) {
  return must(all.world.database.read(
                  [&](storage::Connection& connection) { return runs::store::find_run(connection, id.str()); }))
      .value();
}

std::string RunWorld::why(const std::string& workspace) {
  const auto decisions = must(all.world.database.read([&](storage::Connection& connection) {
    return workspaces::list_decisions(connection, workspaces::WorkspaceId(workspace), {1, 1});
  }));
  return decisions.items.empty() ? "" : decisions.items.front().rule_name;
}

std::string RunWorld::log_of(const std::string& phase) {
  const auto path = service->log_path(phase);
  return must(service->read_log(path.substr(path.rfind('/') + 1), 0, 1U << 20U));
}

int RunWorld::act(const runs::RunId& id, const std::string& action) {
  return all.post("/api/v2/runs/" + id.str() + "/actions/" + action).status;
}

}  // namespace fakes
