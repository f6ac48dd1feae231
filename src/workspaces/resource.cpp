#include "workspaces/resource.h"

namespace workspaces {
namespace {

using auth::Action;
using jsonapi::Json;
using jsonapi::Resource;

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }
Json or_null(const std::optional<base::Time>& time) { return time ? Json(base::format_time(*time)) : Json(nullptr); }

Json vcs_json(const Workspace& workspace) {
  if (!workspace.vcs) return nullptr;
  const auto& vcs = *workspace.vcs;
  return {{"branch", vcs.branch},
          {"identifier", vcs.identifier},
          {"display-identifier", vcs.display_identifier},
          {"ingress-submodules", vcs.ingress_submodules},
          {"oauth-token-id", vcs.token.str()},
          {"repository-http-url", vcs.repository_http_url},
          {"service-provider", vcs.service_provider},
          {"source-directory", nullptr},
          {"tags", !workspace.triggers.tags_regex.empty()},
          {"tags-regex", workspace.triggers.tags_regex},
          {"webhook-url", vcs.webhook_url}};
}

Json permissions_json(const auth::Rights& rights, bool force_delete) {
  const bool manages = can(rights, Action::kManageWorkspaces);
  const bool reads = can(rights, Action::kReadWorkspaces);
  const bool queues = can(rights, Action::kQueueRuns);
  const bool applies = can(rights, Action::kApplyRuns);
  return {{"can-update", manages},
          {"can-destroy", manages},
          {"can-force-delete", manages || force_delete},
          {"can-queue-run", queues},
          {"can-queue-apply", applies},
          {"can-queue-destroy", applies},
          {"can-read-run", can(rights, Action::kReadRuns)},
          {"can-read-variable", can(rights, Action::kReadVariables)},
          {"can-update-variable", can(rights, Action::kManageVariables)},
          {"can-read-state-versions", reads},
          {"can-read-state-outputs", reads},
          {"can-create-state-versions", applies},
          {"can-lock", can(rights, Action::kLockWorkspaces)},
          {"can-unlock", can(rights, Action::kLockWorkspaces)},
          {"can-force-unlock", manages},
          {"can-read-settings", reads},
          {"can-manage-tags", manages},
          {"can-manage-run-tasks", false},
          {"can-manage-assessments", false},
          {"can-read-assessment-results", false},
          {"can-manage-ephemeral-workspaces", false}};
}

// Patterns and prefixes that match something else than they seem to.
Json surprises_json(const TriggerFields& fields) {
  Json out = Json::array();
  for (const auto& pattern : fields.patterns) {
    if (const auto text = surprise_of_pattern(pattern)) out.push_back(*text);
  }
  for (const auto& prefix : fields.prefixes) {
    if (const auto text = surprise_of_prefix(prefix)) out.push_back(*text);
  }
  return out;
}

void add_settings(Json& out, const Workspace& w) {
  out["name"] = w.name;
  out["description"] = or_null(w.description);
  out["working-directory"] = w.working_directory;
  out["terraform-version"] = w.terraform_version;
  out["auto-apply"] = w.auto_apply;
  out["auto-apply-run-trigger"] = w.auto_apply_run_trigger;
  out["allow-destroy-plan"] = w.allow_destroy_plan;
  out["queue-all-runs"] = w.queue_all_runs;
  out["speculative-enabled"] = w.speculative_enabled;
  out["global-remote-state"] = w.global_remote_state;
  out["project-remote-state"] = w.project_remote_state;
  out["structured-run-output-enabled"] = w.structured_run_output;
  out["assessments-enabled"] = w.assessments_enabled;
  out["inherits-project-auto-destroy"] = w.inherits_project_auto_destroy;
  out["auto-destroy-at"] = or_null(w.auto_destroy_at);
  out["auto-destroy-activity-duration"] = or_null(w.auto_destroy_activity_duration);
  out["source-name"] = or_null(w.source_name);
  out["source-url"] = or_null(w.source_url);
  out["migration-environment"] = or_null(w.migration_environment);
  out["file-triggers-enabled"] = w.triggers.file_triggers_enabled;
  out["trigger-prefixes"] = w.triggers.prefixes;
  out["trigger-patterns"] = w.triggers.patterns;
  out["trigger-warnings"] = surprises_json(w.triggers);
  out["plan-command"] = w.plan_command;
  out["apply-command"] = w.apply_command;
  out["run-timeout"] = w.limits.timeout_seconds;
  out["memory-limit-mb"] = w.limits.memory_mb;
  out["output-limit-mb"] = w.limits.output_mb;
  out["network-access"] = w.limits.network;
}

void add_facts(Json& out, const Workspace& w, const Surroundings& around) {
  const auto mode = w.execution_mode.value_or(around.default_execution_mode);
  out["execution-mode"] = mode;
  out["operations"] = mode != "local";
  out["setting-overwrites"] = {{"execution-mode", w.execution_mode.has_value()}, {"agent-pool", false}};
  out["vcs-repo"] = vcs_json(w);
  out["vcs-repo-identifier"] = w.vcs ? Json(w.vcs->identifier) : Json(nullptr);
  out["oauth-client-name"] = or_null(around.oauth_client_name);
  out["locked"] = w.lock.has_value();
  out["locked-reason"] = w.lock ? w.lock->reason : "";
  out["environment"] = "default";
  out["created-at"] = base::format_time(w.created_at);
  out["updated-at"] = base::format_time(w.updated_at);
  out["latest-change-at"] = base::format_time(w.latest_change_at);
  out["last-assessment-result-at"] = nullptr;
  out["resource-count"] = 0;
  out["apply-duration-average"] = nullptr;
  out["plan-duration-average"] = nullptr;
  out["policy-check-failures"] = nullptr;
  out["run-failures"] = nullptr;
  out["workspace-kpis-runs-count"] = nullptr;
  out["tag-names"] = Json::array();
  for (const auto& tag : around.tags) {
    if (tag.value.empty()) out["tag-names"].push_back(tag.key);
  }
  out["source"] = "tfe-api";
  out["actions"] = {{"is-destroyable", true}};
  out["permissions"] = permissions_json(around.rights, around.force_delete_allowed);
}

void add_relationships(Resource& out, const Workspace& w, const Surroundings& around) {
  const std::string self = "/api/v2/workspaces/" + w.id.str();
  out.to_one("organization", "organizations", around.organization_name,
             "/api/v2/organizations/" + around.organization_name)
      .to_one("project", "projects", w.project.str(), "/api/v2/projects/" + w.project.str())
      .to_one("current-run", "runs", w.current_run.id)
      .to_one("latest-run", "runs", w.latest_run)
      .to_one("current-configuration-version", "configuration-versions", w.configuration_version)
      .to_one("current-state-version", "state-versions", "")
      .to_one("ssh-key", "ssh-keys", w.ssh_key)
      .to_one("agent-pool", "agent-pools", "")
      .to_many("outputs", "workspace-outputs", {})
      .to_many("remote-state-consumers", "workspaces", {}, self + "/relationships/remote-state-consumers");
  out.relationships["tag-bindings"] = {{"links", {{"related", self + "/tag-bindings"}}}};
  out.relationships["effective-tag-bindings"] = {{"links", {{"related", self + "/effective-tag-bindings"}}}};
  if (w.lock && w.lock->by_type != "organizations") out.to_one("locked-by", w.lock->by_type, w.lock->by_id);
}

}  // namespace

