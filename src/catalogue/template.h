#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "catalogue/target.h"
#include "catalogue/values.h"

namespace catalogue {

// What a template can name. Everything is borrowed and must outlive the call; null is "none".
struct Context {
  const Values* values = nullptr;
  std::string_view name;  // of the connection
  const TargetText* target = nullptr;
  const AzureEnvironment* azure = nullptr;
  std::string_view dir;                                                    // {{dir}}
  const std::map<std::string, std::string, std::less<>>* files = nullptr;  // {{file:ID}}: absolute paths
  const StepFacts* steps = nullptr;                                        // {{STEP.CAPTURE}}
  // {{ref:PARAM.FIELD}}: "PARAM.FIELD" of the connection that PARAM points to.
  const std::map<std::string, base::Secret, std::less<>>* references = nullptr;
  std::string_view known_host_line;
  // {{seen}}, {{detail}}, {{status}}, {{seconds}}, {{host}}, {{port}}: win over parameters of the same name.
  const std::map<std::string, std::string, std::less<>>* shown = nullptr;
  std::size_t limit = std::size_t{4} << 20U;  // bytes of the result; kTooLarge beyond
};

struct Rendered {
  base::Secret text;
  bool secret = false;  // a secret value, or something captured, went into it
};

// Fills in a template. Takes time linear in template and values, for any input. A name that is not known is empty.
// kInvalid: the template is not well-formed, or a filter met what it cannot convert (a PFX that cannot be read); the
// message names the place in the template and never a value.
base::Result<Rendered> render(std::string_view text, const Context& context);

// The problem of a template's form (unclosed blocks, unknown filters), without values. `knows` says whether a name
// like "username", "target.host" or "whoami.login" exists; may be empty.
base::Status check_template(std::string_view text, const std::function<bool(std::string_view)>& knows = {});

// "my feed-1" -> "MY_FEED_1"; {{name_env}}.
std::string name_for_environment(std::string_view name);

}  // namespace catalogue
