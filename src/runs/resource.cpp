#include "runs/resource.h"

namespace runs {
namespace {

using jsonapi::Json;

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }
Json or_null(const std::optional<base::Time>& time) { return time ? Json(base::format_time(*time)) : Json(nullptr); }

Json times_json(const StatusTimes& times) {
  Json json = Json::object();
  for (const auto& [key, time] : times) json[key] = base::format_time(time);
  return json;
}

Json variables_json(const Run& run) {
  if (run.variables.empty()) return nullptr;
  Json json = Json::array();
  for (const auto& variable : run.variables) json.push_back({{"key", variable.key}, {"value", variable.value}});
  return json;
}

Json actions_json(const Run& run, base::Time now) {
  return {{"is-cancelable", is_cancelable(run.status)},
          {"is-confirmable", is_confirmable(run.status)},
          {"is-discardable", is_discardable(run.status)},
          {"is-force-cancelable",
           is_cancelable(run.status) && run.force_cancel_available_at && *run.force_cancel_available_at <= now}};
}

Json permissions_json(const RunRights& rights) {
  return {{"can-apply", rights.apply},         {"can-cancel", rights.cancel},       {"can-comment", true},
          {"can-discard", rights.apply},       {"can-force-execute", rights.apply}, {"can-force-cancel", rights.apply},
          {"can-override-policy-check", false}};
}

void add_settings(Json& attributes, const Run& run) {
  attributes["plan-only"] = run.plan_only;
  attributes["is-destroy"] = run.is_destroy;
  attributes["refresh"] = run.refresh;
  attributes["refresh-only"] = run.refresh_only;
  attributes["save-plan"] = false;
  attributes["allow-empty-apply"] = run.allow_empty_apply;
  attributes["auto-apply"] = run.auto_apply;
  attributes["target-addrs"] = run.target_addresses.empty() ? Json(nullptr) : Json(run.target_addresses);
  attributes["replace-addrs"] = run.replace_addresses.empty() ? Json(nullptr) : Json(run.replace_addresses);
  attributes["variables"] = variables_json(run);
  attributes["service-connections"] = run.service_connections;
}

void add_actor(jsonapi::Resource& resource, const std::string& name, const Actor& actor) {
  if (actor.id.empty()) return;
  resource.to_one(name, actor.type, actor.id);
}

}  // namespace

jsonapi::Resource run_resource(const Run& run, const RunDetails& details) {
  jsonapi::Resource out{"runs", run.id.str()};
  const std::string self = "/api/v2/runs/" + run.id.str();
  out.attributes = {
      {"status", status_name(run.status)},
      {"source", run.source},
      {"message", run.message},
      {"trigger-reason", run.trigger_reason},
      {"error-text", or_null(run.error)},
      {"has-changes", run.has_changes},
      {"created-at", base::format_time(run.created_at)},
      {"canceled-at", or_null(run.canceled_at)},
      {"force-cancel-available-at", or_null(run.force_cancel_available_at)},
      {"status-timestamps", times_json(run.times)},
      {"position-in-queue", details.position},
      {"actions", actions_json(run, details.now)},
      {"permissions", permissions_json(details.rights)},
      {"commit-sha", or_null(run.origin.commit_sha)},
      {"branch", or_null(run.origin.branch)},
      {"pull-request-number",
       run.origin.pull_request_number > 0 ? Json(run.origin.pull_request_number) : Json(nullptr)},
  };
  add_settings(out.attributes, run);
  out.to_one("workspace", "workspaces", run.workspace, "/api/v2/workspaces/" + run.workspace);
  out.to_one("configuration-version", "configuration-versions", run.configuration_version.str(),
             "/api/v2/configuration-versions/" + run.configuration_version.str());
  out.to_one("plan", "plans", run.plan_id, self + "/plan");
  out.to_one("apply", "applies", run.apply_id, self + "/apply");
  out.to_many("run-events", "run-events", details.events, self + "/run-events");
  out.to_many("comments", "comments", details.comments, self + "/comments");
  add_actor(out, "created-by", run.created_by);
  add_actor(out, "confirmed-by", run.confirmed_by);
  out.links["self"] = self;
  return out;
}

