#include "runs/service.h"
#include "runs/pictures.h"

#include "base/file.h"
#include "base/random.h"
#include "base/strings.h"
#include "connections/service.h"
#include "jobs/queue.h"
#include "logging/log.h"
#include "runs/aggregate.h"
#include "runs/executor.h"
#include "runs/ingest.h"
#include "runs/lifecycle.h"
#include "runs/log_address.h"
#include "runs/outbox.h"
#include "runs/state_file.h"
#include "runs/store.h"
#include "runs/sweep.h"
#include "runs/trigger.h"
#include "workspaces/store.h"

namespace runs {
namespace {

constexpr std::chrono::seconds kForceCancelAfter{60};

Actor actor_of(const auth::Principal& who) {
  switch (who.kind) {
    case auth::Principal::Kind::kUser: return {"users", who.user.str(), who.name};
    case auth::Principal::Kind::kTeam: return {"teams", who.team.str(), who.name};
    case auth::Principal::Kind::kOrganization: return {"organizations", who.organization.str(), who.name};
    default: return {};
  }
}

// The key that log addresses are made with: kept in the vault, made at the first start.
base::Result<base::Secret> log_key(storage::Database& database, vault::Vault& vault) {
  const vault::Owner owner{"", "run_secrets", "log-key", "secret_id"};
  const base::Secret fresh(base::random_base58(43));
  return database.write([&](storage::Transaction& transaction) -> base::Result<base::Secret> {
    ASSIGN_OR_RETURN(const auto row, transaction.find("SELECT secret_id FROM run_secrets WHERE name = 'log-key'"));
    if (row) return vault.get(transaction, row->id<vault::SecretId>(0), owner);
    ASSIGN_OR_RETURN(const auto id, vault.put(transaction, owner, fresh));
    ASSIGN_OR_RETURN(const auto inserted,
                     transaction.execute("INSERT INTO run_secrets (name, secret_id) VALUES ('log-key', $1)", {id}));
    static_cast<void>(inserted);
    return fresh;
  });
}

}  // namespace

class Service::Impl {
 public:
  Impl(Dependencies given, base::Secret key)
      : dependencies(std::move(given)),
        lifecycle(dependencies.clock, dependencies.options.public_url),
        log_addresses(dependencies.clock, std::move(key)),
        executor({dependencies.database, dependencies.vault, lifecycle, dependencies.variables, dependencies.sandbox,
                  dependencies.options, dependencies.open_key, dependencies.connections}),
        ingest({dependencies.database, lifecycle, dependencies.source, executor.archives()}),
        trigger({dependencies.database, dependencies.clock, lifecycle, dependencies.source, executor.archives(),
                 dependencies.options.allow_forks, [this](const RunId& id) { executor.stop_run(id); }}),
        pictures(dependencies.source, dependencies.clock) {}

  // One change of one run by a person, with its comment.
  base::Status act(const auth::Principal& who, const RunId& id, const std::string& comment,
                   const std::function<base::Status(storage::Transaction&, Run&)>& change) {
    return dependencies.database.write([&](storage::Transaction& transaction) -> base::Status {
      ASSIGN_OR_RETURN(auto run, store::find_run(transaction, id.str()));
      if (!run) return base::not_found("not found");
      RETURN_IF_ERROR(change(transaction, *run));
      if (comment.empty()) return {};
      return store::insert_comment(transaction,
                                   {CommentId::make(), id, comment, actor_of(who), dependencies.clock.now()});
    });
  }

  base::Status cancel(storage::Transaction& transaction, Run& run, const Actor& actor) {
    if (!is_cancelable(run.status)) return base::conflict("transition not allowed");
    if (!run.canceled_at) run.canceled_at = dependencies.clock.now();
    if (!run.force_cancel_available_at) run.force_cancel_available_at = *run.canceled_at + kForceCancelAfter;
    // A program at work gets time to tidy up; whoever runs it writes how it ended.
    if (run.status == Status::kPlanning || run.status == Status::kApplying) {
      transaction.on_commit([this, id = run.id] { executor.stop_run(id); });
      return store::update_run(transaction, run, run.status);
    }
    return lifecycle.step(transaction, run, Step::kCancel, actor, "");
  }

  base::Status force_cancel(storage::Transaction& transaction, Run& run, const Actor& actor) {
    if (!run.force_cancel_available_at || *run.force_cancel_available_at > dependencies.clock.now()) {
      return base::conflict("transition not allowed: cancel the run first and give it a minute");
    }
    transaction.on_commit([this, id = run.id] { executor.stop_run(id); });
    return lifecycle.step(transaction, run, Step::kForceCancel, actor, "");
  }

  // Files of a repository or branch the workspace is not connected to any more are nobody's wish.
  static base::Result<bool> is_usable(storage::Connection& connection,
                                      const std::optional<ConfigurationVersion>& version,
                                      const workspaces::Workspace& workspace) {
    if (!version) return false;
    if (!workspace.vcs) return true;
    ASSIGN_OR_RETURN(const auto ingress, store::find_ingress(connection, version->ingress));
    if (!ingress || ingress->identifier != workspace.vcs->identifier) return false;
    if (!ingress->tag.empty()) return true;
    return workspace.vcs->branch.empty() ? ingress->on_default_branch : ingress->branch == workspace.vcs->branch;
  }

