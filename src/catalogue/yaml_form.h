#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "catalogue/catalogue.h"
#include "catalogue/validate.h"
#include "catalogue/yaml_tree.h"

namespace catalogue {

// "--set PATH=VALUE": wins over the file.
struct Setting {
  std::string path;  // "credentials.username"
  base::Secret value;
};

// A connection as its file describes it.
struct Form {
  std::string name, description, schema;
  std::map<std::string, std::string> tags;
  const Type* type = nullptr;
  const Scheme* scheme = nullptr;
  Given given;
  std::optional<bool> allow_all_workspaces;
  std::map<std::string, Mark, std::less<>> places;  // by parameter: where the file has its value
  bool has_secrets = false;                         // the file itself, not the settings
  std::vector<std::string> warnings;
};

struct FormProblem {
  Mark mark;         // 0:0 if the problem is not in the file
  std::string path;  // "credentials.username", or empty
  std::string message;

  // "FILE:LINE:COLUMN: PATH: MESSAGE"; without the place where there is none.
  std::string text(std::string_view file) const;
};

struct FormRead {
  std::optional<Form> form;  // nothing if there is a problem
  std::vector<FormProblem> problems;
};

// Reads the YAML form of a connection (the keys and rules of yaml_form in connection-types.json). All problems at
// once where they do not depend on each other; none has a value in it. The result borrows from the catalogue.
FormRead read_form(const Catalogue& catalogue, std::string_view text, std::span<const Setting> settings,
                   bool url_encoded);

// The name of the type in a file, or empty: for those who have to fetch a custom type first.
std::string type_named_in(std::string_view text, std::span<const Setting> settings);

// validate()'s problems with their places in the file.
std::vector<FormProblem> with_places(const Form& form, const std::vector<Problem>& problems);

// What is needed to write a form; borrowed.
struct FormSource {
  const Type* type = nullptr;
  const Scheme* scheme = nullptr;
  std::string name, description;
  std::map<std::string, std::string> tags;
  std::map<std::string, std::string> parameters;  // plain ones
  std::string target;
  bool allow_all_workspaces = false;
};

// The form of a connection, without its secrets: they are there by name, and blank.
std::string write_form(const FormSource& source);

}  // namespace catalogue
