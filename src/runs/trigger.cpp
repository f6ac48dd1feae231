#include "runs/trigger.h"

#include <algorithm>

#include "auth/organization.h"
#include "base/strings.h"
#include "runs/ingest.h"
#include "runs/repository_move.h"
#include "runs/store.h"
#include "runs/trigger_event.h"
#include "workspaces/path_matcher.h"
#include "workspaces/store.h"
#include "workspaces/trigger_decision.h"

namespace runs {
namespace {

using workspaces::Decision;
using workspaces::FileMatch;

// One workspace that listens to the repository, and what came of the event for it.
struct Candidate {
  workspaces::Workspace workspace;
  workspaces::TriggerView view;
  workspaces::HistoryFacts history;
  FileMatch files;
  Decision decision;
};

std::string unique_key(const Candidate& candidate, const TriggerEvent& event) {
  return candidate.workspace.id.str() + "|" + event.kind + "|" + event.commit;
}

bool may_pass(const base::Error& error) {
  return error.code == base::Code::kUnavailable || error.code == base::Code::kRateLimited;
}

// The way of one event from its payload to what is to be written.
class Event {
 public:
  Event(const Trigger::Dependencies& dependencies, const webhooks::DeliveryContext& context, TriggerEvent event)
      : dependencies_(dependencies),
        context_(context),
        repository_{context.organization, context.token, context.repository_id, context.repository_path},
        event_(std::move(event)) {}

  // Everything that takes time. An error is worth another attempt.
  base::Status prepare() {
    RETURN_IF_ERROR(resolve());
    RETURN_IF_ERROR(load_candidates());
    decide();
    if (!somebody_runs()) return {};
    RETURN_IF_ERROR(compare_with_last_seen());
    if (!in_order_) look_for_newer_commit();
    decide();
    if (!somebody_runs()) return {};
    files_later_ = in_order_ && files_can_wait();
    if (files_later_) return {};
    RETURN_IF_ERROR(fetch());
    decide();
    if (!somebody_runs()) return {};
    RETURN_IF_ERROR(make_archive());
    decide();
    return {};
  }

  // Returns how many runs were made.
  base::Result<int> write(storage::Transaction& transaction);

 private:
  base::Status resolve() {
    if (!event_.facts.no_work.empty() || event_.commit.size() >= 40) return note_commit();
    auto full = dependencies_.source.resolve_commit(repository_, event_.commit);
    if (full) {
      event_.commit = *full;
    } else if (may_pass(full.error()) && context_.attempt < Trigger::kFetchAttempts) {
      return std::move(full).error();
    } else {
      event_.facts.fetch_error = full.error().message;
    }
    return note_commit();
  }

  base::Status note_commit() {
    event_.facts.commit = event_.commit;
    event_.ingress.commit_sha = event_.commit;
    return {};
  }

  base::Status load_candidates() {
    return dependencies_.database.read([&](storage::Connection& connection) -> base::Status {
      ASSIGN_OR_RETURN(const auto organization, auth::find_organization(connection, context_.organization));
      if (organization) cancels_older_ = organization->speculative_plan_management;
      ASSIGN_OR_RETURN(auto listening, workspaces::store::listening_to(connection, context_.token, repository_.id));
      for (auto& workspace : listening) {
        Candidate candidate;
        candidate.view = workspaces::trigger_view(workspace);
        candidate.view.allow_forks = dependencies_.allow_forks;
        // One status for all says it already.
        candidate.view.passing_status_for_untriggered =
            organization && organization->send_passing_statuses && !organization->aggregated_commit_status;
        candidate.workspace = std::move(workspace);
        ASSIGN_OR_RETURN(candidate.history.has_runs, store::has_runs(connection, candidate.workspace.id.str()));
        ASSIGN_OR_RETURN(const auto same, store::find_by_unique_key(connection, unique_key(candidate, event_)));
        candidate.history.ran_for_commit = same.has_value();
        candidates_.push_back(std::move(candidate));
      }
      note_default_branch();
      return {};
    });
  }

  // Payloads of some providers do not say which branch is the default one.
  void note_default_branch() {
    if (!event_.facts.default_branch.empty()) return;
    for (const auto& candidate : candidates_) {
      if (candidate.workspace.vcs && !candidate.workspace.vcs->default_branch.empty()) {
        event_.facts.default_branch = candidate.workspace.vcs->default_branch;
      }
    }
    event_.ingress.on_default_branch = event_.kind == "push" && event_.facts.ref == event_.facts.default_branch;
  }

  void decide() {
    for (auto& candidate : candidates_) {
      candidate.decision = workspaces::decide(event_.facts, candidate.view, candidate.history, candidate.files);
    }
  }
  bool somebody_runs() const {
    for (const auto& candidate : candidates_) {
      if (candidate.decision.runs()) return true;
    }
    return false;
  }