  base::Result<ConfigurationVersion> choose_configuration(storage::Transaction& transaction, const NewRun& wanted,
                                                          const workspaces::Workspace& workspace) {
    if (!wanted.configuration_version.empty()) {
      ASSIGN_OR_RETURN(auto named, store::find_configuration(transaction, wanted.configuration_version));
      if (!named || named->workspace != workspace.id.str()) {
        return base::invalid("Configuration version is not one of this workspace",
                             "/data/relationships/configuration-version");
      }
      return *std::move(named);
    }
    ASSIGN_OR_RETURN(auto latest, store::latest_configuration(transaction, workspace.id.str()));
    ASSIGN_OR_RETURN(const bool usable, is_usable(transaction, latest, workspace));
    if (usable) return *std::move(latest);
    if (workspace.vcs) return ingest.start(transaction, workspace);
    return base::invalid("Configuration version is missing: connect the workspace to a repository first",
                         "/data/relationships/configuration-version");
  }

  base::Result<Run> create(storage::Transaction& transaction, const NewRun& wanted, const Actor& actor) {
    ASSIGN_OR_RETURN(const auto workspace,
                     workspaces::store::find(transaction, workspaces::WorkspaceId(wanted.workspace)));
    if (!workspace) return base::not_found("not found");
    if (wanted.is_destroy && !workspace->allow_destroy_plan) {
      return base::invalid("destroy plans are not allowed in this workspace", "/data/attributes/is-destroy");
    }
    ASSIGN_OR_RETURN(const auto version, choose_configuration(transaction, wanted, *workspace));
    Run run;
    run.configuration_version = version.id;
    run.source = wanted.source;
    run.message = wanted.message.empty() ? "Queued manually" : wanted.message;
    run.plan_only = wanted.plan_only || version.speculative;
    run.is_destroy = wanted.is_destroy;
    run.refresh = wanted.refresh;
    run.refresh_only = wanted.refresh_only;
    run.allow_empty_apply = wanted.allow_empty_apply;
    run.auto_apply = !run.plan_only && wanted.auto_apply.value_or(workspace->auto_apply);
    run.target_addresses = wanted.target_addresses;
    run.replace_addresses = wanted.replace_addresses;
    run.variables = wanted.variables;
    run.service_connections = wanted.service_connections;
    run.created_by = actor;
    if (workspace->vcs) {
      run.origin.token = workspace->vcs->token;
      run.origin.repository_id = workspace->vcs->repository_id;
      run.origin.repository_path = workspace->vcs->identifier;
      ASSIGN_OR_RETURN(const auto ingress, store::find_ingress(transaction, version.ingress));
      if (ingress) {
        run.origin.commit_sha = ingress->commit_sha;
        run.origin.branch = ingress->branch;
        run.origin.pull_request_number = ingress->pull_request_number;
        run.origin.from_fork = ingress->from_fork;
      }
    }
    RETURN_IF_ERROR(lifecycle.create(transaction, run, *workspace));
    return run;
  }

