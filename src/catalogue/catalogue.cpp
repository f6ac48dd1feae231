#include "catalogue/catalogue.h"

#include <algorithm>
#include <optional>
#include <set>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/strings.h"
#include "catalogue/builtin.h"
#include "catalogue/type_check.h"
#include "catalogue/type_reader.h"

namespace catalogue {
namespace {

constexpr std::size_t kLargestFile = std::size_t{1} << 20U;
constexpr std::size_t kMostCustomTypes = 1000;
constexpr auto kAliases = {&Type::yaml_aliases, &Type::azure_devops_aliases, &Type::azure_ml_categories,
                           &Type::terraform_resources};

// The byte that the reader's message names, as a line.
int line_of_message(std::string_view text, const std::string& message) {
  constexpr std::string_view kMark = "at byte ";
  const std::size_t at = message.find(kMark);
  if (at == std::string::npos) return 0;
  const std::string digits = message.substr(at + kMark.size(), message.find('.', at) - at - kMark.size());
  const auto byte = base::to_integer(digits);
  if (!byte) return 0;
  const std::size_t end = std::min(text.size(), static_cast<std::size_t>(*byte));
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
}

}  // namespace

// Builds a catalogue; the only one who may change it.
class Loader {
 public:
  Loader() : built_(new Catalogue()) {}
  explicit Loader(const Catalogue& base) : built_(new Catalogue(base)) {}

  void load_builtin() {
    constexpr std::size_t kLimit = std::size_t{4} << 20U;
    const auto json = jsonapi::parse(builtin_types(), {.bytes = kLimit});
    if (!json) {
      report("connection-types.json", 0, json.error().message);
      return;
    }
    Findings findings;
    read_builtin(*json, findings);
    for (const Finding& finding : findings) {
      report("connection-types.json", line_of(builtin_types(), finding.pointer), finding.reason);
    }
  }

  void load_directory(const std::filesystem::path& directory) {
    std::error_code code;
    std::set<std::filesystem::path> files;
    for (std::filesystem::directory_iterator at(directory, code), end; !code && at != end; at.increment(code)) {
      const std::string name = at->path().filename().string();
      if (name.ends_with(".json") && !name.starts_with('.')) files.insert(at->path());
    }
    if (code) report(directory.string(), 0, "The directory cannot be read: " + code.message() + ".");
    if (files.size() > kMostCustomTypes) {
      report(directory.string(), 0,
             "There are more than " + std::to_string(kMostCustomTypes) +
                 " files; those after that, by name, were left out.");
    }
    std::size_t count = 0;
    for (const auto& file : files) {
      if (++count <= kMostCustomTypes) load_file(file);
    }
  }

  void load_custom(const std::string& file, std::string_view text) {
    const auto json = jsonapi::parse(text, {.bytes = kLargestFile});
    if (!json) {
      report(file, line_of_message(text, json.error().message), json.error().message);
      return;
    }
    Findings findings;
    Type type = read_type(*json, "", findings);
    type.custom = true;
    check_type(*built_, type, "", findings);
    check_custom_type(*built_, type, findings);
    for (const Finding& finding : findings) report(file, line_of(text, finding.pointer), finding.reason);
    if (findings.empty()) add(std::move(type));
  }

  std::shared_ptr<const Catalogue> take() { return std::shared_ptr<const Catalogue>(std::move(built_)); }

 private:
  void report(std::string file, int line, std::string reason) {
    built_->problems_.push_back({std::move(file), line, std::move(reason)});
  }

  void load_file(const std::filesystem::path& file) {
    const auto text = base::read_file(file, kLargestFile);
    if (!text) {
      report(file.string(), 0, text.error().message);
    } else {
      load_custom(file.string(), *text);
    }
  }

  void read_builtin(const Json& json, Findings& findings) {
    Fields fields(json, "", findings);
    for (const auto& [id, rule] : fields.object("rules").items()) {
      built_->rules_.push_back(read_rule(id, rule, "/rules/" + id, findings));
    }
    for (const Json& category : fields.list("categories")) {
      built_->categories_.push_back({jsonapi::get_text(category, "id"), jsonapi::get_text(category, "name")});
    }
    read_azure(fields.list("azure_environments"));
    read_error_classes(fields.object("error_classes"), fields.object("http_status_defaults"));
    const Json& common = fields.list("common_parameters");
    for (std::size_t i = 0; i < common.size(); ++i) {
      built_->common_.push_back(read_parameter(common[i], "/common_parameters/" + std::to_string(i), findings));
    }
    for (const char* list : {"types", "extension_types"}) read_types(fields.list(list), list, findings);
    index_builtin();
  }

