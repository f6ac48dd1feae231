#include "cli/connection_apply.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>

#include "base/strings.h"
#include "jsonapi/json.h"

namespace cli {
namespace {

struct Change {
  ConnectionFile file;
  std::string id;                  // empty: to be created
  std::vector<std::string> items;  // what differs; empty: nothing
};

base::Result<std::vector<std::string>> files_of(const std::string& directory) {
  std::set<std::string> files;
  std::error_code code;
  for (std::filesystem::directory_iterator at(directory, code), end; !code && at != end; at.increment(code)) {
    const std::string extension = at->path().extension().string();
    if (extension == ".yaml" || extension == ".yml") files.insert(at->path().string());
  }
  if (code) return base::invalid(directory + " cannot be read: " + code.message() + ".");
  if (files.empty()) return base::invalid(directory + " has no .yaml file.");
  return std::vector<std::string>(files.begin(), files.end());
}

// What a file says otherwise than the connection. A secret that is given is always a change: nobody can compare it.
std::vector<std::string> differences(const ConnectionFile& file, const Json& connection) {
  std::vector<std::string> out;
  const catalogue::Form& form = file.form;
  const catalogue::Values stored = values_of(connection);
  catalogue::CheckOptions options;
  options.stored = &stored;
  const auto checked =
      catalogue::validate(*file.catalogue, *form.type, *form.scheme, form.given, catalogue::Mode::kUpdate, options);
  if (form.name != jsonapi::get_text(connection, "attributes.name")) out.emplace_back("name");
  if (form.description != jsonapi::get_text(connection, "attributes.description")) out.emplace_back("description");
  const Json* tags = jsonapi::find(connection, "attributes.tags");
  if (Json(form.tags) != (tags == nullptr || tags->empty() ? Json::object() : *tags) &&
      !(form.tags.empty() && (tags == nullptr || tags->empty()))) {
    out.emplace_back("tags");
  }
  if (form.allow_all_workspaces &&
      *form.allow_all_workspaces != jsonapi::get_boolean(connection, "attributes.allow-all-workspaces")) {
    out.emplace_back("allow_all_pipelines");
  }
  for (const std::string& id : checked.changed) {
    const catalogue::Parameter* parameter = form.scheme->find_parameter(id);
    out.push_back(parameter != nullptr && parameter->secret ? id + " (a new secret)" : id);
  }
  return out;
}

const Json* named(const Json& connections, const std::string& name) {
  for (const Json& one : connections) {
    if (base::equals_ignoring_case(jsonapi::get_text(one, "attributes.name"), name)) return &one;
  }
  return nullptr;
}

base::Status check_one(Change& change, const Json* existing) {
  if (existing == nullptr) return check_values(change.file, nullptr);
  change.id = jsonapi::get_text(*existing, "id");
  RETURN_IF_ERROR(check_kind(change.file, *existing));
  const catalogue::Values stored = values_of(*existing);
  RETURN_IF_ERROR(check_values(change.file, &stored));
  change.items = differences(change.file, *existing);
  return {};
}

base::Result<std::vector<Change>> read_all(Context& context, const ApplyOptions& options, const Json& existing) {
  ASSIGN_OR_RETURN(const auto files, files_of(options.directory));
  std::vector<Change> changes;
  std::string problems;
  std::map<std::string, std::string> seen;
  const auto note = [&](const std::string& problem) { problems += (problems.empty() ? "" : "\n") + problem; };
  for (const std::string& path : files) {
    auto file = read_connection_file(context, path, {}, false);
    if (!file) {
      note(file.error().message);
      continue;
    }
    Change change{*std::move(file), {}, {}};
    const std::string name = change.file.form.name;
    const auto [at, fresh] = seen.emplace(base::to_lower(name), path);
    if (!fresh) note(path + ": the name \"" + name + "\" is in " + at->second + " already.");
    if (const auto status = check_one(change, named(existing, name)); !status) note(status.error().message);
    changes.push_back(std::move(change));
  }
  if (!problems.empty()) return base::invalid(problems + "\nNothing was changed.");
  return changes;
}

std::size_t show_plan(std::ostream& out, const std::vector<Change>& changes) {
  std::size_t count = 0;
  for (const Change& change : changes) {
    const catalogue::Form& form = change.file.form;
    if (change.id.empty()) {
      out << "+ create " << form.name << " (" << form.type->id << ", " << form.scheme->id << ")\n";
    } else if (change.items.empty()) {
      out << "= keep   " << form.name << '\n';
      continue;
    } else {
      out << "~ change " << form.name << ": " << base::join(change.items, ", ") << '\n';
    }
    ++count;
  }
  return count;
}

base::Status perform(Context& context, const Change& change, const std::string& project, bool no_verify) {
  const bool create = change.id.empty();
  if (!create && change.items.empty()) return {};
  Json attributes = attributes_of(change.file, create);
  if (no_verify) attributes["verify"] = false;
  const Json body = resource("service-connections", attributes);
  const auto done = create ? context.api().post("/projects/" + project + "/service-connections", body)
                           : context.api().patch("/service-connections/" + change.id, body);
  if (!done) return done.error();
  return {};
}

}  // namespace

base::Status check_kind(const ConnectionFile& file, const Json& connection) {
  const catalogue::Form& form = file.form;
  const std::string type = jsonapi::get_text(connection, "attributes.connection-type");
  const std::string scheme = jsonapi::get_text(connection, "attributes.scheme");
  if (form.type->id == type && form.scheme->id == scheme) return {};
  return base::invalid(file.name + ": " + form.name + " is of type " + type + " with the scheme " + scheme +
                       ", which cannot be changed after creation. Delete it and create it anew.");
}

base::Status apply_directory(Context& context, const ApplyOptions& options) {
  ASSIGN_OR_RETURN(const auto project, find_project(context, options.project));
  ASSIGN_OR_RETURN(const Json all, context.api().get_all("/projects/" + project + "/service-connections"));
  Json existing = Json::array();
  for (const Json& one : jsonapi::get_array(all, "data")) {  // not those that others share with it
    if (jsonapi::get_text(one, "relationships.project.data.id") == project) existing.push_back(one);
  }
  ASSIGN_OR_RETURN(const auto changes, read_all(context, options, existing));
  std::ostream& out = context.world().out;
  const std::size_t count = show_plan(out, changes);
  if (count == 0) out << "Nothing to change.\n";
  if (count == 0 || options.plan_only) return {};
  RETURN_IF_ERROR(context.confirm("Make these " + std::to_string(count) + " changes?", options.yes));
  std::string failed;
  for (const Change& change : changes) {
    const auto status = perform(context, change, project, options.no_verify);
    if (status) continue;
    failed += (failed.empty() ? "" : "\n") + change.file.name + ": " + status.error().message;
  }
  if (!failed.empty()) return base::invalid(failed);
  out << "Done.\n";
  return {};
}

}  // namespace cli