  Dependencies dependencies;
  Lifecycle lifecycle;
  LogAddresses log_addresses;
  Executor executor;
  Ingest ingest;
  Trigger trigger;
  Pictures pictures;
};

Service::Service(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Service::~Service() = default;

base::Result<std::unique_ptr<Service>> Service::create(Dependencies dependencies) {
  for (const char* name : {"archives", "logs", "runs"}) {
    std::error_code problem;
    const auto directory = dependencies.options.data_directory / name;
    std::filesystem::create_directories(directory, problem);
    if (!problem) std::filesystem::permissions(directory, std::filesystem::perms::owner_all, problem);
    if (problem) {
      return base::unavailable("the directory " + directory.string() + " could not be made", problem.message());
    }
  }
  ASSIGN_OR_RETURN(auto key, log_key(dependencies.database, dependencies.vault));
  return std::unique_ptr<Service>(new Service(std::make_unique<Impl>(std::move(dependencies), std::move(key))));
}

Pictures& Service::pictures() { return impl_->pictures; }
providers::Service& Service::providers() { return impl_->dependencies.providers; }

base::Result<std::vector<connections::RunConnection>> Service::connections_of(const Run& run) {
  auto* connections = impl_->dependencies.connections;
  if (connections == nullptr) return std::vector<connections::RunConnection>();
  return impl_->dependencies.database.read([&](storage::Connection& connection) {
    return connections->connections_of(connection, {run.id.str(), run.workspace, run.service_connections});
  });
}

webhooks::DeliveryHandler& Service::handler() { return impl_->trigger; }

void Service::register_jobs(jobs::Workers& workers) {
  Impl* const impl = impl_.get();
  jobs::WorkerOptions plans;
  plans.threads = impl->dependencies.options.planners;
  workers.register_handler("run.plan", plans, [impl](const jobs::Job& job) { return impl->executor.plan(job); });
  jobs::WorkerOptions applies;
  applies.threads = impl->dependencies.options.appliers;
  workers.register_handler("run.apply", applies, [impl](const jobs::Job& job) { return impl->executor.apply(job); });
  workers.register_handler("run.ingest", {}, [impl](const jobs::Job& job) { return impl->ingest.work(job); });
  workers.register_handler("run.fetch", {}, [impl](const jobs::Job& job) { return impl->ingest.work_for_all(job); });
  workers.register_handler("status.aggregate", {}, [impl](const jobs::Job& job) {
    return aggregate::work(impl->dependencies.database, impl->dependencies.clock, impl->dependencies.options.public_url,
                           job);
  });
  workers.register_handler("status.post", {}, [impl](const jobs::Job& job) {
    return outbox::post(impl->dependencies.database, impl->dependencies.clock, impl->dependencies.providers, job);
  });
}

base::Status Service::sweep() {
  ASSIGN_OR_RETURN(const int count,
                   runs::sweep(impl_->dependencies.database, impl_->dependencies.options.data_directory));
  if (count > 0) logging::info("what nobody refers to was removed", {{"count", count}});
  return {};
}

void Service::stop() { impl_->executor.stop_all(); }

base::Status Service::forget_workspace(storage::Transaction& transaction, const std::string& workspace) {
  ASSIGN_OR_RETURN(const auto unfinished, store::unfinished(transaction, workspace));
  for (const Run& run : unfinished) {
    transaction.on_commit([impl = impl_.get(), id = run.id] { impl->executor.stop_run(id); });
  }
  return erase_state(transaction, impl_->dependencies.vault, workspace);
}

base::Status Service::advance(storage::Transaction& transaction, const std::string& workspace) {
  return impl_->lifecycle.advance(transaction, workspace);
}

base::Status Service::allow_runs_again(storage::Transaction& transaction, const webhooks::DeliveryId& delivery) {
  return store::release_unique_keys(transaction, delivery.str());
}

base::Status Service::queue_first_run(storage::Transaction& transaction, const std::string& workspace) {
  NewRun wanted;
  wanted.workspace = workspace;
  wanted.source = "tfe-configuration-version";
  wanted.message = "First run of the connected repository";
  ASSIGN_OR_RETURN(const auto run, impl_->create(transaction, wanted, {}));
  static_cast<void>(run);
  return {};
}

base::Result<Run> Service::create_run(const auth::Principal& who, const NewRun& wanted) {
  return impl_->dependencies.database.write(
      [&](storage::Transaction& transaction) { return impl_->create(transaction, wanted, actor_of(who)); });
}

base::Status Service::confirm(const auth::Principal& who, const RunId& id, const std::string& comment) {
  return impl_->act(who, id, comment, [&](storage::Transaction& transaction, Run& run) {
    return impl_->lifecycle.step(transaction, run, Step::kConfirm, actor_of(who), "");
  });
}

base::Status Service::discard(const auth::Principal& who, const RunId& id, const std::string& comment) {
  auto done = impl_->act(who, id, comment, [&](storage::Transaction& transaction, Run& run) {
    return impl_->lifecycle.step(transaction, run, Step::kDiscard, actor_of(who), "");
  });
  std::error_code ignored;
  if (done) std::filesystem::remove_all(impl_->executor.run_directory(id.str()), ignored);
  return done;
}

base::Status Service::cancel(const auth::Principal& who, const RunId& id, const std::string& comment) {
  return impl_->act(who, id, comment, [&](storage::Transaction& transaction, Run& run) {
    return impl_->cancel(transaction, run, actor_of(who));
  });
}

base::Status Service::force_cancel(const auth::Principal& who, const RunId& id, const std::string& comment) {
  return impl_->act(who, id, comment, [&](storage::Transaction& transaction, Run& run) {
    return impl_->force_cancel(transaction, run, actor_of(who));
  });
}

base::Result<Comment> Service::comment(const auth::Principal& who, const RunId& id, const std::string& body) {
  const Comment comment{CommentId::make(), id, body, actor_of(who), impl_->dependencies.clock.now()};
  RETURN_IF_ERROR(impl_->dependencies.database.write(
      [&](storage::Transaction& transaction) { return store::insert_comment(transaction, comment); }));
  return comment;
}

std::string Service::log_path(const std::string& phase_id) const {
  return "/api/v2/logs/" + impl_->log_addresses.secret_of(phase_id);
}

base::Result<std::string> Service::read_log(const std::string& secret, std::uint64_t offset, std::uint64_t limit) {
  ASSIGN_OR_RETURN(const auto id, impl_->log_addresses.phase_of(secret));
  ASSIGN_OR_RETURN(const auto phase, impl_->dependencies.database.read([&](storage::Connection& connection) {
    return store::find_phase(connection, id);
  }));
  if (!phase) return base::not_found("not found");
  return read_log_part(impl_->executor.log_file(phase->id), offset, limit);
}

base::Result<std::filesystem::path> Service::archive_of(const ConfigurationVersion& version) {
  if (version.status != "uploaded" || version.archive.empty()) return base::not_found("not found");
  return impl_->executor.archives() / version.archive;
}

}  // namespace runs
