#include "cli/connection_files.h"

#include <sys/stat.h>

#include <iterator>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/file.h"
#include "base/strings.h"
#include "jsonapi/json.h"

namespace cli {
namespace {

constexpr std::size_t kLargestFile = std::size_t{16} << 20U;  // what is too large is the form's to say
constexpr std::size_t kLargestValue = std::size_t{1} << 20U;

base::Error not_a_pair(const char* flag) {
  return base::invalid(std::string(flag) + " takes PATH=VALUE, such as credentials.username=ann.");
}

// "@FILE", "@-" and "@@text"; anything else is the value.
base::Result<base::Secret> value_of(Context& context, const std::string& text) {
  if (!text.starts_with('@')) return base::Secret(text);
  if (text.starts_with("@@")) return base::Secret(text.substr(1));
  const std::string path = text.substr(1);
  if (path == "-") return context.read_secret("-");
  ASSIGN_OR_RETURN(std::string read, base::read_file(path, kLargestValue));
  base::Secret secret(read);
  base::wipe(read.data(), read.size());
  return secret;
}

base::Status add_pairs(Context& context, const std::vector<std::string>& pairs, const char* flag,
                       const std::string& before, std::vector<catalogue::Setting>& out) {
  for (const std::string& pair : pairs) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) return not_a_pair(flag);
    ASSIGN_OR_RETURN(auto value, value_of(context, pair.substr(equals + 1)));
    out.push_back({before + pair.substr(0, equals), std::move(value)});
  }
  return {};
}

base::Result<std::string> text_of_file(Context& context, const std::string& path) {
  if (path.empty()) return std::string();
  if (path == "-") return std::string(std::istreambuf_iterator<char>(context.world().in), {});
  return base::read_file(path, kLargestFile);
}

bool others_may_read(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && (status.st_mode & 077U) != 0;
}

std::string lines_of(const std::vector<catalogue::FormProblem>& problems, const std::string& file) {
  std::string text;
  for (const auto& problem : problems) text += (text.empty() ? "" : "\n") + problem.text(file);
  return text;
}

void warn(Context& context, const std::string& path, const catalogue::Form& form) {
  for (const std::string& warning : form.warnings) context.world().err << path << ": warning: " << warning << '\n';
  if (!form.has_secrets || path == "-" || !others_may_read(path)) return;
  context.world().err << path << ": warning: other users of this machine can read this file, and it has secrets in "
                      << "it. Take them out (--set PATH=@FILE), or: chmod 600 " << path << '\n';
}

// The API's form of a type as that of the file: what only the server can use stays there.
Json as_in_a_file(const Json& resource) {
  Json type = resource.at("attributes");
  type["id"] = resource.at("id");
  type.erase("custom");
  for (Json& scheme : type["schemes"]) {
    scheme["env"] = Json::object();
    scheme["verify"].erase("side_effects");
    scheme.erase("needs_oauth_configuration");
    for (Json& parameter : scheme["parameters"]) {
      if (parameter.contains("options_from")) parameter["options_from"].erase("needs");
    }
  }
  return type;
}

}  // namespace

void add_form_options(CLI::App& command, FormOptions& options) {
  command
      .add_option("--set", options.set,
                  "PATH=VALUE …, over the file: credentials.username=ann; @FILE reads a file, @- "
                  "standard input")
      ->expected(1, -1);
  command.add_option("--set-env", options.set_env, "PATH=VARIABLE …: the value of an environment variable")
      ->expected(1, -1);
  command.add_option("--credentials", options.credentials, "KEY=VALUE …: the same as --set credentials.KEY=VALUE")
      ->expected(1, -1);
  command.add_flag("--url-encoded", options.url_encoded, "User names and passwords are given percent-encoded");
}

base::Result<std::vector<catalogue::Setting>> settings_of(Context& context, const FormOptions& options) {
  std::vector<catalogue::Setting> out;
  RETURN_IF_ERROR(add_pairs(context, options.set, "--set", "", out));
  RETURN_IF_ERROR(add_pairs(context, options.credentials, "--credentials", "credentials.", out));
  const auto& environment = context.world().environment;
  for (const std::string& pair : options.set_env) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) return not_a_pair("--set-env");
    const auto variable = environment.find(pair.substr(equals + 1));
    if (variable == environment.end()) {
      return base::invalid("--set-env " + pair + ": there is no environment variable " + pair.substr(equals + 1) + ".");
    }
    out.push_back({pair.substr(0, equals), base::Secret(variable->second)});
  }
  return out;
}

base::Result<std::shared_ptr<const catalogue::Catalogue>> catalogue_for(Context& context, const std::string& type) {
  auto builtin = catalogue::Catalogue::builtin();
  if (type.empty() || builtin->find_type(type) != nullptr) return builtin;
  auto found = context.api().get("/connection-types/" + base::url_encode(type));
  if (!found) {
    if (found.error().code == base::Code::kNotFound) return builtin;  // the reader says so, with a suggestion
    return found.error();
  }
  return catalogue::Catalogue::with_type(as_in_a_file(found->at("data")).dump());
}

