#include <utility>

#include "api/precondition.h"
#include "api/time_filter.h"
#include "auth/access.h"
#include "auth/audit_log.h"
#include "auth/resource.h"
#include "auth/route_parts.h"
#include "jsonapi/json.h"

namespace auth {
namespace {

using jsonapi::Json;
using jsonapi::Resource;

Json permissions_json(const Rights& rights) {
  const bool updates = can(rights, Action::kUpdateOrganization);
  const bool manages_workspaces = can(rights, Action::kManageWorkspaces);
  return {{"can-update", updates},
          {"can-update-authentication", updates},
          {"can-destroy", can(rights, Action::kDeleteOrganization)},
          {"can-access-via-teams", can(rights, Action::kReadOrganization)},
          {"can-create-team", can(rights, Action::kManageTeams)},
          {"can-create-workspace", manages_workspaces},
          {"can-create-workspace-migration", manages_workspaces},
          {"can-create-project", can(rights, Action::kManageProjects)},
          {"can-manage-users", can(rights, Action::kManageMembership)},
          {"can-manage-subscription", false},
          {"can-manage-sso", false},
          {"can-update-oauth", can(rights, Action::kManageVcs)},
          {"can-update-sentinel", false},
          {"can-update-ssh-keys", can(rights, Action::kManageSshKeys)},
          {"can-update-api-token", updates},
          {"can-traverse", can(rights, Action::kReadOrganization)},
          {"can-start-trial", false},
          {"can-update-agent-pools", false},
          {"can-manage-tags", manages_workspaces},
          {"can-manage-varsets", manages_workspaces},
          {"can-read-varsets", can(rights, Action::kReadVariables)},
          {"can-manage-public-providers", false},
          {"can-create-provider", false},
          {"can-manage-public-modules", false},
          {"can-manage-custom-providers", false},
          {"can-manage-run-tasks", false},
          {"can-read-run-tasks", false},
          {"can-create-module", false},
          {"can-deploy-no-code-modules", false}};
}

Json attributes_json(const Organization& organization, const Rights& rights) {
  return {{"name", organization.name},
          {"external-id", organization.id.str()},
          {"created-at", base::format_time(organization.created_at)},
          {"email", organization.email},
          {"session-timeout", organization.session_timeout ? Json(*organization.session_timeout) : Json()},
          {"session-remember", organization.session_remember ? Json(*organization.session_remember) : Json()},
          {"collaborator-auth-policy", organization.collaborator_auth_policy},
          {"plan-expired", false},
          {"plan-expires-at", nullptr},
          {"plan-is-trial", false},
          {"plan-is-enterprise", true},
          {"plan-identifier", "self_hosted"},
          {"cost-estimation-enabled", organization.cost_estimation},
          {"send-passing-statuses-for-untriggered-speculative-plans", organization.send_passing_statuses},
          {"aggregated-commit-status-enabled", organization.aggregated_commit_status},
          {"speculative-plan-management-enabled", organization.speculative_plan_management},
          {"allow-force-delete-workspaces", organization.allow_force_delete_workspaces},
          {"assessments-enforced", organization.assessments_enforced},
          {"default-execution-mode", organization.default_execution_mode},
          {"stacks-enabled", organization.stacks},
          {"fair-run-queuing-enabled", false},
          {"saml-enabled", false},
          {"owners-team-saml-role-id", nullptr},
          {"two-factor-conformant", true},
          {"user-tokens-enabled", true},
          {"permissions", permissions_json(rights)}};
}

base::Result<Resource> to_resource(storage::Connection& connection, const Principal& reader,
                                   const Organization& organization) {
  ASSIGN_OR_RETURN(const Rights rights, rights_in(connection, reader, organization.id));
  ASSIGN_OR_RETURN(const ProjectId project, default_project(connection, organization.id));
  const std::string self = "/api/v2/organizations/" + organization.name;
  Resource resource{.type = "organizations", .id = organization.name};
  resource.attributes = attributes_json(organization, rights);
  resource.to_one("default-project", "projects", project.str(), "/api/v2/projects/" + project.str())
      .to_one("default-agent-pool", "agent-pools", "")
      .to_one("entitlement-set", "entitlement-sets", organization.id.str(), self + "/entitlement-set");
  resource.relationships["oauth-tokens"] = {{"links", {{"related", self + "/oauth-tokens"}}}};
  resource.relationships["authentication-token"] = {{"links", {{"related", self + "/authentication-token"}}}};
  resource.links = {{"self", self}};
  return resource;
}

base::Result<Resource> to_resource(Service& service, const http::Request& request, const Organization& organization) {
  return service.read(
      [&](storage::Connection& connection) { return to_resource(connection, principal_of(request), organization); });
}

// As nobody in particular sees it.
std::string tag_of(const Organization& organization) {
  return api::entity_tag(attributes_json(organization, Rights()));
}

http::Response answer(Service& service, const http::Request& request, int status, const Organization& organization) {
  HANDLE(const Resource resource, request, to_resource(service, request, organization));
  return api::with_entity_tag(status == 201 ? api::created(resource) : api::ok(resource), tag_of(organization));
}

jsonapi::Member<std::string> policy_member(jsonapi::Document& document) {
  auto member = document.text("collaborator-auth-policy");
  if (!member.has_value() || *member == "password" || *member == "two_factor_mandatory") return member;
  document.problem("collaborator-auth-policy", "The policy must be \"password\" or \"two_factor_mandatory\".");
  return {};
}

Changes<Organization> changes_of(jsonapi::Document& document) {
  Changes<Organization> changes;
  const auto flag = [&](std::string_view name, bool Organization::*field) {
    changes.set(document, name, document.boolean(name), field);
  };
  changes.set(document, "name", name_member(document, "name", "-_", 90), &Organization::name);
  changes.set(document, "email", email_member(document, "email"), &Organization::email);
  changes.set(document, "default-execution-mode", execution_mode_member(document, "default-execution-mode"),
              &Organization::default_execution_mode);
  changes.set(document, "collaborator-auth-policy", policy_member(document), &Organization::collaborator_auth_policy);
  constexpr std::int64_t kTenYears = 10LL * 366 * 24 * 60;
  changes.set_or_clear(document.integer("session-timeout", 1, kTenYears), &Organization::session_timeout);
  changes.set_or_clear(document.integer("session-remember", 1, kTenYears), &Organization::session_remember);
  flag("speculative-plan-management-enabled", &Organization::speculative_plan_management);
  flag("aggregated-commit-status-enabled", &Organization::aggregated_commit_status);
  flag("send-passing-statuses-for-untriggered-speculative-plans", &Organization::send_passing_statuses);
  flag("allow-force-delete-workspaces", &Organization::allow_force_delete_workspaces);
  flag("assessments-enforced", &Organization::assessments_enforced);
  flag("cost-estimation-enabled", &Organization::cost_estimation);
  flag("stacks-enabled", &Organization::stacks);
  return changes;
}

OrganizationFilter filter_of(const http::Request& request) {
  OrganizationFilter filter;
  const Principal& reader = principal_of(request);
  if (reader.kind != Principal::Kind::kUser) {
    filter.only = reader.audit_only ? OrganizationId("none") : reader.organization;
  } else if (!reader.site_admin) {
    filter.member = reader.user;
  }
  filter.any_contains = request.query_value("q").value_or("");
  filter.name_contains = request.query_value("q[name]").value_or("");
  filter.email_contains = request.query_value("q[email]").value_or("");
  return filter;
}

http::Response list(Service& service, const http::Request& request) {
  HANDLE(const auto page, request, api::page(request));
  HANDLE(const auto found, request, service.read([&](storage::Connection& connection) {
    return list_organizations(connection, filter_of(request), page);
  }));
  std::vector<Resource> resources;
  for (const Organization& organization : found.items) {
    HANDLE(auto resource, request, to_resource(service, request, organization));
    resources.push_back(std::move(resource));
  }
  return api::list(request, resources, page, found.total);
}

http::Response create(Service& service, const http::Request& request) {
  HANDLE(auto document, request, api::document(request));
  const Changes<Organization> changes = changes_of(document);
  if (document.problems().empty()) {
    document.required_text("name");
    document.required_text("email");
  }
  if (!document.problems().empty()) return api::errors(request, document.problems());
  Organization organization;
  changes.apply(organization);
  HANDLE(const Organization made, request, service.create_organization(actor_of(request), organization));
  return answer(service, request, 201, made);
}

http::Response get(Service& service, const http::Request& request) {
  HANDLE(const auto organization, request, service.read([&](storage::Connection& connection) {
    return find_organization(connection, organization_of(request));
  }));
  if (!organization) return api::error(request, not_visible());
  return answer(service, request, 200, *organization);
}

http::Response update(Service& service, const http::Request& request) {
  HANDLE(auto document, request, api::document(request));
  const Changes<Organization> changes = changes_of(document);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  HANDLE(const Organization changed, request,
         service.update_organization(actor_of(request), organization_of(request),
                                     [&](Organization& organization) -> base::Status {
                                       RETURN_IF_ERROR(api::check_if_match(request, tag_of(organization)));
                                       changes.apply(organization);
                                       return {};
                                     }));
  return answer(service, request, 200, changed);
}

http::Response remove(Service& service, const http::Request& request) {
  RETURN_PROBLEM(request, service.delete_organization(actor_of(request), organization_of(request)));
  return api::no_content();
}

// What this server can do, in the words of Terraform Cloud's plans.
http::Response entitlement_set(Service& /*service*/, const http::Request& request) {
  Resource resource{.type = "entitlement-sets", .id = organization_of(request).str()};
  resource.attributes = {{"operations", true},
                         {"vcs-integrations", true},
                         {"private-vcs", true},
                         {"teams", true},
                         {"audit-logging", true},
                         {"user-limit", nullptr},
                         {"agents", false},
                         {"configuration-designer", false},
                         {"cost-estimation", false},
                         {"global-run-tasks", false},
                         {"module-tests-generation", false},
                         {"policy-enforcement", false},
                         {"policy-limit", nullptr},
                         {"policy-set-limit", nullptr},
                         {"private-module-registry", false},
                         {"private-policy-agents", false},
                         {"private-run-tasks", false},
                         {"run-task-limit", nullptr},
                         {"run-tasks", false},
                         {"self-serve-billing", false},
                         {"sentinel", false},
                         {"sso", false},
                         {"state-storage", false},
                         {"usage-reporting", false},
                         {"versioned-policy-set-limit", nullptr}};
  resource.links = {{"self", "/api/v2/organizations/" + request.param("organization") + "/entitlement-set"}};
  return api::ok(resource);
}

Resource to_resource(const AuditEvent& event) {
  Resource resource{.type = "audit-events", .id = event.id};
  auto detail = jsonapi::parse(event.detail);
  resource.attributes = {{"created-at", base::format_time(event.created_at)},
                         {"actor-type", event.actor_kind},
                         {"actor-id", event.actor_id},
                         {"actor-name", event.actor_name},
                         {"token-id", event.token_id},
                         {"action", event.action},
                         {"target-type", event.target_type},
                         {"target-id", event.target_id},
                         {"detail", detail ? *std::move(detail) : Json::object()},
                         {"request-id", event.request_id}};
  return resource;
}

http::Response audit_events(Service& service, const http::Request& request) {
  HANDLE(const auto page, request, api::page(request));
  const auto text = [&](const char* name) { return request.query_value(name).value_or(""); };
  AuditFilter filter{.action = text("filter[action]"),
                     .target_id = text("filter[target-id]"),
                     .target_type = text("filter[target-type]"),
                     .actor = text("filter[actor]")};
  HANDLE(filter.from, request, api::time_filter(request, "filter[from]"));
  HANDLE(filter.to, request, api::time_filter(request, "filter[to]"));
  HANDLE(const auto found, request, service.read([&](storage::Connection& connection) {
    return list_audit_events(connection, organization_of(request), filter, page);
  }));
  std::vector<Resource> resources;
  for (const AuditEvent& event : found.items) resources.push_back(to_resource(event));
  return api::list(request, resources, page, found.total);
}

NewToken owner_of(const http::Request& request) {
  const bool is_audit = request.query_value("token") == "audit-trails";
  return {.kind = is_audit ? TokenKind::kAudit : TokenKind::kOrganization,
          .organization = organization_of(request),
          .is_single = true};
}

http::Response get_token(Service& service, const http::Request& request) {
  return get_single_token(service, request, owner_of(request));
}
http::Response post_organization_token(Service& service, const http::Request& request) {
  return post_single_token(service, request, owner_of(request));
}
http::Response delete_organization_token(Service& service, const http::Request& request) {
  return delete_single_token(service, request, owner_of(request));
}

}  // namespace

base::Result<std::optional<Resource>> organization_resource(storage::Connection& connection, const Principal& reader,
                                                            const OrganizationId& organization) {
  ASSIGN_OR_RETURN(const auto found, find_organization(connection, organization));
  if (!found) return std::optional<Resource>();
  ASSIGN_OR_RETURN(auto resource, to_resource(connection, reader, *found));
  return std::optional<Resource>(std::move(resource));
}

std::vector<http::Route> organization_routes(Service& service) {
  using http::Method;
  const std::string all = "/api/v2/organizations";
  const std::string one = all + "/:organization";
  return {{Method::kGet, all, wrap(service, list)},
          {Method::kPost, all, wrap(service, create)},
          {Method::kGet, one, wrap(service, get)},
          {Method::kPatch, one, wrap(service, update)},
          {Method::kDelete, one, wrap(service, remove)},
          {Method::kGet, one + "/entitlement-set", wrap(service, entitlement_set)},
          {Method::kGet, one + "/audit-events", wrap(service, audit_events)},
          {Method::kGet, one + "/authentication-token", wrap(service, get_token)},
          {Method::kPost, one + "/authentication-token", wrap(service, post_organization_token)},
          {Method::kDelete, one + "/authentication-token", wrap(service, delete_organization_token)}};
}

}  // namespace auth