  // A push from the very commit that was seen last on its branch is the next one: nobody has to be asked for that. The
  // last one seen may be a replay itself, so a replay says nothing about what is next.
  base::Status compare_with_last_seen() {
    if (context_.replayed) return {};
    if (event_.kind != "push" || event_.before.size() < 40) return {};
    const auto running = std::find_if(candidates_.begin(), candidates_.end(),
                                      [](const Candidate& candidate) { return candidate.decision.runs(); });
    ASSIGN_OR_RETURN(const auto last, dependencies_.database.read([&](storage::Connection& connection) {
      return workspaces::last_pushed_commit(connection, running->workspace.id, event_.facts.ref);
    }));
    in_order_ = last == event_.before;
    return {};
  }

  // Nobody asks which files changed, and the payload says the rest: the runs can stand before the commit is here.
  bool files_can_wait() const {
    return !event_.ingress.commit_message.empty() &&
           std::none_of(candidates_.begin(), candidates_.end(), [](const Candidate& candidate) {
             return candidate.decision.runs() && !workspaces::file_filter(candidate.workspace).takes_everything();
           });
  }

  // Deliveries come late and out of order: an older push must not start a run over a newer one. A provider that does
  // not answer is no reason to wait.
  void look_for_newer_commit() {
    if (event_.kind != "push") return;
    const auto head = dependencies_.source.branch_head(repository_, event_.facts.ref);
    if (head && *head != event_.commit) event_.facts.newer_commit = *head;
  }

  base::Status fetch() {
    std::vector<std::string> wanted = {event_.commit};
    const std::string& other = event_.is_pull_request() ? event_.base : event_.before;
    if (other.size() >= 40) wanted.push_back(other);
    auto refs = event_.refs;
    const std::string default_ref = "refs/heads/" + event_.facts.default_branch;
    if (event_.kind == "push" && event_.before.empty() && !event_.facts.default_branch.empty())
      refs.push_back(default_ref);
    auto fetched = dependencies_.source.fetch(repository_, wanted, refs);
    // A forced push takes the old commit away: the new one is enough.
    if (!fetched && wanted.size() > 1 && git::problem_of(fetched.error()) == git::Problem::kCommitGone) {
      fetched = dependencies_.source.fetch(repository_, {event_.commit}, refs);
    }
    if (!fetched) return fetch_failed(std::move(fetched).error());
    note_facts();
    match_files(changed_paths(default_ref));
    return {};
  }

  base::Status fetch_failed(base::Error error) {
    if (may_pass(error) && context_.attempt < Trigger::kFetchAttempts) return error;
    event_.facts.fetch_error = error.message;
    return {};
  }

