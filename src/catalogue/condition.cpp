#include "catalogue/condition.h"

#include <re2/re2.h>

#include <algorithm>

#include "base/strings.h"
#include "catalogue/values.h"

namespace catalogue {
namespace {

struct Facts {
  const Values& values;
  std::string_view scheme;
  std::string_view target;
  const StepFacts* steps;
};

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

std::string_view scheme_of(std::string_view target) {
  const std::size_t end = target.find("://");
  return end == std::string_view::npos ? std::string_view{} : target.substr(0, end);
}

bool matches(std::string_view target, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    const RE2 compiled(pattern, RE2::Quiet);
    return compiled.ok() && RE2::PartialMatch(target, compiled);
  });
}

const StepFacts::Outcome* outcome_of(const Facts& facts, std::string_view step) {
  if (facts.steps == nullptr) return nullptr;
  const auto at = facts.steps->outcomes.find(step);
  return at == facts.steps->outcomes.end() ? nullptr : &at->second;
}

std::string_view captured(const Facts& facts, std::string_view name) {
  if (facts.steps == nullptr) return {};
  const auto at = facts.steps->captures.find(name);
  return at == facts.steps->captures.end() ? std::string_view{} : std::string_view(at->second.reveal());
}

bool step_holds(const Condition::Test& test, const Facts& facts) {
  using Kind = Condition::Kind;
  const StepFacts::Outcome* outcome = outcome_of(facts, test.name);
  if (outcome == nullptr) return false;
  const bool listed = contains(test.values, std::to_string(outcome->status));
  switch (test.kind) {
    case Kind::kStepOk: return outcome->ok;
    case Kind::kStepFailed: return !outcome->ok;
    case Kind::kStepFailedWith: return !outcome->ok && listed;
    default: return listed;
  }
}

bool test_holds(const Condition::Test& test, const Facts& facts) {
  using Kind = Condition::Kind;
  switch (test.kind) {
    case Kind::kEquals:
      return contains(test.values, test.name == "scheme" ? facts.scheme : facts.values.text(test.name));
    case Kind::kPresent: return facts.values.has(test.name);
    case Kind::kEmpty: return !facts.values.has(test.name);
    case Kind::kIsTrue: return facts.values.is_true(test.name);
    case Kind::kTargetMatches: return matches(facts.target, test.values);
    case Kind::kTargetLacks: return !matches(facts.target, test.values);
    case Kind::kTargetScheme: return contains(test.values, scheme_of(facts.target));
    case Kind::kTargetSchemeNot: return !contains(test.values, scheme_of(facts.target));
    case Kind::kCaptureIs: return contains(test.values, captured(facts, test.name));
    case Kind::kCapturePresent: return !captured(facts, test.name).empty();
    default: return step_holds(test, facts);
  }
}

}  // namespace

bool holds(const Condition& condition, const Values& values, std::string_view scheme, std::string_view target,
           const StepFacts* steps) {
  const Facts facts{values, scheme, target, steps};
  return std::all_of(condition.all.begin(), condition.all.end(),
                     [&](const Condition::Test& test) { return test_holds(test, facts); });
}

}  // namespace catalogue
