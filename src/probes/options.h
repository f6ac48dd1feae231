#pragma once

#include <string>
#include <vector>

#include "probes/probes.h"

namespace probes {

struct Option {
  std::string value, label;
};
struct Options {
  std::vector<Option> options;  // in the service's order
  bool complete = true;         // false: the service has more than is read
};

inline constexpr int kMostOptionPages = 20;
inline constexpr std::size_t kMostOptions = 2'000;

// The choices of a parameter that the outside service is asked for (catalogue::live_options), with the token of the
// connection that another parameter points to, or of the sign-in in `values`. Follows the answer's "nextLink" as long
// as it stays at the same origin. kUpstream: a sentence for people, with the service's own words and what to do.
base::Result<Options> list_options(const catalogue::Type& type, const catalogue::Scheme& scheme,
                                   const catalogue::Parameter& parameter, const catalogue::Values& values,
                                   const Environment& environment);

}  // namespace probes
