#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/file.h"
#include "base/strings.h"
#include "cli/connection_apply.h"
#include "cli/connection_files.h"
#include "cli/context.h"
#include "cli/sign_in.h"
#include "jsonapi/json.h"

namespace cli {
namespace {

const std::vector<Field> kListFields{{"ID", "id"},
                                     {"NAME", "attributes.name"},
                                     {"TYPE", "attributes.connection-type"},
                                     {"SCHEME", "attributes.scheme"},
                                     {"TARGET", "attributes.target"},
                                     {"VERIFIED", "attributes.verification-result"},
                                     {"AT", "attributes.last-verified-at"}};
const std::vector<Field> kDetails{{"Id", "id"},
                                  {"Name", "attributes.name"},
                                  {"Type", "attributes.connection-type"},
                                  {"Scheme", "attributes.scheme"},
                                  {"Target", "attributes.target"},
                                  {"Description", "attributes.description"},
                                  {"Owner", "attributes.owner"},
                                  {"Secrets set", "attributes.secrets-set"},
                                  {"Allow all workspaces", "attributes.allow-all-workspaces"},
                                  {"Verified", "attributes.verification-result"},
                                  {"What was found", "attributes.verification-message"},
                                  {"Last verified", "attributes.last-verified-at"},
                                  {"Last used", "attributes.last-used-at"},
                                  {"Created by", "attributes.created-by"},
                                  {"Updated", "attributes.updated-at"},
                                  {"Your role", "attributes.permissions.role"}};
const std::vector<Field> kTypeFields{{"TYPE", "id"}, {"NAME", "name"}, {"SCHEMES", "schemes"}};
const std::vector<Field> kParameterFields{{"KEY", "key"}, {"KIND", "kind"}, {"NEEDED", "needed"}, {"WHAT", "help"}};
const std::vector<Field> kStepFields{{"STEP", "id"}, {"RESULT", "result"}, {"MS", "latency-ms"}, {"WHAT", "message"}};
const std::vector<Field> kOptionFields{{"VALUE", "value"}, {"NAME", "label"}};
const std::vector<Field> kVerificationDetails{{"Result", "attributes.result"},
                                              {"What was found", "attributes.message"},
                                              {"What to do", "attributes.remedy"},
                                              {"Took (ms)", "attributes.latency-ms"},
                                              {"Notes", "attributes.notes"}};
const std::vector<Field> kRoleFields{
    {"ROLE", "attributes.role"}, {"KIND", "attributes.subject-type"}, {"NAME", "attributes.subject-name"}};
const std::vector<Field> kWorkspaceFields{
    {"ID", "id"}, {"WORKSPACE", "attributes.name"}, {"BY", "attributes.authorized-by"}};
const std::vector<Field> kUseFields{{"KIND", "type"}, {"ID", "id"}, {"NAME", "attributes.name"}};

struct Named {
  std::string name, project;
};

base::Result<std::string> path_of(Context& context, const Named& named) {
  ASSIGN_OR_RETURN(const Json found, find_connection(context, named.name, named.project));
  return "/service-connections/" + base::url_encode(jsonapi::get_text(found, "data.id"));
}

// --- create, update, export ---------------------------------------------------------------------------------------

struct WriteOptions {
  Named named;
  std::string file;
  FormOptions form;
  bool no_verify = false;
  bool signs_in = false;
  std::string oauth_configuration;
};

// With --sign-in: what the sign-in brings is named, not sent.
void put_sign_in(const WriteOptions& options, const std::string& authorization, Json& attributes) {
  if (!authorization.empty()) attributes["oauth-authorization"] = authorization;
  if (!options.oauth_configuration.empty()) attributes["oauth-configuration"] = options.oauth_configuration;
}

base::Status show_with_parameters(Context& context, const Json& found) {
  RETURN_IF_ERROR(context.show_one(found, kDetails));
  if (context.json()) return {};
  const Json* parameters = jsonapi::find(found, "data.attributes.parameters");
  if (parameters == nullptr) return {};
  std::vector<Field> fields;
  for (const auto& [id, value] : parameters->items()) fields.push_back({id, "attributes.parameters." + id});
  context.world().out << '\n';
  print_details(context.world().out, fields, found.at("data"));
  return {};
}

// Where nothing is missing but what a sign-in brings, the way to one is told.
base::Status check_new(const ConnectionFile& file, const WriteOptions& options) {
  if (options.signs_in) return check_values(as_if_signed_in(file), nullptr);
  auto checked = check_values(file, nullptr);
  if (checked || !takes_sign_in(*file.form.scheme) || !check_values(as_if_signed_in(file), nullptr)) return checked;
  auto error = std::move(checked).error();
  error.message += "\nSign in there now: the same command with --sign-in.";
  return error;
}

base::Status create_connection(Context& context, const WriteOptions& options) {
  ASSIGN_OR_RETURN(const auto settings, settings_of(context, options.form));
  ASSIGN_OR_RETURN(const auto file, read_connection_file(context, options.file, settings, options.form.url_encoded));
  RETURN_IF_ERROR(check_new(file, options));
  ASSIGN_OR_RETURN(const auto project, find_project(context, options.named.project));
  std::string authorization;
  if (options.signs_in) {
    ASSIGN_OR_RETURN(authorization, sign_in_for(context, project, file, options.oauth_configuration));
  }
  Json attributes = attributes_of(file, true);
  put_sign_in(options, authorization, attributes);
  if (options.no_verify) attributes["verify"] = false;
  ASSIGN_OR_RETURN(const Json made, context.api().post("/projects/" + project + "/service-connections",
                                                       resource("service-connections", attributes)));
  return show_with_parameters(context, made);
}

// Without a file the settings change what is there: the connection's own type and name stand in for it.
base::Status update_connection(Context& context, const WriteOptions& options) {
  ASSIGN_OR_RETURN(const Json found, find_connection(context, options.named.name, options.named.project));
  const Json& connection = found.at("data");
  ASSIGN_OR_RETURN(auto settings, settings_of(context, options.form));
  const auto given = [&](std::string_view path) {
    return std::any_of(settings.begin(), settings.end(), [&](const auto& one) {
      return one.path == path || (path == "tags" && one.path.starts_with("tags."));
    });
  };
  const bool renamed = given("name");
  const bool described = given("description");
  const bool tagged = given("tags");
  if (options.file.empty()) {
    const auto fill = [&](const char* path, const char* attribute) {
      if (!given(path)) settings.push_back({path, base::Secret(jsonapi::get_text(connection, attribute))});
    };
    fill("name", "attributes.name");
    fill("type", "attributes.connection-type");
    fill("credentials.type", "attributes.scheme");
  }
  ASSIGN_OR_RETURN(const auto file, read_connection_file(context, options.file, settings, options.form.url_encoded));
  const catalogue::Values stored = values_of(connection);
  RETURN_IF_ERROR(check_kind(file, connection));
  RETURN_IF_ERROR(check_values(file, &stored));
  Json attributes = attributes_of(file, false);
  if (options.file.empty()) {
    if (!renamed) attributes.erase("name");
    if (!described) attributes.erase("description");
    if (!tagged) attributes.erase("tags");
  }
  if (options.no_verify) attributes["verify"] = false;
  const std::string path = "/service-connections/" + jsonapi::get_text(connection, "id");
  std::string authorization;
  if (options.signs_in) {
    Json with = Json::object();
    put_sign_in(options, {}, with);
    ASSIGN_OR_RETURN(authorization, sign_in(context, path + "/oauth-authorizations", with));
  }
  put_sign_in(options, authorization, attributes);
  ASSIGN_OR_RETURN(const Json changed, context.api().patch(path, resource("service-connections", attributes)));
  return context.show_one(changed, kDetails);
}

base::Status export_connection(Context& context, const Named& named, const std::string& output) {
  ASSIGN_OR_RETURN(const Json found, find_connection(context, named.name, named.project));
  const Json& connection = found.at("data");
  const std::string type_name = jsonapi::get_text(connection, "attributes.connection-type");
  ASSIGN_OR_RETURN(const auto types, catalogue_for(context, type_name));
  catalogue::FormSource source;
  source.type = types->find_type(type_name);
  if (source.type == nullptr) return catalogue::unknown_type(*types, type_name);
  source.scheme = source.type->find_scheme(jsonapi::get_text(connection, "attributes.scheme"));
  if (source.scheme == nullptr)
    return catalogue::unknown_scheme(*source.type, jsonapi::get_text(connection, "attributes.scheme"));
  source.name = jsonapi::get_text(connection, "attributes.name");
  source.description = jsonapi::get_text(connection, "attributes.description");
  source.target = jsonapi::get_text(connection, "attributes.target");
  source.allow_all_workspaces = jsonapi::get_boolean(connection, "attributes.allow-all-workspaces");
  const catalogue::Values values = values_of(connection);
  source.parameters = {values.plain().begin(), values.plain().end()};
  if (const Json* tags = jsonapi::find(connection, "attributes.tags"); tags != nullptr && tags->is_object()) {
    for (const auto& [key, value] : tags->items())
      source.tags.emplace(key, value.is_string() ? value.get<std::string>() : "");
  }
  const std::string text = "# yaml-language-server: $schema=" + context.api().address() + "/schemas/connection.json\n" +
                           "# Secrets are not exported: give them with --set PATH=@FILE or --set-env PATH=VARIABLE.\n" +
                           catalogue::write_form(source);
  if (!output.empty()) return base::write_file(output, text);
  context.world().out << text;
  return {};
}

void add_sign_in_options(CLI::App& command, WriteOptions& options) {
  command.add_flag("--sign-in", options.signs_in, "Sign in at the service now, where that fills the secret");
  command.add_option("--oauth-configuration", options.oauth_configuration,
                     "The registered application to sign in with (the only one there is)");
}

void add_write_options(CLI::App& command, WriteOptions& options) {
  command.add_flag("--no-verify", options.no_verify, "Save without a call to the service");
  add_sign_in_options(command, options);
  add_form_options(command, options.form);
}

void add_writing(Program& program, CLI::App& connection) {
  auto* create = connection.add_subcommand("create", "Verify and save one");
  auto options = std::make_shared<WriteOptions>();
  create->add_option("-f,--file", options->file,
                     "Its YAML form; - is standard input. Without one, all comes from --set");
  create->add_option("--project", options->named.project, "Name or prj-… id (the only one, or Default Project)");
  add_write_options(*create, *options);
  create->callback([&program, options] {
    program.action = [options](Context& context) { return create_connection(context, *options); };
  });

  auto* update = connection.add_subcommand("update", "Change one; a secret that is given replaces the stored one");
  auto changes = std::make_shared<WriteOptions>();
  update->add_option("name", changes->named.name, "Name or sc-… id")->required();
  update->add_option("-f,--file", changes->file, "Its YAML form; - is standard input");
  update->add_option("--project", changes->named.project, "Name or prj-… id of its project");
  add_write_options(*update, *changes);
  update->callback([&program, changes] {
    program.action = [changes](Context& context) { return update_connection(context, *changes); };
  });

  auto* exporting = connection.add_subcommand("export", "Its YAML form, without secrets");
  auto named = std::make_shared<Named>();
  auto output = std::make_shared<std::string>();
  exporting->add_option("name", named->name, "Name or sc-… id")->required();
  exporting->add_option("--project", named->project, "Name or prj-… id of its project");
  exporting->add_option("--output", *output, "A file instead of standard output");
  exporting->callback([&program, named, output] {
    program.action = [named, output](Context& context) { return export_connection(context, *named, *output); };
  });
}

// --- list, show, delete, verify -----------------------------------------------------------------------------------

base::Status list_connections(Context& context, const std::string& project, const std::string& type) {
  std::string path;
  if (project.empty()) {
    ASSIGN_OR_RETURN(path, context.organization_path("/service-connections"));
  } else {
    ASSIGN_OR_RETURN(const auto id, find_project(context, project));
    path = "/projects/" + id + "/service-connections";
  }
  if (!type.empty()) path += "?filter%5Btype%5D=" + base::url_encode(type);
  ASSIGN_OR_RETURN(const Json all, context.api().get_all(path));
  return context.show_list(all, kListFields, "No connection yet. Make one: runbridge connection create --file FILE");
}

base::Status show_connection(Context& context, const Named& named) {
  ASSIGN_OR_RETURN(const Json found, find_connection(context, named.name, named.project));
  return show_with_parameters(context, found);
}

base::Status delete_connection(Context& context, const Named& named, bool force, bool yes) {
  ASSIGN_OR_RETURN(const auto path, path_of(context, named));
  ASSIGN_OR_RETURN(const Json uses, context.api().get(path + "/uses"));
  const Json& users = jsonapi::get_array(uses, "data");
  if (!users.empty() && !context.json()) print_table(context.world().err, kUseFields, users);
  const std::string used = users.empty() ? "Nothing uses it." : std::to_string(users.size()) + " use it, see above.";
  RETURN_IF_ERROR(context.confirm("Delete the connection '" + named.name + "' and erase its secrets? " + used, yes));
  ASSIGN_OR_RETURN(const Json gone, context.api().remove(path + (force ? "?force=true" : "")));
  for (const Json& left : jsonapi::get_array(gone, "meta.left-at-the-service")) {
    context.world().err << "warning: still at the service, remove it there: " << left.get<std::string>() << '\n';
  }
  return context.done("Connection " + named.name + " is deleted and its secrets are erased.", gone);
}

base::Status verify_connection(Context& context, const Named& named) {
  ASSIGN_OR_RETURN(const auto path, path_of(context, named));
  ASSIGN_OR_RETURN(const Json result, context.api().post(path + "/actions/verify", Json::object()));
  RETURN_IF_ERROR(context.show_one(result, kVerificationDetails));
  const Json& steps = jsonapi::get_array(result, "data.attributes.steps");
  if (!context.json() && !steps.empty()) {
    context.world().out << '\n';
    print_table(context.world().out, kStepFields, steps);
  }
  if (jsonapi::get_text(result, "data.attributes.result") == "failed") {
    return base::upstream("the connection does not work: " + jsonapi::get_text(result, "data.attributes.message"));
  }
  return {};
}

struct OptionsOptions {
  WriteOptions with;
  std::string type, scheme, parameter;
};

// A form that is only begun: what is missing in it is nothing to complain about.
base::Status list_options(Context& context, const OptionsOptions& options) {
  ASSIGN_OR_RETURN(auto settings, settings_of(context, options.with.form));
  const auto fill = [&](const char* path, const std::string& text) {
    if (!text.empty()) settings.push_back({path, base::Secret(text)});
  };
  fill("type", options.type);
  fill("credentials.type", options.scheme);
  if (options.with.file.empty()) fill("name", "unsaved");
  ASSIGN_OR_RETURN(const auto file,
                   read_connection_file(context, options.with.file, settings, options.with.form.url_encoded));
  ASSIGN_OR_RETURN(const auto project, find_project(context, options.with.named.project));
  std::string authorization;
  if (options.with.signs_in) {
    ASSIGN_OR_RETURN(authorization, sign_in_for(context, project, file, options.with.oauth_configuration));
  }
  const Json whole = attributes_of(file, true);
  Json attributes{{"parameter", options.parameter}};
  for (const char* name : {"connection-type", "scheme", "parameters", "url-encoded"}) {
    if (whole.contains(name)) attributes[name] = whole.at(name);
  }
  put_sign_in(options.with, authorization, attributes);
  ASSIGN_OR_RETURN(const Json found, context.api().post("/projects/" + project + "/service-connections/actions/options",
                                                        resource("service-connection-options", attributes)));
  if (context.json()) {
    context.world().out << jsonapi::dump_pretty(found) << '\n';
    return {};
  }
  const Json& choices = jsonapi::get_array(found, "data.attributes.options");
  if (choices.empty()) {
    context.world().out << "The service has none to choose from. See whether the account behind it may list them.\n";
    return {};
  }
  print_table(context.world().out, kOptionFields, choices);
  if (!jsonapi::get_boolean(found, "data.attributes.complete")) {
    context.world().err << "The service has more than these; a value that is not shown can be given all the same.\n";
  }
  return {};
}

void add_options(Program& program, CLI::App& connection) {
  auto* command = connection.add_subcommand("options", "Choices of a field, asked for at the service: clusters, …");
  auto options = std::make_shared<OptionsOptions>();
  command->add_option("-f,--file", options->with.file, "The YAML form as far as it is written; - is standard input");
  command->add_option("--type", options->type, "A type");
  command->add_option("--scheme", options->scheme, "A scheme of the type");
  command->add_option("--parameter", options->parameter, "The field: cluster")->required();
  command->add_option("--project", options->with.named.project, "Name or prj-… id (the only one, or Default Project)");
  add_sign_in_options(*command, options->with);
  add_form_options(*command, options->with.form);
  command->callback([&program, options] {
    program.action = [options](Context& context) { return list_options(context, *options); };
  });
}

CLI::App* add_named(Program& program, CLI::App& parent, const char* command, const char* help,
                    std::function<base::Status(Context&, const Named&)> action) {
  auto* added = parent.add_subcommand(command, help);
  auto named = std::make_shared<Named>();
  added->add_option("name", named->name, "Name or sc-… id")->required();
  added->add_option("--project", named->project, "Name or prj-… id of its project");
  added->callback([&program, named, action = std::move(action)] {
    program.action = [named, action](Context& context) { return action(context, *named); };
  });
  return added;
}

void add_looking(Program& program, CLI::App& connection) {
  auto* list = connection.add_subcommand("list", "List those you may see");
  auto project = std::make_shared<std::string>();
  auto type = std::make_shared<std::string>();
  list->add_option("--project", *project, "Of this project only");
  list->add_option("--type", *type, "Of this type only");
  list->callback([&program, project, type] {
    program.action = [project, type](Context& context) { return list_connections(context, *project, *type); };
  });
  add_named(program, connection, "show", "One connection; never a secret", show_connection);
  add_named(program, connection, "verify", "Call the service now", verify_connection);
  auto force = std::make_shared<bool>(false);
  auto yes = std::make_shared<bool>(false);
  auto* removing = add_named(
      program, connection, "delete", "Delete one and erase its secrets",
      [force, yes](Context& context, const Named& named) { return delete_connection(context, named, *force, *yes); });
  removing->add_flag("--force", *force, "Although something uses it");
  removing->add_flag("--yes", *yes, "Do not ask");
}

// --- authorize, roles ---------------------------------------------------------------------------------------------

struct AuthorizeOptions {
  std::vector<std::string> workspaces;
  bool all = false, only = false, withdraw = false;
};

base::Status authorize(Context& context, const Named& named, const AuthorizeOptions& options) {
  ASSIGN_OR_RETURN(const auto path, path_of(context, named));
  if (options.all || options.only) {
    ASSIGN_OR_RETURN(const Json changed, context.api().patch(path, resource("service-connections",
                                                                            {{"allow-all-workspaces", options.all}})));
    return context.done(options.all ? "Every workspace of the project may use " + named.name + "."
                                    : "Only authorized workspaces may use " + named.name + ".",
                        changed);
  }
  const std::string list = path + "/relationships/authorized-workspaces";
  if (options.workspaces.empty()) {
    ASSIGN_OR_RETURN(const Json all, context.api().get_all(list));
    return context.show_list(
        all, kWorkspaceFields,
        "No workspace is authorized. Authorize one: runbridge connection authorize NAME WORKSPACE");
  }
  Json identifiers = Json::array();
  for (const std::string& workspace : options.workspaces) {
    ASSIGN_OR_RETURN(const Json found, context.find_workspace(workspace));
    identifiers.push_back({{"type", "workspaces"}, {"id", jsonapi::get_text(found, "data.id")}});
  }
  const Json body{{"data", identifiers}};
  ASSIGN_OR_RETURN(const Json done,
                   options.withdraw ? context.api().remove(list, body) : context.api().post(list, body));
  return context.done(base::join(options.workspaces, ", ") + (options.withdraw ? " may no longer use " : " may use ") +
                          named.name + ".",
                      done);
}

struct RoleOptions {
  std::string user, team, role, inherit;
  bool remove = false;
};

base::Status roles(Context& context, const Named& named, const RoleOptions& options) {
  ASSIGN_OR_RETURN(const auto path, path_of(context, named));
  if (!options.inherit.empty()) {
    if (options.inherit != "on" && options.inherit != "off") return base::invalid("--inherit is on or off.");
    ASSIGN_OR_RETURN(
        const Json changed,
        context.api().patch(path, resource("service-connections", {{"inherits-roles", options.inherit == "on"}})));
    return context.done("Inheritance of roles is " + options.inherit + " for " + named.name + ".", changed);
  }
  if (options.user.empty() && options.team.empty()) {
    ASSIGN_OR_RETURN(const Json all, context.api().get_all(path + "/roles"));
    return context.show_list(all, kRoleFields, "No role is given on it.");
  }
  const std::string& subject = options.user.empty() ? options.team : options.user;
  Json attributes{{"subject-type", options.user.empty() ? "teams" : "users"}, {"subject-id", subject}};
  if (!options.remove && options.role.empty()) return base::invalid("Say which --role: reader, user or administrator.");
  if (!options.role.empty()) attributes["role"] = options.role;
  const Json body = resource("service-connection-roles", attributes);
  ASSIGN_OR_RETURN(const Json done, options.remove ? context.api().remove(path + "/roles", body)
                                                   : context.api().post(path + "/roles", body));
  return context.done(options.remove ? subject + " has no role of its own on " + named.name + " any more."
                                     : subject + " is " + options.role + " of " + named.name + ".",
                      done);
}

void add_rights(Program& program, CLI::App& connection) {
  auto options = std::make_shared<AuthorizeOptions>();
  auto* command =
      add_named(program, connection, "authorize", "Let workspaces use it; without one, list them",
                [options](Context& context, const Named& named) { return authorize(context, named, *options); });
  command->add_option("workspace", options->workspaces, "Names or ws-… ids");
  command->add_flag("--all", options->all, "Every workspace of the project, also later ones");
  command->add_flag("--only-authorized", options->only, "Take --all back");
  command->add_flag("--withdraw", options->withdraw, "No longer let these use it");
  auto given = std::make_shared<RoleOptions>();
  auto* role = add_named(program, connection, "roles", "Show who has a role on it, give one, or take it away",
                         [given](Context& context, const Named& named) { return roles(context, named, *given); });
  auto* user = role->add_option("--user", given->user, "Name or id of a user");
  role->add_option("--team", given->team, "Name or id of a team")->excludes(user);
  role->add_option("--role", given->role, "reader, user or administrator");
  role->add_option("--inherit", given->inherit, "on or off: roles of the project's groups");
  role->add_flag("--remove", given->remove, "Take the role away");
}

// --- types, apply -------------------------------------------------------------------------------------------------

Json parameter_rows(const catalogue::Scheme& scheme) {
  Json rows = Json::array();
  for (const catalogue::Parameter& parameter : scheme.parameters) {
    const char* needed = parameter.required ? "yes" : parameter.required_when.empty() ? "no" : "depends";
    rows.push_back({{"key", parameter.yaml_paths.front()},
                    {"kind", parameter.secret ? "secret" : catalogue::input_name(parameter.input)},
                    {"needed", parameter.default_value ? "default " + *parameter.default_value : needed},
                    {"help", parameter.help}});
  }
  return rows;
}

base::Status show_type(Context& context, const std::string& name) {
  if (context.json()) {
    ASSIGN_OR_RETURN(const Json found, context.api().get("/connection-types/" + base::url_encode(name)));
    context.world().out << jsonapi::dump_pretty(found) << '\n';
    return {};
  }
  ASSIGN_OR_RETURN(const auto types, catalogue_for(context, name));
  const catalogue::Type* type = types->find_type(name);
  if (type == nullptr) return catalogue::unknown_type(*types, name);
  std::ostream& out = context.world().out;
  out << type->name << " (type: " << type->id << ")\n" << type->summary << '\n';
  for (const catalogue::Scheme& scheme : type->schemes) {
    out << "\ncredentials.type: " << scheme.id << "   " << scheme.name << '\n';
    print_table(out, kParameterFields, parameter_rows(scheme));
    out << "Verification proves: " << scheme.verify.success << '\n';
  }
  return {};
}

base::Status list_types(Context& context) {
  ASSIGN_OR_RETURN(const Json all, context.api().get("/connection-types"));
  if (context.json()) {
    context.world().out << jsonapi::dump_pretty(all) << '\n';
    return {};
  }
  Json rows = Json::array();
  for (const Json& type : jsonapi::get_array(all, "data")) {
    Json schemes = Json::array();
    for (const Json& scheme : jsonapi::get_array(type, "attributes.schemes"))
      schemes.push_back(jsonapi::get_text(scheme, "id"));
    rows.push_back({{"id", jsonapi::get_text(type, "id")},
                    {"name", jsonapi::get_text(type, "attributes.name")},
                    {"schemes", schemes}});
  }
  print_table(context.world().out, kTypeFields, rows);
  return {};
}

void add_types_and_apply(Program& program, CLI::App& connection) {
  auto* types = connection.add_subcommand("types", "Types and schemes; with a name, what it takes");
  auto name = std::make_shared<std::string>();
  types->add_option("type", *name, "A type");
  types->callback([&program, name] {
    program.action = [name](Context& context) {
      return name->empty() ? list_types(context) : show_type(context, *name);
    };
  });
  auto* apply = connection.add_subcommand("apply", "Make the project's connections as a directory of files has them");
  auto options = std::make_shared<ApplyOptions>();
  apply->add_option("directory", options->directory, "Directory with .yaml files, one connection each")->required();
  apply->add_option("--project", options->project, "Name or prj-… id");
  apply->add_flag("--plan", options->plan_only, "Show what would change, and change nothing");
  apply->add_flag("--yes", options->yes, "Do not ask");
  apply->add_flag("--no-verify", options->no_verify, "Save without calls to the services");
  apply->callback([&program, options] {
    program.action = [options](Context& context) { return apply_directory(context, *options); };
  });
}

}  // namespace

void add_connection_commands(Program& program) {
  auto* connection = program.app.add_subcommand("connection", "Credentials of outside services that runs receive");
  connection->require_subcommand(1);
  add_writing(program, *connection);
  add_looking(program, *connection);
  add_options(program, *connection);
  add_rights(program, *connection);
  add_types_and_apply(program, *connection);
}

}  // namespace cli