base::Result<ConnectionFile> read_connection_file(Context& context, const std::string& path,
                                                  const std::vector<catalogue::Setting>& settings, bool url_encoded) {
  ConnectionFile file;
  file.name = path.empty() ? "the command line" : path == "-" ? "standard input" : path;
  ASSIGN_OR_RETURN(std::string text, text_of_file(context, path));
  ASSIGN_OR_RETURN(file.catalogue, catalogue_for(context, catalogue::type_named_in(text, settings)));
  auto read = catalogue::read_form(*file.catalogue, text, settings, url_encoded);
  base::wipe(text.data(), text.size());
  if (!read.form) return base::invalid(lines_of(read.problems, file.name));
  warn(context, path, *read.form);
  file.form = *std::move(read.form);
  return file;
}

base::Status check_values(const ConnectionFile& file, const catalogue::Values* stored) {
  catalogue::CheckOptions options;
  options.stored = stored;
  const auto mode = stored == nullptr ? catalogue::Mode::kCreate : catalogue::Mode::kUpdate;
  const auto checked =
      catalogue::validate(*file.catalogue, *file.form.type, *file.form.scheme, file.form.given, mode, options);
  if (checked.problems.empty()) return {};
  return base::invalid(lines_of(catalogue::with_places(file.form, checked.problems), file.name));
}

Json attributes_of(const ConnectionFile& file, bool create) {
  const catalogue::Form& form = file.form;
  Json parameters = Json::object();
  for (const auto& [id, value] : form.given.values) parameters[id] = value.reveal();
  Json attributes{
      {"name", form.name}, {"description", form.description}, {"tags", form.tags}, {"parameters", parameters}};
  if (form.given.url_encoded) attributes["url-encoded"] = true;
  if (form.allow_all_workspaces) attributes["allow-all-workspaces"] = *form.allow_all_workspaces;
  if (create) {
    attributes["connection-type"] = form.type->id;
    attributes["scheme"] = form.scheme->id;
  }
  return attributes;
}

catalogue::Values values_of(const Json& connection) {
  catalogue::Values values;
  if (const Json* parameters = jsonapi::find(connection, "attributes.parameters"); parameters != nullptr) {
    for (const auto& [id, value] : parameters->items()) {
      if (value.is_string()) values.set(id, value.get<std::string>());
    }
  }
  for (const Json& id : jsonapi::get_array(connection, "attributes.secrets-set")) {
    if (id.is_string()) values.set_stored(id.get<std::string>());
  }
  return values;
}

base::Result<std::string> find_project(Context& context, const std::string& name_or_id) {
  if (name_or_id.starts_with("prj-")) return name_or_id;
  ASSIGN_OR_RETURN(const auto path, context.organization_path("/projects"));
  ASSIGN_OR_RETURN(const Json all, context.api().get_all(path));
  const Json& projects = jsonapi::get_array(all, "data");
  if (name_or_id.empty() && projects.size() == 1) return jsonapi::get_text(projects[0], "id");
  std::vector<std::string> names;
  const std::string wanted = name_or_id.empty() ? "Default Project" : name_or_id;
  for (const Json& project : projects) {
    names.push_back(jsonapi::get_text(project, "attributes.name"));
    if (base::equals_ignoring_case(names.back(), wanted)) return jsonapi::get_text(project, "id");
  }
  if (name_or_id.empty()) return base::invalid("Say which project with --project: " + base::join(names, ", ") + ".");
  return base::not_found("There is no project '" + name_or_id + "'. There are: " + base::join(names, ", ") + ".");
}

base::Result<Json> find_connection(Context& context, const std::string& name_or_id, const std::string& project) {
  if (name_or_id.starts_with("sc-")) return context.api().get("/service-connections/" + base::url_encode(name_or_id));
  std::string id;
  if (!project.empty()) {
    ASSIGN_OR_RETURN(id, find_project(context, project));
  }
  ASSIGN_OR_RETURN(const auto path,
                   context.organization_path("/service-connections?q=" + base::url_encode(name_or_id)));
  ASSIGN_OR_RETURN(const Json all, context.api().get_all(path));
  std::vector<Json> found;
  for (const Json& one : jsonapi::get_array(all, "data")) {
    const bool here = id.empty() || jsonapi::get_text(one, "relationships.project.data.id") == id;
    if (here && base::equals_ignoring_case(jsonapi::get_text(one, "attributes.name"), name_or_id)) found.push_back(one);
  }
  if (found.empty()) {
    return base::not_found("There is no connection named '" + name_or_id + "'; see `runbridge connection list`.");
  }
  if (found.size() > 1) {
    return base::invalid("Several projects have a connection named '" + name_or_id + "'; say which with --project.");
  }
  return Json{{"data", found.front()}};
}

}  // namespace cli
