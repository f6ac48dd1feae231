#include "runs/ingest.h"

#include "base/strings.h"
#include "runs/store.h"
#include "runs/trigger_event.h"
#include "workspaces/store.h"

namespace runs {
namespace {

constexpr std::string_view kWithSubmodules = "submodules";  // before the ids in a job's payload

}  // namespace

base::Result<ConfigurationVersion> Ingest::start(storage::Transaction& transaction,
                                                 const workspaces::Workspace& workspace) {
  ConfigurationVersion version;
  version.id = ConfigurationVersionId::make();
  version.organization = workspace.organization;
  version.workspace = workspace.id.str();
  version.status = "fetching";
  version.source = source_name(workspace.vcs ? workspace.vcs->service_provider : "");
  version.created_at = dependencies_.lifecycle.now();
  version.times["fetching-at"] = version.created_at;
  RETURN_IF_ERROR(store::insert_configuration(transaction, version));
  RETURN_IF_ERROR(workspaces::store::set_configuration_version(transaction, workspace.id, version.id.str()));
  RETURN_IF_ERROR(jobs::enqueue(transaction, {"run.ingest", version.id.str(), version.id.str()}));
  return version;
}

base::Result<Ingest::Fetched> Ingest::fetch(const workspaces::Workspace& workspace) {
  if (!workspace.vcs) return base::conflict("the workspace is not connected to a repository any more");
  const auto& vcs = *workspace.vcs;
  const SourceRepository repository{workspace.organization, vcs.token, vcs.repository_id, vcs.identifier};
  auto& source = dependencies_.source;
  ASSIGN_OR_RETURN(const auto found, source.find(repository));
  const std::string branch = vcs.branch.empty() ? found.default_branch : vcs.branch;
  if (branch.empty()) return base::conflict("the repository is empty: push something first");
  ASSIGN_OR_RETURN(const auto head, source.branch_head(repository, branch));
  RETURN_IF_ERROR(source.fetch(repository, {head}, {"refs/heads/" + branch}));
  Fetched fetched;
  ASSIGN_OR_RETURN(fetched.archive, vcs.ingress_submodules
                                        ? source.archive_with_submodules(repository, head, dependencies_.archives)
                                        : source.archive(repository, head, dependencies_.archives));
  const auto facts = source.commit_facts(repository, head);
  fetched.ingress.commit_message = facts ? base::shorten(facts->message, 16'384) : "";
  fetched.ingress.id = IngressId::make();
  fetched.ingress.branch = branch;
  fetched.ingress.commit_sha = head;
  fetched.ingress.identifier = vcs.identifier;
  fetched.ingress.clone_url = found.https_clone_url;
  fetched.ingress.on_default_branch = branch == found.default_branch;
  return fetched;
}

base::Status Ingest::settle(const std::string& id, const base::Result<Fetched>& fetched) {
  return dependencies_.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(auto version, store::find_configuration(transaction, id));
    if (!version || version->status != "fetching") return {};
    version->status = fetched ? "uploaded" : "errored";
    version->times[version->status + "-at"] = dependencies_.lifecycle.now();
    if (fetched) {
      RETURN_IF_ERROR(store::insert_ingress(transaction, version->organization, fetched->ingress));
      version->ingress = fetched->ingress.id;
      version->archive = fetched->archive;
    } else {
      version->error = "fetch_failed";
      version->error_message = fetched.error().message;
    }
    RETURN_IF_ERROR(store::update_configuration(transaction, *version));
    ASSIGN_OR_RETURN(const auto waiting, store::of_configuration(transaction, version->id));
    for (Run run : waiting) {
      if (run.status != Status::kPending) continue;
      if (fetched) {
        run.origin.commit_sha = fetched->ingress.commit_sha;
        run.origin.branch = fetched->ingress.branch;
        RETURN_IF_ERROR(store::update_run(transaction, run, run.status));
      } else {
        RETURN_IF_ERROR(dependencies_.lifecycle.step(transaction, run, Step::kFail, {}, version->error_message));
      }
    }
    return fetched ? dependencies_.lifecycle.configuration_ready(transaction, *version) : base::Status();
  });
}

