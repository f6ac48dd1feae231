#include "runs/aggregate.h"

#include <algorithm>
#include <map>

#include "base/strings.h"
#include "crypto/hash.h"
#include "jsonapi/json.h"
#include "jsonapi/resource.h"
#include "runs/outbox.h"
#include "runs/store.h"
#include "workspaces/store.h"

namespace runs::aggregate {
namespace {

using vcs::CommitState;

// The run's page, or that of all workspaces if there are several.
base::Result<std::string> page_of(storage::Connection& connection, const std::string& public_url,
                                  const std::string& context, const std::vector<Run>& runs) {
  const std::string all =
      public_url + "/app/" + base::url_encode(context.substr(context.find('/') + 1)) + "/workspaces";
  if (runs.size() > 1) return all;
  const Run& run = runs.front();
  ASSIGN_OR_RETURN(const auto workspace, workspaces::store::find(connection, workspaces::WorkspaceId(run.workspace)));
  return workspace ? all + "/" + base::url_encode(workspace->name) + "/runs/" + run.id.str() : all;
}

std::int64_t count(const std::vector<Run>& runs, CommitState state) {
  return std::count_if(runs.begin(), runs.end(), [&](const Run& run) { return status_of(run).first == state; });
}

// Of every workspace the newest run, for pushes and for each pull request.
std::vector<Run> newest_of(const std::vector<Run>& runs) {
  std::map<std::pair<std::string, int>, Run> newest;
  for (const Run& run : runs) newest.insert_or_assign({run.workspace, run.origin.pull_request_number}, run);
  std::vector<Run> out;
  for (auto& [place, run] : newest) out.push_back(std::move(run));
  return out;
}

}  // namespace

bool is_aggregate(const std::string& status_context) {
  return std::count(status_context.begin(), status_context.end(), '/') == 1;
}

std::pair<CommitState, std::string> status_of_all(const std::vector<Run>& runs) {
  if (runs.size() == 1) return status_of(runs.front());
  const auto all = static_cast<std::int64_t>(runs.size());
  const auto of_all = [&](std::int64_t some, const char* what) {
    return std::to_string(some) + " of " + std::to_string(all) + " workspaces " + what;
  };
  const auto waiting = count(runs, CommitState::kPending), working = count(runs, CommitState::kRunning);
  if (const auto failed = count(runs, CommitState::kFailure); failed > 0) {
    return {CommitState::kFailure, of_all(failed, "failed")};
  }
  if (working > 0) return {CommitState::kRunning, of_all(all - waiting - working, "done")};
  if (waiting > 0) return {CommitState::kPending, of_all(all - waiting, "done")};
  if (const auto ended = count(runs, CommitState::kError); ended > 0) {
    return {CommitState::kError, of_all(ended, "canceled or discarded")};
  }
  return {CommitState::kSuccess, "All " + std::to_string(all) + " workspaces done"};
}

base::Status ask(storage::Transaction& transaction, const Run& run) {
  const Origin& origin = run.origin;
  const std::string key =
      origin.token.str() + "|" + origin.repository_id + "|" + origin.commit_sha + "|" + run.status_context;
  return jobs::enqueue(transaction, {"status.aggregate", base::to_hex(crypto::sha256(key)),
                                     jsonapi::dump({{"organization", run.organization.str()},
                                                    {"token", origin.token.str()},
                                                    {"repository-id", origin.repository_id},
                                                    {"repository-path", origin.repository_path},
                                                    {"commit", origin.commit_sha},
                                                    {"branch", origin.branch},
                                                    {"pull-request", origin.pull_request_number},
                                                    {"context", run.status_context}})});
}

jobs::Outcome work(storage::Database& database, const base::Clock& clock, const std::string& public_url,
                   const jobs::Job& job) {
  const auto payload = jsonapi::parse(job.payload);
  if (!payload) return jobs::Outcome::park("a payload that is none");
  outbox::Entry entry;
  entry.organization = auth::OrganizationId(jsonapi::get_text(*payload, "organization"));
  entry.context = jsonapi::get_text(*payload, "context");
  entry.origin.token = providers::OAuthTokenId(jsonapi::get_text(*payload, "token"));
  entry.origin.repository_id = jsonapi::get_text(*payload, "repository-id");
  entry.origin.repository_path = jsonapi::get_text(*payload, "repository-path");
  entry.origin.commit_sha = jsonapi::get_text(*payload, "commit");
  entry.origin.branch = jsonapi::get_text(*payload, "branch");
  entry.origin.pull_request_number = static_cast<int>(jsonapi::get_integer(*payload, "pull-request"));
  const auto done = database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto found, store::of_commit(transaction, entry.origin));
    const auto runs = newest_of(found);
    if (runs.empty()) return {};
    std::tie(entry.state, entry.description) = status_of_all(runs);
    ASSIGN_OR_RETURN(entry.target_url, page_of(transaction, public_url, entry.context, runs));
    for (const Run& run : runs) {
      entry.origin.pull_request_number = std::max(entry.origin.pull_request_number, run.origin.pull_request_number);
    }
    return outbox::put_if_changed(transaction, clock, entry);
  });
  return done ? jobs::Outcome::done() : jobs::Outcome::retry(done.error().message);
}

}  // namespace runs::aggregate
