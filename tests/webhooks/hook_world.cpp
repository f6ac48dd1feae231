#include "tests/webhooks/hook_world.h"

#include <algorithm>
#include <future>

#include "providers/migrations.h"
#include "tests/support/must.h"
#include "webhooks/hook_store.h"

namespace fakes {
namespace {

using test_support::must;

constexpr storage::Migration kRuns[] = {
    {1, "runs",
     "CREATE TABLE test_runs (delivery TEXT NOT NULL, number BIGINT NOT NULL);"
     "CREATE TABLE test_keys (delivery TEXT NOT NULL, number BIGINT NOT NULL, PRIMARY KEY (delivery, number))"}};

// Returns how many there were not yet.
int make_runs(storage::Transaction& transaction, const webhooks::DeliveryId& delivery, std::size_t count) {
  int made = 0;
  for (std::int64_t number = 0; number < static_cast<std::int64_t>(count); ++number) {
    if (must(transaction.execute("INSERT INTO test_keys (delivery, number) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                                 {delivery, number})) == 0) {
      continue;
    }
    must(transaction.execute("INSERT INTO test_runs (delivery, number) VALUES ($1, $2)", {delivery, number}));
    ++made;
  }
  return made;
}

base::Status release(storage::Transaction& transaction, const webhooks::DeliveryId& delivery) {
  RETURN_IF_ERROR(transaction.execute("DELETE FROM test_keys WHERE delivery = $1", {delivery}));
  return {};
}

}  // namespace

base::Result<webhooks::HandlerOutcome> RecordingHandler::handle(const webhooks::DeliveryContext& context,
                                                                const std::vector<vcs::Event>& given) {
  contexts.push_back(context);
  events.insert(events.end(), given.begin(), given.end());
  if (instead) return instead(context);
  RETURN_IF_ERROR(database_.write([&](storage::Transaction& transaction) -> base::Status {
    const int made = make_runs(transaction, context.delivery, given.size());
    return webhooks::mark_done(transaction, clock_, context.delivery, made == 0 ? "no run started" : "1 run started");
  }));
  return webhooks::HandlerOutcome::done();
}

HookWorld::HookWorld(storage::Database& database)
    : world(database, {webhooks::migrations(), {"test", kRuns}}), handler(database, world.clock) {
  world.forge.add_repository("1", "acme/infra");
  world.forge.add_repository("2", "acme/other");
  client = world.create_client();
  token = world.token_of(client);
  cache = std::make_unique<webhooks::HookCache>(database, world.clock, world.vault, world.registry);
  registrar = std::make_unique<webhooks::Registrar>(webhooks::Registrar::Dependencies{
      database, world.clock, world.vault, *world.service, *cache, "https://bridge.example"});
  receiver = std::make_unique<webhooks::Receiver>(database, world.clock, *cache);
  dispatcher = std::make_unique<webhooks::Dispatcher>(
      webhooks::Dispatcher::Dependencies{database, world.clock, world.registry, *world.service, *registrar, handler});
  registrar->register_jobs(world.workers);
  dispatcher->register_jobs(world.workers);
  receiver->add_routes(world.router);
  webhooks::add_routes(world.router, *world.guard, {database, world.clock, *registrar, world.registry, {}, release});
  world.run_jobs();  // the client's verification is not what is looked at here
}

void HookWorld::use_genuine(const vcs::Kind& kind) {
  world.use_genuine(kind);
  client = world.create_client({{"service-provider", kind.name}});
  token = world.token_of(client);
  world.run_jobs();
}

vcs::Repository HookWorld::repository(const std::string& id) const {
  vcs::Repository out;
  out.id = id;
  out.path = id == "1" ? "acme/infra" : "acme/other";
  out.display_path = out.path;
  out.http_url = "https://forge.example/" + out.path;
  return out;
}

webhooks::Hook HookWorld::attach(const std::string& consumer, const std::string& repository_id) {
  return must(world.database.write([&](storage::Transaction& transaction) {
    return registrar->attach(transaction, token, repository(repository_id), consumer);
  }));
}

webhooks::Hook HookWorld::attach_for_globex(const std::string& consumer) {
  world.acting_for = world.globex;
  const auto theirs = world.token_of(world.create_client());
  world.acting_for = world.acme;
  return must(world.database.write([&](storage::Transaction& transaction) {
    return registrar->attach(transaction, theirs, repository("1"), consumer);
  }));
}

void HookWorld::detach(const std::string& consumer) {
  must(world.database.write(
      [&](storage::Transaction& transaction) { return registrar->detach(transaction, consumer); }));
}

std::optional<webhooks::Hook> HookWorld::hook_of(const std::string& consumer) {
  return must(
      world.database.read([&](storage::Connection& connection) { return registrar->hook_of(connection, consumer); }));
}

base::Secret HookWorld::secret_of(const webhooks::Hook& hook) {
  return must(world.database.read([&](storage::Connection& connection) -> base::Result<base::Secret> {
    ASSIGN_OR_RETURN(const auto row, webhooks::store::find_hook(connection, hook.id));
    return world.vault.get(connection, row->secret, webhooks::store::secret_owner(hook.organization, hook.id));
  }));
}

http::Response answer_of(http::Response response) {
  if (!response.later) return response;
  std::promise<http::Response> given;
  response.later(http::Completion([&](std::optional<http::Response> answer) {
    given.set_value(answer ? *std::move(answer) : http::Response{.status = 503});
  }));
  return given.get_future().get();
}

http::Response HookWorld::post(const std::string& uuid, base::Headers headers, std::string body) {
  http::Request request;
  request.method = http::Method::kPost;
  request.path = request.target = "/webhooks/vcs/" + uuid;
  request.params["hook_uuid"] = uuid;
  request.request_id = "test";
  request.peer = "192.0.2.7";
  request.headers = std::move(headers);
  request.body = std::move(body);
  return answer_of(receiver->receive(request));
}

http::Response HookWorld::send(const webhooks::Hook& hook, const Sent& sent) {
  base::Headers headers{{"Content-Type", "application/json"}, {"X-Event", sent.event}};
  if (!sent.delivery.empty()) headers.add("X-Delivery", sent.delivery);
  headers.add("X-Secret", sent.secret.empty() ? secret_of(hook).reveal() : sent.secret);
  for (const auto& [name, value] : sent.more.fields()) headers.add(name, value);
  return post(hook.uuid, std::move(headers), sent.body);
}

int HookWorld::delivery_count(const std::string& state) {
  const auto states = world.columns("SELECT state FROM deliveries");
  return static_cast<int>(
      std::count_if(states.begin(), states.end(), [&](const auto& one) { return state.empty() || one == state; }));
}

std::string HookWorld::only_state() { return world.columns("SELECT state FROM deliveries").at(0); }
std::string HookWorld::only_reason() { return world.columns("SELECT reason FROM deliveries").at(0); }

void HookWorld::restart() {
  cache = std::make_unique<webhooks::HookCache>(world.database, world.clock, world.vault, world.registry);
  receiver = std::make_unique<webhooks::Receiver>(world.database, world.clock, *cache);
}

}  // namespace fakes
