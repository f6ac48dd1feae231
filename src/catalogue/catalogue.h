#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "catalogue/rule.h"
#include "catalogue/type.h"

namespace catalogue {

struct Category {
  std::string id, name;
};

struct AzureEnvironment {
  std::string id, name;
  std::map<std::string, std::string, std::less<>> values;  // arm_url, authority, …; "" where it has none
};

// What a failed verification is called, and what to tell the person.
struct ErrorClass {
  std::string id, result;  // "failed", "ok_with_warning", "unproven"
  std::string say, next;   // templates with {{host}}, {{detail}} and so on
};

// What kept a custom type out.
struct LoadProblem {
  std::string file;
  int line = 0;  // 0: not known
  std::string reason;
  std::string message() const;  // "FILE:LINE: REASON"
};

// Every type of connection, in the order of the form. Immutable after loading; share it between threads freely.
class Catalogue {
 public:
  // The types that this program ships; read once, at the first call.
  static std::shared_ptr<const Catalogue> builtin();
  // Those, and the types in DIR/*.json, one object each. A file that is not right is left out and listed in
  // problems(); so is a directory that cannot be read. Never fails.
  static std::shared_ptr<const Catalogue> with_custom_types(const std::filesystem::path& directory);
  // Those, and the given type (JSON of one type, as the API shows it): for clients of a server with custom types.
  static base::Result<std::shared_ptr<const Catalogue>> with_type(std::string_view json);

  // By id or alias (YAML, Azure DevOps, Azure ML, Terraform; in that order of precedence); case and underscores do not
  // matter. Null if there is none.
  const Type* find_type(std::string_view id_or_alias) const;
  const Rule* find_rule(std::string_view id) const;
  const AzureEnvironment* find_azure_environment(std::string_view id) const;
  const ErrorClass* find_error_class(std::string_view id) const;
  // The error class for an HTTP status ("unauthorized" for 401), empty if there is none.
  std::string_view error_class_of_status(int status) const;

  const std::vector<Type>& types() const { return types_; }
  const std::vector<Category>& categories() const { return categories_; }
  const std::vector<ErrorClass>& error_classes() const { return error_classes_; }
  const std::vector<Parameter>& common_parameters() const { return common_; }
  const std::vector<LoadProblem>& problems() const { return problems_; }
  // "azurerm" -> the names to suggest when find_type finds none.
  std::vector<std::string> type_names() const;

 private:
  friend class Loader;
  Catalogue() = default;

  std::vector<Type> types_;
  std::vector<Rule> rules_;
  std::vector<Category> categories_;
  std::vector<AzureEnvironment> azure_;
  std::vector<ErrorClass> error_classes_;
  std::vector<Parameter> common_;
  std::map<std::string, std::string, std::less<>> status_classes_;
  std::map<std::string, std::size_t, std::less<>> names_;
  std::vector<LoadProblem> problems_;
};

// The form in which names are compared: lower case, without underscores.
std::string folded(std::string_view name);

}  // namespace catalogue
