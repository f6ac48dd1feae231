#include <utility>

#include "auth/route_parts.h"

namespace auth {
namespace {

using jsonapi::Resource;

struct Shown {
  Membership membership;
  std::vector<TeamId> teams;
  std::string organization;
  std::optional<User> user;
};

base::Result<Shown> shown(storage::Connection& connection, const Membership& membership) {
  Shown result{.membership = membership};
  ASSIGN_OR_RETURN(result.teams, teams_of(connection, membership.id));
  ASSIGN_OR_RETURN(result.organization, organization_name(connection, membership.organization));
  if (membership.is_active()) {
    ASSIGN_OR_RETURN(result.user, find_user(connection, membership.user));
  }
  return result;
}

Resource to_resource(const Shown& shown) {
  Resource resource{.type = "organization-memberships", .id = shown.membership.id.str()};
  resource.attributes = {{"status", shown.membership.is_active() ? "active" : "invited"},
                         {"email", shown.membership.email},
                         {"created-at", base::format_time(shown.membership.created_at)}};
  std::vector<std::string> teams;
  for (const TeamId& team : shown.teams) teams.push_back(team.str());
  resource.to_one("user", "users", shown.membership.user.str())
      .to_one("organization", "organizations", shown.organization)
      .to_many("teams", "teams", teams);
  resource.links = {{"self", "/api/v2/organization-memberships/" + shown.membership.id.str()}};
  return resource;
}

std::vector<Resource> included(const http::Request& request, const std::vector<Shown>& all) {
  std::vector<Resource> resources;
  if (!api::includes(request).contains("user")) return resources;
  for (const Shown& one : all) {
    if (one.user) resources.push_back(user_resource(*one.user, principal_of(request)));
  }
  return resources;
}

http::Response list(Service& service, const http::Request& request) {
  HANDLE(const auto page, request, api::page(request));
  const MembershipFilter filter{.contains = request.query_value("q").value_or(""),
                                .emails = api::filter(request, "filter[email]"),
                                .status = request.query_value("filter[status]").value_or("")};
  std::int64_t total = 0;
  HANDLE(const auto all, request,
         service.read([&](storage::Connection& connection) -> base::Result<std::vector<Shown>> {
           ASSIGN_OR_RETURN(const auto found, list_memberships(connection, organization_of(request), filter, page));
           total = found.total;
           std::vector<Shown> result;
           for (const Membership& membership : found.items) {
             ASSIGN_OR_RETURN(auto one, shown(connection, membership));
             result.push_back(std::move(one));
           }
           return result;
         }));
  std::vector<Resource> resources;
  for (const Shown& one : all) resources.push_back(to_resource(one));
  return api::list(request, resources, page, total, included(request, all));
}

http::Response answer(Service& service, const http::Request& request, int status, const MembershipId& id) {
  HANDLE(const auto one, request, service.read([&](storage::Connection& connection) -> base::Result<Shown> {
    ASSIGN_OR_RETURN(const auto membership, find_membership(connection, id));
    if (!membership) return not_visible();
    return shown(connection, *membership);
  }));
  const Resource resource = to_resource(one);
  return status == 201 ? api::created(resource, included(request, {one})) : api::ok(resource, included(request, {one}));
}

http::Response get(Service& service, const http::Request& request) {
  return answer(service, request, 200, MembershipId(request.param("organization_membership_id")));
}

http::Response create(Service& service, const http::Request& request) {
  HANDLE(auto document, request, api::document(request));
  const auto email = email_member(document, "email");
  const auto teams = document.related_list("teams", "teams");
  if (document.problems().empty()) document.required_text("email");
  if (!document.problems().empty()) return api::errors(request, document.problems());
  std::vector<TeamId> ids;
  for (const std::string& id : teams.value.value_or(std::vector<std::string>())) ids.emplace_back(id);
  HANDLE(const Membership made, request, service.invite(actor_of(request), organization_of(request), *email, ids));
  return answer(service, request, 201, made.id);
}

http::Response remove(Service& service, const http::Request& request) {
  const MembershipId id(request.param("organization_membership_id"));
  RETURN_PROBLEM(request, service.remove_membership(actor_of(request), id));
  return api::no_content();
}

}  // namespace

std::vector<http::Route> membership_routes(Service& service) {
  using http::Method;
  const std::string all = "/api/v2/organizations/:organization/organization-memberships";
  const std::string one = "/api/v2/organization-memberships/:organization_membership_id";
  return {{Method::kGet, all, wrap(service, list)},
          {Method::kPost, all, wrap(service, create)},
          {Method::kGet, one, wrap(service, get)},
          {Method::kDelete, one, wrap(service, remove)}};
}

}  // namespace auth
