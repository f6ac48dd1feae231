#pragma once

#include <string>

#include "probes/session.h"

namespace probes {

// What an observation means: "" if the step passed; otherwise one of the catalogue's classes, or a control word
// ("continue", "retry"), with the words that the catalogue has for it.
struct Judgement {
  std::string error_class;
  std::string say;  // template; may be empty
};

// Errors of the step, then those of every step, in order; then by status and stage.
Judgement judge(const Session& session, const catalogue::VerifyStep& step, const json& text, const Observation& seen);
// By status and stage only.
std::string default_class(const Session& session, const json& text, const Observation& seen);

// The class's texts, filled in.
Verdict verdict_of(const Session& session, const Judgement& judgement, const Observation& seen,
                   std::chrono::milliseconds spent);

// Whether the answer is what `expect` asks for; where not, the observation fails with the reason.
void check_expectations(Session& session, const json& expect, Observation& seen);
// Whether a status is one that the step has words for, so that a redirect is an answer and not a way.
bool names_status(const json& step, int status);

}  // namespace probes