  void read_types(const Json& list, const std::string& name, Findings& findings) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::string here = "/" + name + "/" + std::to_string(i);
      Type type = read_type(list[i], here, findings);
      check_type(*built_, type, here, findings);
      built_->types_.push_back(std::move(type));
    }
  }

  void read_azure(const Json& list) {
    for (const Json& json : list) {
      AzureEnvironment environment;
      for (const auto& [key, value] : json.items()) {
        environment.values.emplace(key, value.is_string() ? value.get<std::string>() : "");
      }
      environment.id = environment.values["id"];
      environment.name = environment.values["name"];
      built_->azure_.push_back(std::move(environment));
    }
  }

  void read_error_classes(const Json& classes, const Json& statuses) {
    for (const auto& [id, json] : classes.items()) {
      built_->error_classes_.push_back(
          {id, jsonapi::get_text(json, "result"), jsonapi::get_text(json, "say"), jsonapi::get_text(json, "next")});
    }
    for (const auto& [status, id] : statuses.items()) {
      if (id.is_string()) built_->status_classes_.emplace(status, id.get<std::string>());
    }
  }

  // Its names are its own: check_custom_type has seen to that.
  void add(Type type) {
    built_->types_.push_back(std::move(type));
    const Type& added = built_->types_.back();
    const std::size_t at = built_->types_.size() - 1;
    built_->names_.emplace(folded(added.id), at);
    for (const auto list : kAliases) {
      for (const std::string& name : added.*list) built_->names_.emplace(folded(name), at);
    }
  }

  // One list of names after the other, so that every id wins over any alias: "git" is a type of its own here and the
  // name of external_git elsewhere.
  void index_builtin() {
    auto& names = built_->names_;
    const auto& types = built_->types_;
    for (std::size_t i = 0; i < types.size(); ++i) names.emplace(folded(types[i].id), i);
    for (const auto list : kAliases) {
      for (std::size_t i = 0; i < types.size(); ++i) {
        for (const std::string& name : types[i].*list) names.emplace(folded(name), i);
      }
    }
  }

  std::unique_ptr<Catalogue> built_;
};

std::string LoadProblem::message() const { return file + (line > 0 ? ":" + std::to_string(line) : "") + ": " + reason; }

std::string folded(std::string_view name) { return base::replace_all(base::to_lower(name), "_", ""); }

std::shared_ptr<const Catalogue> Catalogue::builtin() {
  static const std::shared_ptr<const Catalogue> loaded = [] {
    Loader loader;
    loader.load_builtin();
    return loader.take();
  }();
  return loaded;
}

std::shared_ptr<const Catalogue> Catalogue::with_custom_types(const std::filesystem::path& directory) {
  Loader loader(*builtin());
  loader.load_directory(directory);
  return loader.take();
}

base::Result<std::shared_ptr<const Catalogue>> Catalogue::with_type(std::string_view json) {
  Loader loader(*builtin());
  loader.load_custom("the type", json);
  auto built = loader.take();
  if (!built->problems().empty()) return base::invalid(built->problems().front().message());
  return built;
}

const Type* Catalogue::find_type(std::string_view id_or_alias) const {
  const auto at = names_.find(folded(id_or_alias));
  return at == names_.end() ? nullptr : &types_[at->second];
}

const Rule* Catalogue::find_rule(std::string_view id) const {
  const auto at = std::find_if(rules_.begin(), rules_.end(), [&](const Rule& rule) { return rule.id == id; });
  return at == rules_.end() ? nullptr : &*at;
}

const AzureEnvironment* Catalogue::find_azure_environment(std::string_view id) const {
  const auto at = std::find_if(azure_.begin(), azure_.end(), [&](const auto& one) { return one.id == id; });
  return at == azure_.end() ? nullptr : &*at;
}

const ErrorClass* Catalogue::find_error_class(std::string_view id) const {
  const auto at =
      std::find_if(error_classes_.begin(), error_classes_.end(), [&](const auto& one) { return one.id == id; });
  return at == error_classes_.end() ? nullptr : &*at;
}

std::string_view Catalogue::error_class_of_status(int status) const {
  if (const auto at = status_classes_.find(std::to_string(status)); at != status_classes_.end()) return at->second;
  const auto at = status_classes_.find(std::to_string(status / 100) + "xx");
  return at == status_classes_.end() ? std::string_view{} : std::string_view(at->second);
}

std::vector<std::string> Catalogue::type_names() const {
  std::vector<std::string> names;
  for (const Type& type : types_) {
    names.push_back(type.id);
    names.insert(names.end(), type.yaml_aliases.begin(), type.yaml_aliases.end());
  }
  return names;
}

}  // namespace catalogue
