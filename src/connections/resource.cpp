#include "connections/resource.h"

namespace connections {
namespace {

using jsonapi::Json;
using jsonapi::Resource;

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }
Json or_null(const std::optional<base::Time>& time) { return time ? Json(base::format_time(*time)) : Json(nullptr); }

Json permissions_of(Role role) {
  return {{"role", role_name(role)},
          {"can-use", role >= Role::kUser},
          {"can-verify", role >= Role::kUser},
          {"can-authorize", role >= Role::kUser},
          {"can-update", role >= Role::kAdministrator},
          {"can-destroy", role >= Role::kAdministrator},
          {"can-share", role >= Role::kAdministrator},
          {"can-manage-roles", role >= Role::kAdministrator}};
}

Json report_json(const Report& report) {
  Json steps = Json::array();
  for (const auto& step : report.steps) {
    steps.push_back({{"id", step.id},
                     {"action", step.action},
                     {"result", step.result},
                     {"message", or_null(step.message)},
                     {"latency-ms", step.milliseconds}});
  }
  return {{"result", report.result},
          {"error-class", or_null(report.error_class)},
          {"message", or_null(report.message)},
          {"remedy", or_null(report.remedy)},
          {"latency-ms", report.milliseconds},
          {"notes", report.notes},
          {"steps", steps}};
}

std::string path_of(const ServiceConnectionId& id) { return "/api/v2/service-connections/" + id.str(); }

}  // namespace

Resource connection_resource(const Seen& seen, const std::string& organization_name) {
  const ServiceConnection& c = seen.connection;
  Resource out{kResourceType, c.id.str()};
  out.attributes = {{"name", c.name},
                    {"description", or_null(c.description)},
                    {"owner", or_null(c.owner)},
                    {"tags", c.tags},
                    {"connection-type", c.type},
                    {"scheme", c.scheme},
                    {"target", or_null(c.target)},
                    {"parameters", c.fields},
                    {"secrets-set", c.secret_fields},
                    {"allow-all-workspaces", c.allow_all},
                    {"inherits-roles", c.inherits_roles},
                    {"verification-result", or_null(c.verification_result)},
                    {"verification-message", or_null(c.verification_message)},
                    {"created-at", base::format_time(c.created_at)},
                    {"updated-at", base::format_time(c.updated_at)},
                    {"last-used-at", or_null(c.last_used_at)},
                    {"last-verified-at", or_null(c.last_verified_at)},
                    {"next-verification-at", base::format_time(c.verify_after)},
                    {"created-by", or_null(c.created_by)},
                    {"permissions", permissions_of(seen.role)}};
  std::vector<std::string> shared;
  for (const auto& project : c.shared_with) shared.push_back(project.str());
  const std::string self = path_of(c.id);
  out.to_one("organization", "organizations", organization_name, "/api/v2/organizations/" + organization_name)
      .to_one("project", "projects", c.project.str(), "/api/v2/projects/" + c.project.str())
      .to_many("shared-projects", "projects", shared, self + "/relationships/shared-projects");
  out.links["self"] = self;
  return out;
}

Resource report_resource(const Report& report) {
  Resource out{"service-connection-verifications", "unsaved"};
  out.attributes = report_json(report);
  out.attributes["asked"] = asked_name(Asked::kBeforeSaving);
  return out;
}

Resource options_resource(const OptionsWanted& wanted, const Options& found) {
  Resource out{"service-connection-options", wanted.parameter};
  Json options = Json::array();
  for (const auto& one : found.options) options.push_back({{"value", one.value}, {"label", one.label}});
  out.attributes = {{"options", std::move(options)}, {"complete", found.complete}};
  return out;
}

Resource verification_resource(const Verification& v) {
  Resource out{"service-connection-verifications", v.id.str()};
  out.attributes = report_json(v.report);
  out.attributes["created-at"] = base::format_time(v.created_at);
  out.attributes["asked"] = asked_name(v.asked);
  out.attributes["asked-by"] = v.asked_by_name;
  out.to_one("service-connection", kResourceType, v.connection.str(), path_of(v.connection));
  return out;
}

Resource role_resource(const ServiceConnectionId& connection, const store::Assignment& assignment) {
  const Subject& subject = assignment.subject;
  Resource out{"service-connection-roles", connection.str() + "." + subject.id};
  out.attributes = {{"role", role_name(assignment.role)},
                    {"subject-type", subject.type()},
                    {"subject-id", subject.id},
                    {"subject-name", subject.name}};
  out.to_one("service-connection", kResourceType, connection.str()).to_one("subject", subject.type(), subject.id);
  return out;
}

Resource group_resource(const auth::ProjectId& project, Group group, const store::Members& members) {
  Resource out{"service-connection-groups", group_name(group)};
  Json list = Json::array();
  for (const auto& subject : members.subjects) {
    list.push_back({{"type", subject.type()}, {"id", subject.id}, {"name", subject.name}});
  }
  const bool creators = group == Group::kEndpointCreators;
  out.attributes = {{"name", creators ? "Endpoint Creators" : "Endpoint Administrators"},
                    {"default-members", members.has_default_members},
                    {"default-members-are", creators ? "contributors" : "project-administrators"},
                    {"members", list}};
  out.to_one("project", "projects", project.str());
  return out;
}

Resource authorization_resource(const ServiceConnectionId& connection, const store::Authorization& given) {
  Resource out{"workspaces", given.workspace};
  out.attributes = {{"name", given.workspace_name},
                    {"authorized-by", given.granted_by},
                    {"authorized-at", base::format_time(given.granted_at)}};
  out.to_one("service-connection", kResourceType, connection.str());
  return out;
}

Resource use_resource(const Use& use) {
  Resource out{use.type, use.id};
  out.attributes = {{"name", use.name}};
  return out;
}

}  // namespace connections
