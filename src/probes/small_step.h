#pragma once

#include "base/result.h"
#include "probes/session.h"

// Between the files of this folder only.
namespace probes {

// One step that no verification lists, judged as if one did.
struct Done {
  Observation seen;
  Verdict verdict;  // empty class if it passed
};
Done do_step(Session& session, const json& step);

// A sentence for people: what was met, the service's own words, what to do.
std::string in_words(const Verdict& verdict);
base::Error refusal(const Verdict& verdict);  // kUpstream

}  // namespace probes
