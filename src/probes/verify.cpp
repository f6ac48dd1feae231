#include <algorithm>
#include <set>

#include "base/strings.h"
#include "probes/judge.h"
#include "probes/session.h"

namespace probes {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

milliseconds since(Clock::time_point start) { return std::chrono::duration_cast<milliseconds>(Clock::now() - start); }

const std::set<std::string>& local_actions() {
  static const std::set<std::string> kActions{"parse_x509",
                                              "parse_pkcs12",
                                              "parse_kubeconfig",
                                              "parse_service_bus_connection_string",
                                              "require_scopes",
                                              "require_value",
                                              "expect_capture",
                                              "parse_sql_connection_string",
                                              "sign_jwt_client_assertion",
                                              "conclude",
                                              "issue_oidc_token"};
  return kActions;
}

// Whether the condition is about this step having failed.
bool answers_failure_of(const catalogue::Condition& condition, const std::string& step) {
  return std::any_of(condition.all.begin(), condition.all.end(), [&](const catalogue::Condition::Test& test) {
    using Kind = catalogue::Condition::Kind;
    return (test.kind == Kind::kStepFailed || test.kind == Kind::kStepFailedWith) && test.name == step;
  });
}

bool has_secrets(const catalogue::Scheme& scheme) {
  return std::any_of(scheme.parameters.begin(), scheme.parameters.end(),
                     [](const catalogue::Parameter& parameter) { return parameter.secret; });
}

class Run {
 public:
  Run(Session& session, const std::vector<std::string>* until) : session_(session), until_(until) {}

  Report all() {
    report_.started = session_.environment.clock.now();
    const auto start = Clock::now();
    for (const auto& step : session_.scheme.verify.steps) {
      if (ended_ || satisfied()) break;
      take(step);
    }
    conclude();
    report_.duration = since(start);
    report_.notes = session_.notes;
    report_.learned = session_.learned;
    return std::move(report_);
  }

  bool failed() const { return report_.outcome == Outcome::kFailed; }

 private:
  bool satisfied() const {
    return until_ != nullptr && std::all_of(until_->begin(), until_->end(), [&](const std::string& name) {
             return session_.facts.captures.contains(name);
           });
  }

  void skip(const catalogue::VerifyStep& step) { report_.steps.push_back({.id = step.id, .action = step.action}); }

  void take(const catalogue::VerifyStep& step) {
    const bool wanted =
        catalogue::holds(step.when, session_.values, session_.scheme.id, session_.target.text, &session_.facts);
    const bool rescues = pending_ && answers_failure_of(step.when, pending_step_);
    if (!wanted || (pending_ && pending_hard_ && !rescues)) return skip(step);
    const auto start = Clock::now();
    const json text = step.json();
    Observation seen = observe(step, text);
    Judgement judgement = judge(session_, step, text, seen);
    if (judgement.error_class == "retry") {
      Observation second = observe(step, text);
      if (second.passed || second.status != 0) seen = std::move(second);
      judgement = judge(session_, step, text, seen);
      if (judgement.error_class == "retry") judgement = {default_class(session_, text, seen), ""};
    }
    record(step, text, seen, judgement, since(start), rescues);
  }

  Observation observe(const catalogue::VerifyStep& step, const json& text) {
    Observation seen;
    if (session_.deadline.stop().stop_requested()) {
      seen.fail(Stage::kStopped, "the check was stopped");
    } else if (session_.deadline.left().count() <= 0 && !local_actions().contains(step.action)) {
      seen.host = session_.target.host;
      seen.fail(Stage::kTimeout, "no time was left");
    } else {
      seen = run_step(session_, step, text);
    }
    if (!seen.parsed && !seen.words.empty()) seen.words = session_.mask.shown(seen.words);
    for (auto& [name, value] : seen.captures) session_.facts.captures[step.id + "." + name] = value;
    session_.facts.outcomes[step.id] = {.ok = seen.passed, .status = seen.status};
    return seen;
  }

  void record(const catalogue::VerifyStep& step, const json& text, const Observation& seen, Judgement judgement,
              milliseconds spent, bool rescues) {
    StepReport entry{.id = step.id, .action = step.action, .duration = spent};
    const bool goes_on = judgement.error_class == "continue";
    if (goes_on && seen.passed) {  // worth a word, not an error
      if (!judgement.say.empty()) session_.note(session_.shown(judgement.say));
      judgement = {};
    }
    if (goes_on && !seen.passed) judgement.error_class = default_class(session_, text, seen);
    if (!judgement.error_class.empty()) entry.verdict = verdict_of(session_, judgement, seen, spent);
    const auto* of_class = session_.environment.catalogue.find_error_class(judgement.error_class);
    const std::string result =
        of_class == nullptr ? (judgement.error_class.empty() ? "ok" : "failed") : of_class->result;
    session_.facts.outcomes[step.id].ok = result == "ok" || result == "ok_with_warning";
    if (seen.open_to_all && result == "ok") entry.verdict = open_to_all(seen, spent);
    entry.state = result == "ok"       ? (seen.open_to_all ? StepReport::State::kWarned : StepReport::State::kPassed)
                  : result == "failed" ? StepReport::State::kFailed
                                       : StepReport::State::kWarned;
    if (result == "ok") {
      passed(step, seen, entry, rescues);
    } else if (result == "failed") {
      failed(step, entry, step.optional || goes_on);
    } else {
      warned(entry, result, step.optional, seen);
    }
    report_.steps.push_back(std::move(entry));
  }

  Verdict open_to_all(const Observation& seen, milliseconds spent) {
    return verdict_of(session_, {"unproven", "the same call passes without credentials"}, seen, spent);
  }