Resource workspace_resource(const Workspace& workspace, const Surroundings& around) {
  Resource out{"workspaces", workspace.id.str()};
  add_settings(out.attributes, workspace);
  add_facts(out.attributes, workspace, around);
  add_relationships(out, workspace, around);
  const std::string place = around.organization_name + "/workspaces/" + workspace.name;
  out.links = {{"self", "/api/v2/organizations/" + place}, {"self-html", "/app/" + place}};
  return out;
}

Resource binding_resource(const TagBinding& binding, const std::string& type) {
  Resource out{type, binding.id.str()};
  out.attributes = {{"key", binding.key}, {"value", binding.value}};
  if (!binding.inherited_from.empty()) {
    out.links = {{"inherited-from", "/api/v2/projects/" + binding.inherited_from.str()}};
  }
  return out;
}

Resource variable_resource(const Variable& variable) {
  Resource out{"vars", variable.id.str()};
  out.attributes = {{"key", variable.key},
                    {"value", variable.sensitive ? Json(nullptr) : Json(variable.value)},
                    {"description", or_null(variable.description)},
                    {"category", category_name(variable.category)},
                    {"hcl", variable.hcl},
                    {"sensitive", variable.sensitive},
                    {"version-id", variable.version_id},
                    {"created-at", base::format_time(variable.created_at)}};
  if (variable.short_secret) {
    out.attributes["warning"] =
        "The value is shorter than " + std::to_string(kShortestMasked) + " characters and is not masked in logs.";
  }
  const std::string self = "/api/v2/workspaces/" + variable.workspace.str();
  out.to_one("configurable", "workspaces", variable.workspace.str(), self);
  out.links = {{"self", self + "/vars/" + variable.id.str()}};
  return out;
}

Resource decision_resource(const TriggerDecision& decision) {
  Resource out{"trigger-decisions", decision.id.str()};
  out.attributes = {{"event", decision.event},
                    {"ref", or_null(decision.ref)},
                    {"commit-sha", or_null(decision.commit)},
                    {"pull-request-number", decision.pull_request ? Json(*decision.pull_request) : Json(nullptr)},
                    {"outcome", decision.outcome},
                    {"rule", decision.rule},
                    {"rule-name", decision.rule_name},
                    {"reason", decision.reason},
                    {"created-at", base::format_time(decision.created_at)}};
  out.to_one("workspace", "workspaces", decision.workspace.str())
      .to_one("run", "runs", decision.run)
      .to_one("delivery", "deliveries", decision.delivery);
  return out;
}

}  // namespace workspaces
