#include "probes/small_step.h"

#include "jsonapi/json.h"
#include "probes/judge.h"

namespace probes {

Done do_step(Session& session, const json& step) {
  using Clock = std::chrono::steady_clock;
  catalogue::VerifyStep described;
  described.id = step.value("id", "");
  described.action = step.value("do", "");
  described.text = jsonapi::dump(step);
  const auto start = Clock::now();
  Done done;
  if (session.deadline.stop().stop_requested()) {
    done.seen.fail(Stage::kStopped, "the call was stopped");
  } else if (session.deadline.left().count() <= 0) {
    done.seen.fail(Stage::kTimeout, "no time was left");
  } else {
    done.seen = run_step(session, described, step);
  }
  for (auto& [name, value] : done.seen.captures) session.facts.captures[described.id + "." + name] = value;
  if (done.seen.passed) return done;
  Judgement judgement = judge(session, described, step, done.seen);
  if (judgement.error_class.empty()) judgement.error_class = default_class(session, step, done.seen);
  done.verdict = verdict_of(session, judgement, done.seen,
                            std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start));
  return done;
}

std::string in_words(const Verdict& verdict) {
  std::string text = verdict.message;
  const auto add = [&](const std::string& more) {
    if (!more.empty()) text += (text.empty() ? "" : " ") + more;
  };
  if (!verdict.words.empty()) add("The service said: " + verdict.words + (verdict.words.ends_with('.') ? "" : "."));
  add(verdict.remedy);
  return text;
}

base::Error refusal(const Verdict& verdict) { return base::upstream(in_words(verdict)); }

}  // namespace probes
