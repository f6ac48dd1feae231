#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalogue/type.h"

namespace catalogue {

// A list of choices that the outside service is asked for (OptionsFrom::Kind::kHttp).
struct LiveOptions {
  std::string url;  // template
  // The parameter that names the connection to ask with; empty: the sign-in of the connection that is being made.
  std::string reference;
  std::vector<std::string> needs;  // parameters without whose values nothing can be asked, in the order of the form
};

// Nothing if the choices of the parameter come from elsewhere.
std::optional<LiveOptions> live_options(const Scheme& scheme, const Parameter& parameter);

}  // namespace catalogue
