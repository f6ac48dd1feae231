#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/error.h"
#include "base/secret.h"
#include "catalogue/catalogue.h"
#include "catalogue/target.h"
#include "catalogue/values.h"

namespace catalogue {

enum class Mode { kCreate, kUpdate };

// What a person gave, by parameter id, before anything is known about it. Any of it may be a secret.
struct Given {
  std::map<std::string, base::Secret, std::less<>> values;
  std::set<std::string, std::less<>> cleared;  // null: take the value away
  bool url_encoded = false;                    // user names and passwords come percent-encoded
};

struct Problem {
  std::string parameter;  // id; may be one that does not exist
  std::string yaml_path;  // "credentials.username"
  std::string pointer;    // `pointer_base` + "/" + id
  std::string message;    // the whole sentence: what is wrong and what to do; no value of a secret
};

struct Checked {
  // kCreate: all values, defaults filled in. kUpdate: the stored ones with the changes in place. Secrets are those
  // that were given; stored ones that stay are in stored(). Values are in their stored form: percent-decoded,
  // a Base64 certificate as PEM, line ends of PEM texts as LF.
  Values values;
  std::set<std::string, std::less<>> changed;  // ids whose value differs, was set, or was cleared
  // Meaningful when there is no problem. Empty on update if it comes from a secret whose text is not at hand: then it
  // is what it was.
  TargetText target;
  std::vector<Problem> problems;  // all of them, in the order of the form
  std::vector<std::string> warnings;
};

struct CheckOptions {
  std::string pointer_base = "/data/attributes/parameters";
  // kUpdate: what is stored; secrets as text where the caller has them, else set_stored().
  const Values* stored = nullptr;
};

// Checks what was given against type and scheme: required fields, rules, choices, lengths, unknown names, and on
// update also what may not change.
Checked validate(const Catalogue& catalogue, const Type& type, const Scheme& scheme, const Given& given, Mode mode,
                 const CheckOptions& options = {});

// Reads {"id": text | bool | number | null}; other kinds become problems.
Given given_from_json(const nlohmann::json& object, std::string_view pointer_base, std::vector<Problem>& problems);

// The name of a connection: rule connection_name; the message to show, or empty.
std::string problem_of_name(const Catalogue& catalogue, std::string_view name);

// As JSON:API errors (422), each with its pointer.
std::vector<base::Error> as_errors(const std::vector<Problem>& problems);

// The errors for names that do not exist, with a suggestion, and for changing what cannot change.
base::Error unknown_type(const Catalogue& catalogue, std::string_view name);
base::Error unknown_scheme(const Type& type, std::string_view name);
base::Error cannot_change(std::string_view field);  // "delete the connection and create it anew"

}  // namespace catalogue
