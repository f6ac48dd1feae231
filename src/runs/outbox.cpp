#include "runs/outbox.h"

#include "base/id.h"
#include "runs/state.h"

namespace runs {
namespace {

using vcs::CommitState;

constexpr base::Millis kClaim{120'000};  // longer than any call to a provider takes
constexpr base::Millis kBusy{500};

const char* state_name(CommitState state) {
  switch (state) {
    case CommitState::kPending: return "pending";
    case CommitState::kRunning: return "running";
    case CommitState::kSuccess: return "success";
    case CommitState::kFailure: return "failure";
    case CommitState::kError: return "error";
  }
  return "error";
}

CommitState state_from(const std::string& name) {
  for (const auto state :
       {CommitState::kPending, CommitState::kRunning, CommitState::kSuccess, CommitState::kFailure}) {
    if (name == state_name(state)) return state;
  }
  return CommitState::kError;
}

struct Claimed {
  providers::OAuthTokenId token;
  vcs::Repository repository;
  vcs::CommitStatus status;
  std::int64_t revision = 0, posted = 0;
};

Claimed read_claimed(const storage::Row& row) {
  Claimed claimed;
  claimed.token = row.id<providers::OAuthTokenId>(0);
  claimed.repository.id = row.text(1);
  claimed.repository.path = row.text(2);
  claimed.status.sha = row.text(3);
  claimed.status.context = row.text(4);
  claimed.status.state = state_from(row.text(5));
  claimed.status.description = row.text(6);
  claimed.status.target_url = row.text(7);
  claimed.status.ref = row.text(8);
  if (row.integer(9) > 0) claimed.status.pull_request_number = static_cast<int>(row.integer(9));
  claimed.revision = row.integer(10);
  claimed.posted = row.integer(11);
  return claimed;
}

}  // namespace

std::pair<CommitState, std::string> status_of(const Run& run) {
  switch (run.status) {
    case Status::kPending: return {CommitState::kPending, "Waiting for its turn"};
    case Status::kPlanning: return {CommitState::kRunning, "Planning"};
    case Status::kPlanned: return {CommitState::kSuccess, "Plan finished; its changes wait for confirmation"};
    case Status::kPlannedAndFinished:
      return {CommitState::kSuccess, run.has_changes ? "Plan finished, with changes" : "Plan finished, no changes"};
    case Status::kConfirmed: return {CommitState::kPending, "Confirmed; the apply is next"};
    case Status::kApplying: return {CommitState::kRunning, "Applying"};
    case Status::kApplied: return {CommitState::kSuccess, "Applied"};
    case Status::kDiscarded: return {CommitState::kError, "Discarded"};
    case Status::kCanceled:
    case Status::kForceCanceled: return {CommitState::kError, "Canceled"};
    case Status::kErrored: return {CommitState::kFailure, run.error.empty() ? "Failed" : "Failed: " + run.error};
    default: return {CommitState::kPending, "Working"};
  }
}

namespace outbox {

base::Status put(storage::Transaction& transaction, const base::Clock& clock, const Entry& entry) {
  ASSIGN_OR_RETURN(
      const auto row,
      transaction.find(
          "INSERT INTO commit_statuses (id, organization_id, token_id, repository_id, repository_path, sha, context, "
          "state, description, target_url, ref, pull_request_number, revision, posted_revision, claimed_until, "
          "last_error, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1, 0, 0, '', $13) "
          "ON CONFLICT (token_id, repository_id, sha, context) DO UPDATE SET state = excluded.state, description = "
          "excluded.description, target_url = excluded.target_url, pull_request_number = "
          "excluded.pull_request_number, repository_path = excluded.repository_path, revision = "
          "commit_statuses.revision + 1, updated_at = excluded.updated_at RETURNING id, revision",
          {base::random_id("cst"), entry.organization, entry.origin.token, entry.origin.repository_id,
           entry.origin.repository_path, entry.origin.commit_sha, entry.context, state_name(entry.state),
           entry.description, entry.target_url, entry.origin.branch, entry.origin.pull_request_number, clock.now()}));
  const std::string id = row->text(0);
  return jobs::enqueue(transaction, {"status.post", id + ":" + std::to_string(row->integer(1)), id});
}

base::Status put_if_changed(storage::Transaction& transaction, const base::Clock& clock, const Entry& entry) {
  ASSIGN_OR_RETURN(
      const auto same,
      transaction.find("SELECT 1 FROM commit_statuses WHERE token_id = $1 AND repository_id = $2 AND sha = "
                       "$3 AND context = $4 AND state = $5 AND description = $6 AND target_url = $7",
                       {entry.origin.token, entry.origin.repository_id, entry.origin.commit_sha, entry.context,
                        state_name(entry.state), entry.description, entry.target_url}));
  return same ? base::Status() : put(transaction, clock, entry);
}

jobs::Outcome post(storage::Database& database, const base::Clock& clock, providers::Service& providers,
                   const jobs::Job& job) {
  const auto row = database.write([&](storage::Transaction& transaction) {
    const base::Time now = clock.now();
    return transaction.find(
        "UPDATE commit_statuses SET claimed_until = $2 WHERE id = $1 AND claimed_until <= $3 RETURNING token_id, "
        "repository_id, repository_path, sha, context, state, description, target_url, ref, pull_request_number, "
        "revision, posted_revision",
        {job.payload, now + kClaim, now});
  });
  if (!row) return jobs::Outcome::retry(row.error().message);
  if (!*row) {
    const auto left = database.read([&](storage::Connection& connection) {
      return connection.find("SELECT 1 FROM commit_statuses WHERE id = $1 AND posted_revision < revision",
                             {job.payload});
    });
    return left && !*left ? jobs::Outcome::done() : jobs::Outcome::retry("another post is under way", kBusy);
  }
  const Claimed claimed = read_claimed(**row);
  base::Status outcome;
  if (claimed.posted < claimed.revision) {
    auto opened = providers.open(claimed.token);
    outcome = opened ? opened->provider->set_status(claimed.repository, claimed.status)
                     : base::Status(std::move(opened).error());
  }
  const std::string reason = outcome ? "" : outcome.error().message;
  const auto released = database.write([&](storage::Transaction& transaction) {
    return transaction.execute(
        "UPDATE commit_statuses SET claimed_until = 0, posted_revision = $2, last_error = $3 WHERE id = $1",
        {job.payload, outcome ? claimed.revision : claimed.posted, reason});
  });
  if (!released) return jobs::Outcome::retry(released.error().message);
  if (outcome) return jobs::Outcome::done();
  const auto code = outcome.error().code;
  // No such repository or commit, or no right to report: no later attempt is better.
  if (code == base::Code::kNotFound || code == base::Code::kForbidden || code == base::Code::kInvalid) {
    return jobs::Outcome::park(reason);
  }
  return jobs::Outcome::retry(reason, outcome.error().retry_after);
}

}  // namespace outbox
}  // namespace runs