  void note_facts() {
    if (!event_.ingress.commit_message.empty()) return;
    const auto facts = dependencies_.source.commit_facts(repository_, event_.commit);
    if (facts) event_.ingress.commit_message = base::shorten(facts->message, 16'384);
  }

  git::ChangedPaths changed_paths(const std::string& default_ref) {
    if (event_.kind == "tag") return {false, "a tag has no change list", {}};
    auto paths = event_.is_pull_request()
                     ? changed_by_pull_request()
                     : dependencies_.source.changed_by_push(repository_, event_.before, event_.commit, default_ref);
    if (!paths) return {false, paths.error().message, {}};
    if (paths->paths.size() > Trigger::kMostPaths) {
      return {false, "more than " + std::to_string(Trigger::kMostPaths) + " files changed", {}};
    }
    return *std::move(paths);
  }

  base::Result<git::ChangedPaths> changed_by_pull_request() {
    std::string base = event_.base;
    if (base.size() < 40) {
      ASSIGN_OR_RETURN(base, dependencies_.source.branch_head(repository_, event_.facts.target_branch));
      RETURN_IF_ERROR(dependencies_.source.fetch(repository_, {base}, event_.refs));
    }
    return dependencies_.source.changed_by_pull_request(repository_, base, event_.commit);
  }

  void match_files(const git::ChangedPaths& changed) {
    std::vector<workspaces::FileFilter> filters;
    std::vector<Candidate*> filtered;
    for (auto& candidate : candidates_) {
      auto filter = workspaces::file_filter(candidate.workspace);
      if (filter.takes_everything()) continue;
      candidate.files.kind = changed.known ? FileMatch::Kind::kIrrelevant : FileMatch::Kind::kUnknown;
      candidate.files.reason = changed.reason;
      candidate.files.changed = changed.paths.size();
      filters.push_back(std::move(filter));
      filtered.push_back(&candidate);
    }
    if (!changed.known || filters.empty()) return;
    for (const auto& hit : workspaces::PathMatcher(filters).match(changed.paths)) {
      auto& files = filtered[hit.filter]->files;
      files.kind = FileMatch::Kind::kRelevant;
      files.rule = hit.rule;
      files.path = base::to_valid_utf8(changed.paths[hit.path]);
    }
  }

  base::Status make_archive() {
    if (!event_.facts.fetch_error.empty()) return {};
    auto name = dependencies_.source.archive(repository_, event_.commit, dependencies_.archives);
    if (!name) return fetch_failed(std::move(name).error());
    archive_ = *name;
    return {};
  }

  // Not for a fork: what its author calls a submodule would be fetched with our credentials, for him to read.
  bool wants_submodules(const Candidate& candidate) const {
    return !event_.facts.from_fork && candidate.workspace.vcs && candidate.workspace.vcs->ingress_submodules;
  }

  Origin origin() const {
    return {context_.token,        repository_.id,        repository_.path,
            event_.commit,         event_.ingress.branch, event_.ingress.pull_request_number,
            event_.facts.from_fork};
  }
  base::Status insert_ingress(storage::Transaction& transaction);
  base::Result<std::string> make_run(storage::Transaction& transaction, const Candidate& candidate);
  base::Status cancel_older(storage::Transaction& transaction, const Candidate& candidate);
  workspaces::TriggerDecision record_of(const Candidate& candidate, const std::string& run) const;

  const Trigger::Dependencies& dependencies_;
  const webhooks::DeliveryContext& context_;
  SourceRepository repository_;
  TriggerEvent event_;
  std::vector<Candidate> candidates_;
  std::string archive_;
  bool cancels_older_ = true;
  bool in_order_ = false;     // the push continues what was seen last
  bool files_later_ = false;  // the runs wait for their files
  std::vector<std::string> waiting_versions_, waiting_for_submodules_;
};

// Does the decision leave a run behind, be it one that failed at once?
bool leaves_run(const Decision& decision) { return decision.runs() || decision.rule_name == "fetch-failed"; }

base::Result<int> Event::write(storage::Transaction& transaction) {
  int made = 0;
  bool ingress_there = false;
  std::vector<workspaces::TriggerDecision> records;
  for (auto& candidate : candidates_) {
    Decision& decision = candidate.decision;
    std::string run;
    if (leaves_run(decision)) {
      ASSIGN_OR_RETURN(const auto same, store::find_by_unique_key(transaction, unique_key(candidate, event_)));
      if (same) {
        candidate.history.ran_for_commit = true;
        decision = workspaces::decide(event_.facts, candidate.view, candidate.history, candidate.files);
      } else {
        if (!ingress_there) {
          event_.ingress.id = IngressId::make();
          RETURN_IF_ERROR(store::insert_ingress(transaction, context_.organization, event_.ingress));
        }
        ingress_there = true;
        ASSIGN_OR_RETURN(run, make_run(transaction, candidate));
        ++made;
      }
    } else if (decision.outcome == workspaces::Outcome::kPassingStatus) {
      ASSIGN_OR_RETURN(const auto organization, auth::organization_name(transaction, context_.organization));
      RETURN_IF_ERROR(dependencies_.lifecycle.note_untriggered(
          transaction, context_.organization, origin(), "runbridge/" + organization + "/" + candidate.workspace.name));
    }
    records.push_back(record_of(candidate, run));
  }
  RETURN_IF_ERROR(workspaces::insert_decisions(transaction, records));
  if (!waiting_versions_.empty()) RETURN_IF_ERROR(Ingest::fetch_later(transaction, waiting_versions_));
  if (!waiting_for_submodules_.empty()) {
    RETURN_IF_ERROR(Ingest::fetch_later(transaction, waiting_for_submodules_, true));
  }
  return made;
}

base::Result<std::string> Event::make_run(storage::Transaction& transaction, const Candidate& candidate) {
  const base::Time now = dependencies_.clock.now();
  const bool failed = !candidate.decision.runs();
  const bool submodules = !failed && wants_submodules(candidate);
  const bool later = files_later_ || submodules;
  const std::string there = later ? "fetching" : "uploaded";
  ConfigurationVersion version;
  version.id = ConfigurationVersionId::make();
  version.organization = context_.organization;
  version.workspace = candidate.workspace.id.str();
  version.status = failed ? "errored" : there;
  version.times[version.status + "-at"] = now;
  version.source = source_name(context_.kind->name);
  version.speculative = event_.is_pull_request();
  if (failed) version.error = "fetch_failed";
  if (failed) version.error_message = event_.facts.fetch_error;
  version.archive = submodules ? std::string() : archive_;
  version.ingress = event_.ingress.id;
  version.created_at = now;
  RETURN_IF_ERROR(store::insert_configuration(transaction, version));
  if (later) (submodules ? waiting_for_submodules_ : waiting_versions_).push_back(version.id.str());
  if (!version.speculative) {
    RETURN_IF_ERROR(
        workspaces::store::set_configuration_version(transaction, candidate.workspace.id, version.id.str()));
  }
  if (event_.is_pull_request() && cancels_older_) RETURN_IF_ERROR(cancel_older(transaction, candidate));
  Run run;
  run.configuration_version = version.id;
  run.status = failed ? Status::kErrored : Status::kPending;
  run.error = version.error_message;
  run.source = "tfe-configuration-version";
  run.message = base::shorten(event_.ingress.commit_message.substr(0, event_.ingress.commit_message.find('\n')), 500);
  run.plan_only = event_.is_pull_request();
  run.auto_apply = !run.plan_only && candidate.workspace.auto_apply;
  run.origin = origin();
  run.unique_key = unique_key(candidate, event_);
  RETURN_IF_ERROR(dependencies_.lifecycle.create(transaction, run, candidate.workspace));
  return run.id.str();
}

base::Status Event::cancel_older(storage::Transaction& transaction, const Candidate& candidate) {
  ASSIGN_OR_RETURN(const auto runs, store::unfinished(transaction, candidate.workspace.id.str()));
  for (Run run : runs) {
    if (!run.plan_only || run.origin.pull_request_number != event_.ingress.pull_request_number) continue;
    if (run.origin.commit_sha == event_.commit) continue;
    RETURN_IF_ERROR(dependencies_.lifecycle.step(transaction, run, Step::kCancel, {},
                                                 "replaced by a newer commit of the pull request"));
    transaction.on_commit([stop = dependencies_.stop_run, id = run.id] {
      if (stop) stop(id);
    });
  }
  return {};
}

workspaces::TriggerDecision Event::record_of(const Candidate& candidate, const std::string& run) const {
  workspaces::TriggerDecision record;
  record.id = workspaces::DecisionId::make();
  record.workspace = candidate.workspace.id;
  record.delivery = context_.delivery.str();
  record.event = event_.kind;
  record.ref = event_.facts.ref;
  record.commit = event_.commit;
  if (event_.ingress.pull_request_number > 0) record.pull_request = event_.ingress.pull_request_number;
  record.outcome = workspaces::outcome_name(candidate.decision.outcome);
  record.rule = candidate.decision.rule;
  record.rule_name = candidate.decision.rule_name;
  record.reason = candidate.decision.reason;
  if (in_order_ && (candidate.decision.runs() || candidate.decision.rule_name == "push-irrelevant")) {
    record.reason += "; it follows " + event_.before.substr(0, 7) +
                     ", the last commit seen on the branch, so the provider was not asked for the branch's head";
  }
  if (files_later_ && candidate.decision.runs()) {
    record.reason += "; the change list was not needed, so the commit is fetched after the run was made";
  }
  record.run = run;
  record.created_at = dependencies_.clock.now();
  return record;
}

std::string summary_of(int runs, const std::optional<vcs::Repository>& moved) {
  if (moved && runs == 0) return "the repository is " + moved->path + " now";
  if (runs == 0) return "no run started";
  return std::to_string(runs) + (runs == 1 ? " run started" : " runs started");
}

}  // namespace

base::Result<webhooks::HandlerOutcome> Trigger::handle(const webhooks::DeliveryContext& context,
                                                       const std::vector<vcs::Event>& events) {
  std::vector<Event> work;
  std::optional<vcs::Repository> moved;
  for (const auto& event : events) {
    if (auto known = trigger_event(context, event)) work.emplace_back(dependencies_, context, *std::move(known));
    if (!std::holds_alternative<vcs::RepositoryRenamed>(event)) continue;
    auto found = moved_repository(dependencies_.source, context);
    if (!found) return webhooks::HandlerOutcome::retry(found.error().message, found.error().retry_after);
    moved = *std::move(found);
  }
  for (auto& event : work) {
    auto prepared = event.prepare();
    if (!prepared) return webhooks::HandlerOutcome::retry(prepared.error().message, prepared.error().retry_after);
  }
  // Copies, since the database may run the function again.
  RETURN_IF_ERROR(dependencies_.database.write([&](storage::Transaction& transaction) -> base::Status {
    int runs = 0;
    if (moved) {
      auto followed = follow_repository(transaction, dependencies_.clock, context, *moved);
      if (!followed) return followed;
    }
    for (Event event : work) {
      ASSIGN_OR_RETURN(const int made, event.write(transaction));
      runs += made;
    }
    return webhooks::mark_done(transaction, dependencies_.clock, context.delivery, summary_of(runs, moved));
  }));
  return webhooks::HandlerOutcome::done();
}

}  // namespace runs
