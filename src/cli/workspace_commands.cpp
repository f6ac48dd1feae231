#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/strings.h"
#include "cli/context.h"
#include "jsonapi/json.h"

namespace cli {
namespace {

const std::vector<Field> kWorkspaceFields{{"ID", "id"},
                                          {"NAME", "attributes.name"},
                                          {"REPOSITORY", "attributes.vcs-repo.identifier"},
                                          {"BRANCH", "attributes.vcs-repo.branch"},
                                          {"LOCKED", "attributes.locked"},
                                          {"CURRENT RUN", "relationships.current-run.data.id"}};
const std::vector<Field> kWorkspaceDetails{{"Id", "id"},
                                           {"Name", "attributes.name"},
                                           {"Repository", "attributes.vcs-repo.identifier"},
                                           {"Branch", "attributes.vcs-repo.branch"},
                                           {"Webhook", "attributes.vcs-repo.webhook-url"},
                                           {"Working directory", "attributes.working-directory"},
                                           {"Trigger prefixes", "attributes.trigger-prefixes"},
                                           {"Trigger patterns", "attributes.trigger-patterns"},
                                           {"Tags", "attributes.tags"},
                                           {"Tags regex", "attributes.vcs-repo.tags-regex"},
                                           {"Auto-apply", "attributes.auto-apply"},
                                           {"Queue all runs", "attributes.queue-all-runs"},
                                           {"Speculative plans", "attributes.speculative-enabled"},
                                           {"Plan command", "attributes.plan-command"},
                                           {"Apply command", "attributes.apply-command"},
                                           {"Locked", "attributes.locked"},
                                           {"Current run", "relationships.current-run.data.id"}};
const std::vector<Field> kVariableFields{{"ID", "id"},
                                         {"KEY", "attributes.key"},
                                         {"VALUE", "attributes.value"},
                                         {"CATEGORY", "attributes.category"},
                                         {"SENSITIVE", "attributes.sensitive"}};
const std::vector<Field> kDecisionFields{{"WHEN", "attributes.created-at"},
                                         {"OUTCOME", "attributes.outcome"},
                                         {"REASON", "attributes.reason"},
                                         {"COMMIT", "attributes.commit-sha"},
                                         {"RUN", "relationships.run.data.id"}};

const std::vector<Field> kPreviewFields{{"RUNS", "would-run"},  {"TAG", "tag"},       {"COMMIT", "sha"},
                                        {"SUBJECT", "subject"}, {"AUTHOR", "author"}, {"WHEN", "committed-at"},
                                        {"REASON", "reason"}};

// What `create`, `update` and `preview` share. An option that was not typed is not sent.
struct WorkspaceOptions {
  std::optional<std::string> provider, repository, branch, directory, description, tags_regex;
  std::optional<std::string> plan_command, apply_command;
  std::optional<std::vector<std::string>> prefixes, patterns, tags;
  std::optional<bool> auto_apply, queue_all_runs, file_triggers, speculative, submodules, network;
};

void add_trigger_options(CLI::App& command, WorkspaceOptions& options) {
  command.add_option("--provider", options.provider, "Provider (name or oc-… id) of the repository");
  command.add_option("--repository", options.repository, "As `provider repos` shows it");
  command.add_option("--branch", options.branch, "Branch to follow; the repository's default if empty");
  command.add_option("--working-directory", options.directory, "Where in the repository to run");
  command.add_option("--trigger-prefix", options.prefixes, "Directory whose changes start runs (may be repeated)");
  command.add_option("--trigger-pattern", options.patterns, "Glob whose matches start runs (may be repeated)");
  command.add_option("--tags-regex", options.tags_regex, "Run for tags that match instead of branches");
  command.add_option("--file-triggers", options.file_triggers, "Look at changed files at all");
}

void add_workspace_options(CLI::App& command, WorkspaceOptions& options) {
  add_trigger_options(command, options);
  command.add_option("--description", options.description, "For people");
  // By a function: an option that may be left out takes '' for that.
  command.add_option_function<std::vector<std::string>>(
      "--tag", [&options](const std::vector<std::string>& tags) { options.tags = tags; },
      "NAME or KEY=VALUE (may be repeated); those and no other, --tag '' for none");
  command.add_option("--submodules", options.submodules, "Fetch the repository's submodules too (true or false)");
  command.add_option("--plan-command", options.plan_command, "Program and arguments, where no tofu or terraform is");
  command.add_option("--apply-command", options.apply_command, "The same for apply");
  command.add_option("--auto-apply", options.auto_apply, "Apply without asking (true or false)");
  command.add_option("--queue-all-runs", options.queue_all_runs, "Run for pushes before a first manual run");
  command.add_option("--speculative", options.speculative, "Plan pull requests");
  command.add_option("--network", options.network, "Let runs reach the network");
}

template <class T>
void put(Json& attributes, const char* name, const std::optional<T>& value) {
  if (value) attributes[name] = *value;
}

base::Result<Json> repository_of(Context& context, const WorkspaceOptions& options) {
  Json repository = Json::object();
  put(repository, "identifier", options.repository);
  put(repository, "branch", options.branch);
  put(repository, "tags-regex", options.tags_regex);
  put(repository, "ingress-submodules", options.submodules);
  if (options.provider) {
    ASSIGN_OR_RETURN(repository["oauth-token-id"], context.find_token_id(*options.provider));
  }
  return repository;
}

base::Result<Json> attributes_of(Context& context, const WorkspaceOptions& options) {
  Json attributes = Json::object();
  put(attributes, "description", options.description);
  put(attributes, "working-directory", options.directory);
  put(attributes, "trigger-prefixes", options.prefixes);
  put(attributes, "trigger-patterns", options.patterns);
  put(attributes, "auto-apply", options.auto_apply);
  put(attributes, "queue-all-runs", options.queue_all_runs);
  put(attributes, "file-triggers-enabled", options.file_triggers);
  put(attributes, "speculative-enabled", options.speculative);
  put(attributes, "network-access", options.network);
  put(attributes, "plan-command", options.plan_command);
  put(attributes, "apply-command", options.apply_command);
  ASSIGN_OR_RETURN(const Json repository, repository_of(context, options));
  if (!repository.empty()) attributes["vcs-repo"] = repository;
  return attributes;
}

base::Result<std::string> workspace_path(Context& context, const std::string& name) {
  ASSIGN_OR_RETURN(const Json found, context.find_workspace(name));
  return "/workspaces/" + jsonapi::get_text(found, "data.id");
}

base::Status set_variable(Context& context, const std::string& workspace, const Json& attributes) {
  ASSIGN_OR_RETURN(const auto path, workspace_path(context, workspace));
  ASSIGN_OR_RETURN(const Json all, context.api().get_all(path + "/vars"));
  for (const Json& variable : jsonapi::get_array(all, "data")) {
    const bool same = jsonapi::get_text(variable, "attributes.key") == jsonapi::get_text(attributes, "key") &&
                      jsonapi::get_text(variable, "attributes.category") == jsonapi::get_text(attributes, "category");
    if (!same) continue;
    ASSIGN_OR_RETURN(const Json changed, context.api().patch(path + "/vars/" + jsonapi::get_text(variable, "id"),
                                                             resource("vars", attributes)));
    return context.show_one(changed, kVariableFields);
  }
  ASSIGN_OR_RETURN(const Json made, context.api().post(path + "/vars", resource("vars", attributes)));
  return context.show_one(made, kVariableFields);
}

// One workspace with its tags, which are documents of their own.
base::Status show(Context& context, Json workspace) {
  const auto path = "/workspaces/" + jsonapi::get_text(workspace, "data.id") + "/tag-bindings";
  ASSIGN_OR_RETURN(const Json bindings, context.api().get(path));
  Json tags = Json::array();
  for (const Json& binding : jsonapi::get_array(bindings, "data")) {
    const auto value = jsonapi::get_text(binding, "attributes.value");
    tags.push_back(jsonapi::get_text(binding, "attributes.key") + (value.empty() ? "" : "=" + value));
  }
  workspace["data"]["attributes"]["tags"] = std::move(tags);
  return context.show_one(workspace, kWorkspaceDetails);
}

// The document of `create` and `update`.
Json document_of(const Json& attributes, const WorkspaceOptions& options) {
  Json document = resource("workspaces", attributes);
  if (!options.tags) return document;
  Json bindings = Json::array();
  for (const auto& tag : *options.tags) {
    if (tag.empty()) continue;
    const auto equals = tag.find('=');
    const auto value = equals == std::string::npos ? "" : tag.substr(equals + 1);
    bindings.push_back({{"type", "tag-bindings"}, {"attributes", {{"key", tag.substr(0, equals)}, {"value", value}}}});
  }
  document["data"]["relationships"]["tag-bindings"]["data"] = std::move(bindings);
  return document;
}

constexpr Argument kWorkspace{"workspace", "Name or ws-… id"};

void add_writes(Program& program, CLI::App& workspace) {
  auto created = std::make_shared<WorkspaceOptions>();
  auto* create =
      add_named(program, workspace, "create", "Make one, best with a repository", kWorkspace,
                [created](Context& context, const std::string& name) -> base::Status {
                  ASSIGN_OR_RETURN(Json attributes, attributes_of(context, *created));
                  attributes["name"] = name;
                  ASSIGN_OR_RETURN(const auto path, context.organization_path("/workspaces"));
                  ASSIGN_OR_RETURN(const Json made, context.api().post(path, document_of(attributes, *created)));
                  return show(context, made);
                });
  add_workspace_options(*create, *created);
  auto updated = std::make_shared<WorkspaceOptions>();
  auto* update =
      add_named(program, workspace, "update", "Change settings; what is not named stays", kWorkspace,
                [updated](Context& context, const std::string& name) -> base::Status {
                  ASSIGN_OR_RETURN(const auto path, workspace_path(context, name));
                  ASSIGN_OR_RETURN(const Json attributes, attributes_of(context, *updated));
                  ASSIGN_OR_RETURN(const Json changed, context.api().patch(path, document_of(attributes, *updated)));
                  return show(context, changed);
                });
  add_workspace_options(*update, *updated);
  auto yes = std::make_shared<bool>(false);
  add_named(program, workspace, "delete", "Delete it with its runs", kWorkspace,
            [yes](Context& context, const std::string& name) -> base::Status {
              ASSIGN_OR_RETURN(const auto path, workspace_path(context, name));
              RETURN_IF_ERROR(context.confirm("Delete the workspace '" + name + "' with all its runs?", *yes));
              ASSIGN_OR_RETURN(const Json gone, context.api().remove(path));
              return context.done("Workspace " + name + " is deleted.", gone);
            })
      ->add_flag("--yes", *yes, "Do not ask");
}

base::Status show_preview(Context& context, const Json& document) {
  if (context.json() || jsonapi::get_text(document, "data.attributes.state") != "ready") {
    return context.done("The repository is being fetched for the first time; ask again in a minute.", document);
  }
  const Json& found = document["data"]["attributes"];
  Json pushes = found.value("pushes", Json::array());
  for (Json& push : pushes) {
    if (push.contains("sha")) push["sha"] = jsonapi::get_text(push, "sha").substr(0, 10);
  }
  print_table(context.world().out, kPreviewFields, pushes);
  for (const Json& warning : jsonapi::get_array(found, "warnings")) {
    context.world().out << "Warning: " << cell(warning, "message") << '\n';
  }
  return {};
}

// With a name: of that workspace, with the changes typed; without: of one that is not made yet.
void add_preview(Program& program, CLI::App& workspace) {
  auto options = std::make_shared<WorkspaceOptions>();
  auto name = std::make_shared<std::string>();
  auto commits = std::make_shared<int>(10);
  auto* preview =
      workspace.add_subcommand("preview", "What rules would have done with the newest commits; saves nothing");
  preview->add_option("workspace", *name,
                      "Name or ws-… id; without: one yet to be made, with --provider and --repository");
  preview->add_option("--commits", *commits, "How many commits to look at")->capture_default_str();
  add_trigger_options(*preview, *options);
  preview->callback([&program, options, name, commits] {
    program.action = [options, name, commits](Context& context) -> base::Status {
      ASSIGN_OR_RETURN(Json attributes, attributes_of(context, *options));
      attributes["commits"] = *commits;
      ASSIGN_OR_RETURN(const auto path, name->empty() ? context.organization_path("") : workspace_path(context, *name));
      ASSIGN_OR_RETURN(const Json found,
                       context.api().post(path + "/trigger-previews", resource("trigger-previews", attributes)));
      return show_preview(context, found);
    };
  });
}

std::string tag_query(const std::vector<std::string>& tags) {
  std::string flat, query;
  for (std::size_t i = 0; i < tags.size(); ++i) {
    const auto equals = tags[i].find('=');
    if (equals == std::string::npos) {
      flat += (flat.empty() ? "" : ",") + tags[i];
      continue;
    }
    const auto one = "filter[tagged][" + std::to_string(i) + "]";
    query += "&" + base::url_encode(one + "[key]") + "=" + base::url_encode(tags[i].substr(0, equals)) + "&" +
             base::url_encode(one + "[value]") + "=" + base::url_encode(tags[i].substr(equals + 1));
  }
  if (!flat.empty()) query += "&" + base::url_encode("search[tags]") + "=" + base::url_encode(flat);
  return query.empty() ? "" : "?" + query.substr(1);
}

void add_reads(Program& program, CLI::App& workspace) {
  auto tags = std::make_shared<std::vector<std::string>>();
  auto* list = workspace.add_subcommand("list", "List them");
  list->add_option("--tag", *tags,
                   "Only those with this tag: NAME, KEY=VALUE, or KEY= for any value (may be repeated)");
  list->callback([&program, tags] {
    program.action = [tags](Context& context) -> base::Status {
      ASSIGN_OR_RETURN(const auto path, context.organization_path("/workspaces" + tag_query(*tags)));
      ASSIGN_OR_RETURN(const Json all, context.api().get_all(path));
      return context.show_list(
          all, kWorkspaceFields,
          "No workspace yet. Make one: runbridge workspace create NAME --provider … --repository …");
    };
  });
  add_named(program, workspace, "show", "One workspace", kWorkspace,
            [](Context& context, const std::string& name) -> base::Status {
              ASSIGN_OR_RETURN(const Json found, context.find_workspace(name));
              return show(context, found);
            });
  add_named(program, workspace, "decisions", "What each event did here, and why", kWorkspace,
            [](Context& context, const std::string& name) -> base::Status {
              ASSIGN_OR_RETURN(const auto path, workspace_path(context, name));
              ASSIGN_OR_RETURN(const Json page, context.api().get(path + "/trigger-decisions"));
              return context.show_list(page, kDecisionFields, "No event has concerned this workspace yet.");
            });
  for (const char* verb : {"lock", "unlock"}) {
    add_named(program, workspace, verb, "Keep runs waiting, or let them go on", kWorkspace,
              [verb](Context& context, const std::string& name) -> base::Status {
                ASSIGN_OR_RETURN(const auto path, workspace_path(context, name));
                ASSIGN_OR_RETURN(const Json changed, context.api().post(path + "/actions/" + verb, Json::object()));
                return context.done("Workspace " + name + " is " + verb + "ed.", changed);
              });
  }
}

struct VariableOptions {
  std::string key, value, value_file, category = "env";
  bool sensitive = false, hcl = false;
};

void add_variables(Program& program) {
  auto* variable = program.app.add_subcommand("variable", "Variables of a workspace")->require_subcommand(1);
  add_named(program, *variable, "list", "List them; sensitive values are never shown", kWorkspace,
            [](Context& context, const std::string& name) -> base::Status {
              ASSIGN_OR_RETURN(const auto path, workspace_path(context, name));
              ASSIGN_OR_RETURN(const Json all, context.api().get_all(path + "/vars"));
              return context.show_list(all, kVariableFields, "No variable yet.");
            });
  auto options = std::make_shared<VariableOptions>();
  auto* set = add_named(program, *variable, "set", "Set one", kWorkspace,
                        [options](Context& context, const std::string& name) -> base::Status {
                          Json attributes{{"key", options->key},
                                          {"value", options->value},
                                          {"category", options->category},
                                          {"sensitive", options->sensitive},
                                          {"hcl", options->hcl}};
                          if (!options->value_file.empty()) {
                            ASSIGN_OR_RETURN(const auto secret, context.read_secret(options->value_file));
                            attributes["value"] = secret.reveal();
                          }
                          return set_variable(context, name, attributes);
                        });
  set->add_option("key", options->key, "Its name")->required();
  auto* value = set->add_option("--value", options->value, "Its value; not for secrets, others on this machine see it");
  set->add_option("--value-file", options->value_file, "File with its value; - is standard input")->excludes(value);
  set->add_option("--category", options->category, "env or terraform")->capture_default_str();
  set->add_flag("--sensitive", options->sensitive, "Never show it again");
  set->add_flag("--hcl", options->hcl, "The value is HCL, not text");
  auto key = std::make_shared<std::string>();
  add_named(program, *variable, "delete", "Delete one", kWorkspace,
            [key](Context& context, const std::string& name) -> base::Status {
              ASSIGN_OR_RETURN(const auto path, workspace_path(context, name));
              ASSIGN_OR_RETURN(const Json gone, context.api().remove(path + "/vars/" + base::url_encode(*key)));
              return context.done("Variable " + *key + " is deleted.", gone);
            })
      ->add_option("id", *key, "var-…")
      ->required();
}

}  // namespace

void add_workspace_commands(Program& program) {
  auto* workspace = program.app.add_subcommand("workspace", "Workspaces")->require_subcommand(1);
  add_reads(program, *workspace);
  add_preview(program, *workspace);
  add_writes(program, *workspace);
  add_variables(program);
}

}  // namespace cli