jsonapi::Resource phase_resource(const Phase& phase, const std::string& log_url) {
  const bool plan = phase.kind == Phase::Kind::kPlan;
  jsonapi::Resource out{plan ? "plans" : "applies", phase.id};
  out.attributes = {
      {"status", phase.status},
      {"status-timestamps", times_json(phase.times)},
      {"log-read-url", log_url},
      {"resource-additions", phase.additions},
      {"resource-changes", phase.changes},
      {"resource-destructions", phase.destructions},
      {"resource-imports", phase.imports},
      {"execution-details", {{"mode", "remote"}}},
  };
  if (plan) out.attributes["has-changes"] = phase.has_changes;
  if (plan) out.attributes["generated-configuration"] = false;
  if (!plan) out.to_many("state-versions", "state-versions", {});
  out.to_one("run", "runs", phase.run.str(), "/api/v2/runs/" + phase.run.str());
  out.links["self"] = (plan ? "/api/v2/plans/" : "/api/v2/applies/") + phase.id;
  return out;
}

jsonapi::Resource configuration_resource(const ConfigurationVersion& version) {
  jsonapi::Resource out{"configuration-versions", version.id.str()};
  const std::string self = "/api/v2/configuration-versions/" + version.id.str();
  out.attributes = {
      {"auto-queue-runs", version.auto_queue_runs},
      {"error", or_null(version.error)},
      {"error-message", or_null(version.error_message)},
      {"source", version.source},
      {"speculative", version.speculative},
      {"provisional", false},
      {"status", version.status},
      {"status-timestamps", times_json(version.times)},
      {"upload-url", nullptr},
      {"created-at", base::format_time(version.created_at)},
  };
  out.to_one("ingress-attributes", "ingress-attributes", version.ingress.str(), self + "/ingress-attributes");
  out.links["self"] = self;
  if (version.status == "uploaded") out.links["download"] = self + "/download";
  return out;
}

jsonapi::Resource ingress_resource(const Ingress& ingress, const ConfigurationVersion& version) {
  jsonapi::Resource out{"ingress-attributes", ingress.id.str()};
  out.attributes = {
      {"branch", or_null(ingress.branch)},
      {"tag", or_null(ingress.tag)},
      {"clone-url", or_null(ingress.clone_url)},
      {"commit-message", or_null(ingress.commit_message)},
      {"commit-sha", or_null(ingress.commit_sha)},
      {"commit-url", or_null(ingress.commit_url)},
      {"compare-url", or_null(ingress.compare_url)},
      {"identifier", ingress.identifier},
      {"is-pull-request", ingress.is_pull_request},
      {"on-default-branch", ingress.on_default_branch},
      {"pull-request-number", ingress.is_pull_request ? Json(ingress.pull_request_number) : Json(nullptr)},
      {"pull-request-url", or_null(ingress.pull_request_url)},
      {"pull-request-title", or_null(ingress.pull_request_title)},
      {"pull-request-body", or_null(ingress.pull_request_body)},
      {"sender-username", or_null(ingress.sender_username)},
      {"sender-avatar-url", or_null(ingress.sender_avatar_url)},
      {"sender-html-url", or_null(ingress.sender_html_url)},
  };
  out.links["self"] = "/api/v2/configuration-versions/" + version.id.str() + "/ingress-attributes";
  return out;
}

jsonapi::Resource event_resource(const RunEvent& event) {
  jsonapi::Resource out{"run-events", event.id.str()};
  out.attributes = {{"action", event.action},
                    {"description", or_null(event.description)},
                    {"created-at", base::format_time(event.created_at)}};
  add_actor(out, "actor", event.actor);
  out.links["self"] = "/api/v2/run-events/" + event.id.str();
  return out;
}

jsonapi::Resource comment_resource(const Comment& comment) {
  jsonapi::Resource out{"comments", comment.id.str()};
  out.attributes = {{"body", comment.body},
                    {"author", or_null(comment.author.name)},
                    {"created-at", base::format_time(comment.created_at)}};
  out.links["self"] = "/api/v2/comments/" + comment.id.str();
  return out;
}

}  // namespace runs