  void passed(const catalogue::VerifyStep& step, const Observation& seen, const StepReport& entry, bool rescues) {
    if (!seen.network) return;
    reached_ = true;
    if (seen.open_to_all) {
      if (!open_) open_ = entry.verdict;
    } else if (seen.credentials && !(rescues && pending_hard_)) {
      proven_ = true;
    }
    if (!rescues) return;
    if (pending_hard_) {  // the fallback of a step that should have passed: the server is there, no more is known
      Verdict verdict = verdict_of(session_, {"unproven", pending_->message}, seen, entry.duration);
      verdict.remedy = pending_->remedy;
      weaken("unproven", verdict);
    }
    pending_.reset();
    static_cast<void>(step);
  }

  void failed(const catalogue::VerifyStep& step, const StepReport& entry, bool soft) {
    pending_ = entry.verdict;
    pending_step_ = step.id;
    pending_hard_ = !soft;
    if (soft) return;
    // Only what is not there may turn out to be elsewhere: no other step makes good a refusal.
    ended_ = entry.verdict.error_class != "not_found";
    if (ended_) return;
    const auto& steps = session_.scheme.verify.steps;
    ended_ = std::none_of(steps.begin(), steps.end(), [&](const catalogue::VerifyStep& other) {
      return answers_failure_of(other.when, step.id) &&
             catalogue::holds(other.when, session_.values, session_.scheme.id, session_.target.text, &session_.facts);
    });
  }

  void warned(const StepReport& entry, const std::string& result, bool optional, const Observation& seen) {
    if (seen.network) reached_ = true;
    if (result == "ok_with_warning" && (seen.credentials || !seen.network)) proven_ = proven_ || seen.network;
    if (optional && proven_) return;
    weaken(result, entry.verdict);
    if (result == "ok_with_warning") pending_.reset();
  }

  // Keeps the worst that was met: "unproven" counts more than a warning.
  void weaken(const std::string& result, const Verdict& verdict) {
    if (weakened_ == "unproven" || (weakened_ == result)) return;
    weakened_ = result;
    weak_verdict_ = verdict;
  }

  void end(Outcome outcome, const Verdict& verdict) {
    report_.outcome = outcome;
    report_.verdict = verdict;
  }

  void conclude() {
    if (pending_ && (pending_hard_ || (!proven_ && weakened_.empty()))) return end(Outcome::kFailed, *pending_);
    if (pending_ && !proven_ && weakened_ == "unproven") return end(Outcome::kUnproven, weak_verdict_);
    if (weakened_ == "ok_with_warning" && (proven_ || !open_)) return end(Outcome::kOkWithWarning, weak_verdict_);
    if (!weakened_.empty()) return end(Outcome::kUnproven, weak_verdict_);
    if (open_ && !proven_) return end(Outcome::kUnproven, *open_);
    if (!proven_ && has_secrets(session_.scheme)) {
      Observation nothing;
      nothing.passed = false;
      return end(Outcome::kUnproven, verdict_of(session_, {"unproven", "no step needed them"}, nothing, {}));
    }
    end(Outcome::kOk, {.message = session_.scheme.verify.success});
  }

  Session& session_;
  const std::vector<std::string>* until_;
  Report report_;
  bool ended_ = false;
  bool proven_ = false;   // a step with credentials passed, and would not have without
  bool reached_ = false;  // some service answered as it should
  std::optional<Verdict> open_;
  std::optional<Verdict> pending_;  // the newest failure that nothing has made good
  std::string pending_step_;
  bool pending_hard_ = false;
  std::string weakened_;
  Verdict weak_verdict_;
};

}  // namespace

const char* outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk: return "ok";
    case Outcome::kOkWithWarning: return "ok_with_warning";
    case Outcome::kUnproven: return "unproven";
    case Outcome::kFailed: break;
  }
  return "failed";
}

const char* step_state_name(StepReport::State state) {
  switch (state) {
    case StepReport::State::kPassed: return "passed";
    case StepReport::State::kWarned: return "warned";
    case StepReport::State::kFailed: return "failed";
    case StepReport::State::kSkipped: break;
  }
  return "skipped";
}

Observation run_step(Session& session, const catalogue::VerifyStep& step, const json& text) {
  const std::string& action = step.action;
  if (action == "http") return http_step(session, text);
  if (action == "azure_token") return azure_token_step(session, text);
  if (action == "tcp_connect" || action == "tls_handshake") return stream_step(session, text);
  if (action == "svn_ra") return svn_step(session, text);
  if (action == "amqp_cbs") return amqp_step(session, text);
  if (action.starts_with("tds_")) return tds_step(session, text);
  if (action.starts_with("ssh_") || action == "git_over_ssh") return ssh_step(session, text);
  return local_step(session, text);
}

Report run_all(Session& session, const std::vector<std::string>* until_captured) {
  return Run(session, until_captured).all();
}

Report verify(const catalogue::Type& type, const catalogue::Scheme& scheme, const catalogue::Values& values,
              const Environment& environment) {
  Session session(type, scheme, values, environment);
  return run_all(session);
}

base::Result<std::map<std::string, base::Secret, std::less<>>> fetch_captures(const catalogue::Type& type,
                                                                              const catalogue::Scheme& scheme,
                                                                              const catalogue::Values& values,
                                                                              const std::vector<std::string>& names,
                                                                              const Environment& environment) {
  Session session(type, scheme, values, environment);
  const Report report = run_all(session, &names);
  std::map<std::string, base::Secret, std::less<>> found;
  for (const auto& name : names) {
    const auto entry = session.facts.captures.find(name);
    if (entry == session.facts.captures.end()) {
      return base::upstream(report.verdict.message.empty() ? "the service did not give '" + name + "'"
                                                           : report.verdict.message);
    }
    found[name] = entry->second;
  }
  return found;
}

}  // namespace probes
