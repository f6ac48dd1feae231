#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "catalogue/condition.h"

namespace catalogue {

enum class Input { kText, kPassword, kTextarea, kSelect, kBool, kUrl, kInt };
const char* input_name(Input input);  // "text", "password", …

struct Choice {
  std::string value;
  std::string label;
};

// Where a select's choices come from when they are not listed.
struct OptionsFrom {
  enum class Kind { kNone, kConnections, kOauthConfigurations, kHttp, kParsed };
  Kind kind = Kind::kNone;
  std::string of;                   // type id; source type; "GET URL"; "kubeconfig contexts[].name"
  std::string items, value, label;  // kHttp: paths in the answer
};

struct Parameter {
  std::string id, label, help, placeholder;
  Input input = Input::kText;
  bool required = false;
  bool secret = false;          // only ever in the vault, never in an answer
  bool immutable = false;       // cannot be changed after creation
  bool filled_by_flow = false;  // set by a sign-in or by the server
  Condition required_when, show_when;
  std::optional<std::string> default_value;  // as text
  std::string rule;                          // id for Catalogue::find_rule; empty: none
  std::size_t max_length = 0;                // characters; 0: the kind's own limit
  std::vector<Choice> options;
  OptionsFrom options_from;
  std::vector<std::string> yaml_paths;  // "credentials.username"; the first is the one that is written
  std::string target_part;              // not empty: this is that part of the YAML's target
  std::string azure_devops_path;        // "authorization.parameters.username"; may be empty
};

struct TargetPart {
  std::string id, label, from, rule;
  bool required = false;
  Condition required_when;
  std::optional<std::string> default_value;
};

struct Target {
  std::string text;                              // template
  std::map<std::string, std::string> by_scheme;  // templates of schemes with their own
  bool derived = false;                          // made from other values, never given
  bool fixed = false;
  std::vector<TargetPart> parts;
  std::string example, yaml_key;
};

// One step of a verification. The keys that every step may have are typed; the rest is interpreted by the prober.
struct VerifyStep {
  std::string id, action;  // "http", "tcp_connect", …: the key `do`
  Condition when;
  bool optional = false;
  bool contrast = false;
  std::string text;  // the whole step as compact JSON

  nlohmann::json json() const;  // parsed anew at each call
};

struct Verify {
  std::string protocol, success, side_effects;
  std::vector<VerifyStep> steps;
  std::string errors;              // JSON array: what holds for every step
  std::vector<std::string> notes;  // for people
};

struct EnvVariable {
  std::string name, value;  // templates
  bool secret = false;
  Condition when;
  std::string note;
};

struct EnvFile {
  std::string id, path;  // below the run's private directory
  std::uint32_t mode = 0600;
  std::string content;    // template
  std::string generator;  // not empty: made by code of this name instead (materials.h)
  std::string generated;  // the same for people
  bool secret = false;
  Condition when;
};

struct Env {
  std::vector<EnvVariable> variables;
  std::vector<EnvFile> files;
  std::string notes;
};

struct Scheme {
  std::string id, name;
  bool creatable_in_ui = true;
  std::string azure_devops_scheme;
  std::vector<std::string> azure_devops_scheme_aliases;
  std::vector<std::pair<std::string, std::string>> azure_devops_fixed;
  std::vector<std::string> yaml_types;  // values of credentials.type
  bool without_credentials = false;     // also meant when there is no credentials block
  std::string needs_oauth_configuration, prerequisite, ui_note;
  std::vector<std::string> recommended_scopes, on_create, how_to;
  std::vector<Parameter> parameters;
  Verify verify;
  Env env;

  const Parameter* find_parameter(std::string_view id) const;
};

struct Type {
  std::string id, name, category, source, summary;
  std::vector<std::string> azure_devops_aliases, yaml_aliases, azure_ml_categories, terraform_resources;
  Target target;
  std::vector<Scheme> schemes;
  std::vector<std::string> see_also;
  std::string same_as;  // the type that does this one's work: it has no schemes of its own
  std::string status_note, yaml_note, run_note;
  bool preview = false;
  bool custom = false;  // added by an administrator

  // By id, by a value of credentials.type, or by Azure DevOps' name; case and underscores do not matter. An empty
  // name or "none" is the scheme without credentials. Null if there is none.
  const Scheme* find_scheme(std::string_view wanted) const;
};

}  // namespace catalogue
