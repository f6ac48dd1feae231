#include "workspaces/decode.h"

#include <nlohmann/json.hpp>

namespace workspaces {
namespace {

using jsonapi::Document;
using jsonapi::Member;

constexpr std::size_t kMaxLine = 1'024;

template <class T>
void take(Document& document, const char* name, const Member<T>& member, Write& write, T Workspace::*field) {
  if (!member.present) return;
  if (!member.has_value()) return document.problem(name, "The attribute must not be null.");
  write.steps.push_back([value = *member, field](Workspace& workspace) { workspace.*field = value; });
}

// Text that null empties.
void take_text(Document& document, const char* name, Write& write, std::string Workspace::*field,
               std::size_t limit = kMaxLine) {
  const auto member = document.text(name, limit);
  if (!member.present) return;
  const auto value = member.value.value_or("");
  write.steps.push_back([value, field](Workspace& workspace) { workspace.*field = value; });
}

void take_flags(Document& document, Write& write) {
  const std::pair<const char*, bool Workspace::*> flags[] = {
      {"auto-apply", &Workspace::auto_apply},
      {"auto-apply-run-trigger", &Workspace::auto_apply_run_trigger},
      {"allow-destroy-plan", &Workspace::allow_destroy_plan},
      {"queue-all-runs", &Workspace::queue_all_runs},
      {"speculative-enabled", &Workspace::speculative_enabled},
      {"global-remote-state", &Workspace::global_remote_state},
      {"project-remote-state", &Workspace::project_remote_state},
      {"structured-run-output-enabled", &Workspace::structured_run_output},
      {"assessments-enabled", &Workspace::assessments_enabled},
      {"inherits-project-auto-destroy", &Workspace::inherits_project_auto_destroy}};
  for (const auto& [name, field] : flags) take(document, name, document.boolean(name), write, field);
}

void set_mode(Document& document, Write& write, const std::string& mode) {
  if (mode == "agent") return document.problem("execution-mode", "There are no agents here: use 'remote' or 'local'.");
  if (mode != "remote" && mode != "local") {
    return document.problem("execution-mode", "Execution mode is 'remote' or 'local'.");
  }
  write.steps.push_back([mode](Workspace& workspace) { workspace.execution_mode = mode; });
}

void take_execution_mode(Document& document, Write& write) {
  const auto operations = document.boolean("operations");
  if (operations.has_value()) set_mode(document, write, *operations ? "remote" : "local");
  const auto mode = document.text("execution-mode", kMaxLine);
  if (mode.has_value() && !mode->empty()) set_mode(document, write, *mode);
  auto overwrites = document.nested("setting-overwrites");
  if (!overwrites.has_value()) return;
  const auto own = overwrites.value->boolean("execution-mode");
  if (own.has_value() && !*own) {
    write.steps.push_back([](Workspace& workspace) { workspace.execution_mode.reset(); });
  }
}

// A list of arguments, or one line of them.
void take_command(Document& document, const char* name, Write& write, std::vector<std::string> Workspace::*field) {
  const auto* attribute = jsonapi::find(document.raw(), std::string("data.attributes.") + name);
  if (attribute == nullptr) attribute = jsonapi::find(document.raw(), name);
  std::vector<std::string> arguments;
  if (attribute != nullptr && attribute->is_string()) {
    const auto line = document.text(name, 16'384);
    auto parts = split_command(line.value.value_or(""), std::string("/data/attributes/") + name);
    if (!parts) return document.problem(name, parts.error().message);
    arguments = *std::move(parts);
  } else {
    const auto list = document.texts(name, 256);
    if (!list.present) return;
    arguments = list.value.value_or(std::vector<std::string>());
  }
  write.steps.push_back([arguments, field](Workspace& workspace) { workspace.*field = arguments; });
}

void take_limits(Document& document, Write& write) {
  const auto number = [&](const char* name, std::int64_t min, std::int64_t max, std::int64_t Limits::*field) {
    const auto member = document.integer(name, min, max);
    if (!member.has_value()) return;
    write.steps.push_back([value = *member, field](Workspace& workspace) { workspace.limits.*field = value; });
  };
  number("run-timeout", 10, 86'400, &Limits::timeout_seconds);
  number("memory-limit-mb", 64, 262'144, &Limits::memory_mb);
  number("output-limit-mb", 1, 1'024, &Limits::output_mb);
  const auto network = document.boolean("network-access");
  if (network.has_value()) {
    write.steps.push_back([value = *network](Workspace& workspace) { workspace.limits.network = value; });
  }
}

void take_triggers(Document& document, Write& write) {
  write.triggers.file_triggers_enabled = document.boolean("file-triggers-enabled").value;
  write.triggers.prefixes = document.texts("trigger-prefixes", 1'000).value;
  write.triggers.patterns = document.texts("trigger-patterns", 1'000).value;
}

void take_vcs(Document& document, Write& write) {
  auto vcs = document.nested("vcs-repo");
  if (!vcs.present) return;
  if (!vcs.has_value()) {
    write.disconnect = true;
    return;
  }
  VcsWrite out;
  out.identifier = vcs.value->line("identifier", kMaxLine).value;
  out.token = vcs.value->line("oauth-token-id", kMaxLine).value;
  const auto branch = vcs.value->text("branch", kMaxLine);
  if (branch.present) out.branch = branch.value.value_or("");
  out.ingress_submodules = vcs.value->boolean("ingress-submodules").value;
  const auto tags = vcs.value->text("tags-regex", kMaxLine);
  if (tags.present) write.triggers.tags_regex = tags.value.value_or("");
  const auto app = vcs.value->text("github-app-installation-id", kMaxLine);
  if (app.has_value() && !app->empty()) {
    vcs.value->problem("github-app-installation-id", "GitHub Apps are not supported: use an oauth-token-id.");
  }
  write.vcs = std::move(out);
}

void take_auto_destroy(Document& document, Write& write) {
  const auto at = document.time("auto-destroy-at");
  if (at.present) {
    write.steps.push_back([value = at.value](Workspace& workspace) { workspace.auto_destroy_at = value; });
  }
  take_text(document, "auto-destroy-activity-duration", write, &Workspace::auto_destroy_activity_duration);
}

// "tags" have a name, "tag-bindings" key and value; what a workspace has is the two together.
void take_tags(Document& document, Write& write) {
  const auto* flat = jsonapi::find(document.raw(), "data.relationships.tags.data");
  const auto* bindings = jsonapi::find(document.raw(), "data.relationships.tag-bindings.data");
  if (flat == nullptr && bindings == nullptr) return;
  std::vector<TagBinding> all;
  if (flat != nullptr && flat->is_array()) {
    for (const auto& item : *flat) {
      const auto name = jsonapi::get_text(item, "attributes.name");
      if (const auto good = check_tag_name(name); !good) document.problem("tags", good.error().message);
      all.push_back({{}, name, "", {}});
    }
  }
  if (bindings != nullptr) {
    const auto read = read_bindings(*bindings);
    if (!read) return document.problem("tag-bindings", read.error().message);
    all.insert(all.end(), read->begin(), read->end());
  }
  write.tags = std::move(all);
}

}  // namespace

base::Result<std::vector<TagBinding>> read_bindings(const jsonapi::Json& data) {
  if (!data.is_array()) return base::invalid("a list of tags is needed", "/data");
  std::vector<TagBinding> out;
  for (const auto& item : data) {
    TagBinding binding{{}, jsonapi::get_text(item, "attributes.key"), jsonapi::get_text(item, "attributes.value"), {}};
    RETURN_IF_ERROR(check_binding(binding));
    out.push_back(std::move(binding));
  }
  return out;
}

Write read_write(Document& document) {
  Write write;
  const auto name = document.text("name", kMaxLine);
  take(document, "name", name, write, &Workspace::name);
  take_text(document, "description", write, &Workspace::description, 65'536);
  take_text(document, "working-directory", write, &Workspace::working_directory, 4'096);
  const auto version = document.line("terraform-version", 100);
  if (version.has_value() && !version->empty()) {
    take(document, "terraform-version", version, write, &Workspace::terraform_version);
  }
  take_text(document, "source-name", write, &Workspace::source_name);
  take_text(document, "source-url", write, &Workspace::source_url, 4'096);
  take_text(document, "migration-environment", write, &Workspace::migration_environment);
  take_flags(document, write);
  take_execution_mode(document, write);
  take_command(document, "plan-command", write, &Workspace::plan_command);
  take_command(document, "apply-command", write, &Workspace::apply_command);
  take_limits(document, write);
  take_auto_destroy(document, write);
  take_triggers(document, write);
  take_vcs(document, write);
  const auto project = document.related("project", "projects");
  if (project.has_value() && !project->empty()) write.project = auth::ProjectId(*project);
  take_tags(document, write);
  return write;
}

VariableChange read_variable(Document& document) {
  VariableChange change;
  change.key = document.text("key", kMaxLine).value;
  const auto description = document.text("description", 16'384);
  if (description.present) change.description = description.value.value_or("");
  const auto value = document.secret("value", std::size_t{256} << 10U);
  if (value.present) change.value = value.value.value_or(base::Secret());
  change.hcl = document.boolean("hcl").value;
  change.sensitive = document.boolean("sensitive").value;
  const auto category = document.text("category", kMaxLine);
  if (!category.has_value()) return change;
  change.category = category_from(*category);
  if (!change.category) document.problem("category", "Category is 'terraform' or 'env'.");
  return change;
}

}  // namespace workspaces