jobs::Outcome Ingest::work(const jobs::Job& job) {
  auto workspace = dependencies_.database.read(
      [&](storage::Connection& connection) -> base::Result<std::optional<workspaces::Workspace>> {
        ASSIGN_OR_RETURN(const auto version, store::find_configuration(connection, job.payload));
        if (!version || version->status != "fetching") return std::optional<workspaces::Workspace>();
        return workspaces::store::find(connection, workspaces::WorkspaceId(version->workspace));
      });
  if (!workspace) return jobs::Outcome::retry(workspace.error().message);
  if (!*workspace) return jobs::Outcome::done();
  const auto fetched = fetch(**workspace);
  const bool may_pass = !fetched && (fetched.error().code == base::Code::kUnavailable ||
                                     fetched.error().code == base::Code::kRateLimited);
  if (may_pass && job.attempt < kAttempts - 1) {
    return jobs::Outcome::retry(fetched.error().message, fetched.error().retry_after);
  }
  if (auto settled = settle(job.payload, fetched); !settled) return jobs::Outcome::retry(settled.error().message);
  return jobs::Outcome::done();
}

base::Status Ingest::fetch_later(storage::Transaction& transaction, const std::vector<std::string>& versions,
                                 bool with_submodules) {
  const std::string mark = with_submodules ? std::string(kWithSubmodules) + " " : "";
  return jobs::enqueue(transaction, {"run.fetch", versions.front(), mark + base::join(versions, " ")});
}

base::Result<std::optional<Run>> Ingest::first_waiting(const std::vector<std::string>& versions) {
  return dependencies_.database.read([&](storage::Connection& connection) -> base::Result<std::optional<Run>> {
    for (const auto& id : versions) {
      ASSIGN_OR_RETURN(const auto version, store::find_configuration(connection, id));
      if (!version || version->status != "fetching") continue;
      ASSIGN_OR_RETURN(auto runs, store::of_configuration(connection, version->id));
      if (!runs.empty()) return std::optional<Run>(std::move(runs.front()));
    }
    return std::optional<Run>();
  });
}

base::Result<std::string> Ingest::fetch(const Run& run, bool with_submodules) {
  const auto& origin = run.origin;
  const SourceRepository repository{run.organization, origin.token, origin.repository_id, origin.repository_path};
  auto& source = dependencies_.source;
  RETURN_IF_ERROR(source.fetch(repository, {origin.commit_sha}, {"refs/heads/" + origin.branch}));
  return with_submodules ? source.archive_with_submodules(repository, origin.commit_sha, dependencies_.archives)
                         : source.archive(repository, origin.commit_sha, dependencies_.archives);
}

base::Status Ingest::settle(storage::Transaction& transaction, const std::string& id,
                            const base::Result<std::string>& archive) {
  ASSIGN_OR_RETURN(auto version, store::find_configuration(transaction, id));
  if (!version || version->status != "fetching") return {};
  version->status = archive ? "uploaded" : "errored";
  version->times[version->status + "-at"] = dependencies_.lifecycle.now();
  if (archive) {
    version->archive = *archive;
  } else {
    version->error = "fetch_failed";
    version->error_message = archive.error().message;
  }
  RETURN_IF_ERROR(store::update_configuration(transaction, *version));
  if (archive) return dependencies_.lifecycle.configuration_ready(transaction, *version);
  ASSIGN_OR_RETURN(const auto waiting, store::of_configuration(transaction, version->id));
  for (Run run : waiting) {
    if (run.status != Status::kPending) continue;
    RETURN_IF_ERROR(dependencies_.lifecycle.step(transaction, run, Step::kFail, {},
                                                 "the commit could not be fetched: " + version->error_message));
  }
  return {};
}

jobs::Outcome Ingest::work_for_all(const jobs::Job& job) {
  auto versions = base::split(job.payload, ' ');
  const bool with_submodules = versions.front() == kWithSubmodules;
  if (with_submodules) versions.erase(versions.begin());
  const auto run = first_waiting(versions);
  if (!run) return jobs::Outcome::retry(run.error().message);
  if (!*run) return jobs::Outcome::done();
  const auto archive = fetch(**run, with_submodules);
  const bool may_pass = !archive && (archive.error().code == base::Code::kUnavailable ||
                                     archive.error().code == base::Code::kRateLimited);
  if (may_pass && job.attempt < kAttempts - 1) {
    return jobs::Outcome::retry(archive.error().message, archive.error().retry_after);
  }
  const auto settled = dependencies_.database.write([&](storage::Transaction& transaction) -> base::Status {
    for (const auto& id : versions) RETURN_IF_ERROR(settle(transaction, id, archive));
    return {};
  });
  return settled ? jobs::Outcome::done() : jobs::Outcome::retry(settled.error().message);
}

}  // namespace runs
