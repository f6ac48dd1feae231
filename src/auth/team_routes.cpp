#include <utility>

#include "api/precondition.h"
#include "auth/route_parts.h"

namespace auth {
namespace {

using jsonapi::Json;
using jsonapi::Resource;

struct Shown {
  Team team;
  std::string organization;
  std::vector<TeamMember> members;
  std::vector<User> users;
  Rights rights;
};

base::Result<Shown> shown(storage::Connection& connection, const http::Request& request, const TeamId& id) {
  Shown result;
  ASSIGN_OR_RETURN(auto team, find_team(connection, id));
  if (!team) return not_visible();
  result.team = *std::move(team);
  ASSIGN_OR_RETURN(result.organization, organization_name(connection, result.team.organization));
  ASSIGN_OR_RETURN(result.members, team_members(connection, id));
  ASSIGN_OR_RETURN(result.rights, rights_in(connection, principal_of(request), result.team.organization));
  if (api::includes(request).contains("users")) {
    std::vector<UserId> ids;
    for (const TeamMember& member : result.members) ids.push_back(member.user);
    ASSIGN_OR_RETURN(result.users, find_users(connection, ids));
  }
  return result;
}

// Who does not manage teams sees secret ones only from inside.
bool may_see(const Shown& shown, const Principal& reader) {
  if (shown.team.visibility != "secret" || can(shown.rights, Action::kManageTeams)) return true;
  if (shown.rights.has(TeamAccess::kAccessSecretTeams) || reader.team == shown.team.id) return true;
  for (const TeamMember& member : shown.members) {
    if (!reader.user.empty() && member.user == reader.user) return true;
  }
  return false;
}

Json access_json(const Team& team) {
  Json access = Json::object();
  for (const AccessName& one : access_names()) {
    access[std::string(one.name)] = team.is_owners || (team.access & bit(one.access)) != 0;
  }
  return access;
}

std::string tag_of(const Team& team) {
  return api::entity_tag({team.name, team.visibility, team.sso_team_id ? Json(*team.sso_team_id) : Json(),
                          team.allow_member_token_management, access_json(team)});
}

Resource to_resource(const Shown& shown) {
  const Team& team = shown.team;
  const bool manages =
      can(shown.rights, Action::kManageTeams) && (!team.is_owners || shown.rights.owner || shown.rights.site_admin);
  Resource resource{.type = "teams", .id = team.id.str()};
  resource.attributes = {{"name", team.name},
                         {"users-count", team.user_count},
                         {"visibility", team.visibility},
                         {"sso-team-id", team.sso_team_id ? Json(*team.sso_team_id) : Json()},
                         {"allow-member-token-management", team.allow_member_token_management},
                         {"is-unified", false},
                         {"organization-access", access_json(team)},
                         {"created-at", base::format_time(team.created_at)},
                         {"permissions",
                          {{"can-update-membership", manages},
                           {"can-destroy", manages && !team.is_owners},
                           {"can-update-organization-access", manages && !team.is_owners},
                           {"can-update-api-token", manages},
                           {"can-update-visibility", manages && !team.is_owners},
                           {"can-update-name", manages && !team.is_owners},
                           {"can-update-sso-team-id", manages},
                           {"can-update-member-token-management", manages},
                           {"can-view-api-token", manages}}}};
  std::vector<std::string> users;
  std::vector<std::string> memberships;
  for (const TeamMember& member : shown.members) {
    if (!member.user.empty()) users.push_back(member.user.str());
    memberships.push_back(member.membership.str());
  }
  const std::string self = "/api/v2/teams/" + team.id.str();
  resource.to_many("users", "users", users)
      .to_many("organization-memberships", "organization-memberships", memberships)
      .to_one("organization", "organizations", shown.organization, "/api/v2/organizations/" + shown.organization);
  resource.relationships["authentication-token"] = {{"links", {{"related", self + "/authentication-token"}}}};
  resource.links = {{"self", self}};
  return resource;
}

std::vector<Resource> included(const http::Request& request, const Shown& shown) {
  std::vector<Resource> resources;
  for (const User& user : shown.users) resources.push_back(user_resource(user, principal_of(request)));
  return resources;
}

http::Response answer(Service& service, const http::Request& request, int status, const TeamId& id) {
  HANDLE(const Shown one, request,
         service.read([&](storage::Connection& connection) { return shown(connection, request, id); }));
  if (!may_see(one, principal_of(request))) return api::error(request, not_visible());
  const Resource resource = to_resource(one);
  auto response =
      status == 201 ? api::created(resource, included(request, one)) : api::ok(resource, included(request, one));
  return api::with_entity_tag(std::move(response), tag_of(one.team));
}

// {"manage-workspaces": true, …}: names that are absent stay, names we do not know are left alone.
void take_access(jsonapi::Document& document, Changes<Team>& changes) {
  auto object = document.nested("organization-access");
  if (!object.has_value()) return;
  for (const AccessName& one : access_names()) {
    const auto flag = object.value->boolean(one.name);
    if (!flag.has_value()) continue;
    changes.add([wanted = *flag, mask = bit(one.access)](Team& team) {
      team.access = wanted ? (team.access | mask) : (team.access & ~mask);
    });
  }
}

Changes<Team> changes_of(jsonapi::Document& document) {
  Changes<Team> changes;
  changes.set(document, "name", document.line("name", 90), &Team::name);
  const auto visibility = document.text("visibility");
  if (visibility.has_value() && *visibility != "secret" && *visibility != "organization") {
    document.problem("visibility", "The visibility must be \"secret\" or \"organization\".");
  }
  changes.set(document, "visibility", visibility, &Team::visibility);
  changes.set_or_clear(document.line("sso-team-id"), &Team::sso_team_id);
  changes.set(document, "allow-member-token-management", document.boolean("allow-member-token-management"),
              &Team::allow_member_token_management);
  take_access(document, changes);
  return changes;
}

http::Response list(Service& service, const http::Request& request) {
  HANDLE(const auto page, request, api::page(request));
  HANDLE(const Rights rights, request, service.access().rights(principal_of(request), organization_of(request)));
  TeamFilter filter{.names = api::filter(request, "filter[names]"),
                    .name_contains = request.query_value("q").value_or("")};
  const bool sees_all = can(rights, Action::kManageTeams) || rights.has(TeamAccess::kAccessSecretTeams);
  if (!sees_all) filter.visible_to = principal_of(request).user.empty() ? UserId("none") : principal_of(request).user;
  std::int64_t total = 0;
  HANDLE(const auto all, request,
         service.read([&](storage::Connection& connection) -> base::Result<std::vector<Shown>> {
           ASSIGN_OR_RETURN(const auto found, list_teams(connection, organization_of(request), filter, page));
           total = found.total;
           std::vector<Shown> result;
           for (const Team& team : found.items) {
             ASSIGN_OR_RETURN(auto one, shown(connection, request, team.id));
             result.push_back(std::move(one));
           }
           return result;
         }));
  std::vector<Resource> resources;
  std::vector<Resource> users;
  for (const Shown& one : all) {
    resources.push_back(to_resource(one));
    for (Resource& user : included(request, one)) users.push_back(std::move(user));
  }
  return api::list(request, resources, page, total, users);
}

http::Response create(Service& service, const http::Request& request) {
  HANDLE(auto document, request, api::document(request));
  const Changes<Team> changes = changes_of(document);
  if (document.problems().empty()) document.required_line("name");
  if (!document.problems().empty()) return api::errors(request, document.problems());
  Team team;
  team.organization = organization_of(request);
  changes.apply(team);
  HANDLE(const Team made, request, service.create_team(actor_of(request), team));
  return answer(service, request, 201, made.id);
}

http::Response get(Service& service, const http::Request& request) {
  return answer(service, request, 200, TeamId(request.param("team_id")));
}

http::Response update(Service& service, const http::Request& request) {
  HANDLE(auto document, request, api::document(request));
  const Changes<Team> changes = changes_of(document);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  const TeamId id(request.param("team_id"));
  HANDLE(const Team changed, request, service.update_team(actor_of(request), id, [&](Team& team) -> base::Status {
    RETURN_IF_ERROR(api::check_if_match(request, tag_of(team)));
    changes.apply(team);
    return {};
  }));
  return answer(service, request, 200, changed.id);
}

http::Response remove(Service& service, const http::Request& request) {
  RETURN_PROBLEM(request, service.delete_team(actor_of(request), TeamId(request.param("team_id"))));
  return api::no_content();
}

// The members a body names: users by username or id, memberships by id.
base::Result<std::vector<MembershipId>> members_of(Service& service, const http::Request& request, bool by_user) {
  ASSIGN_OR_RETURN(auto document, api::document(request));
  const auto names = document.identifiers(by_user ? "users" : "organization-memberships");
  if (!document.problems().empty()) return document.problems().front();
  if (by_user) return service.memberships_of_names(organization_of(request), names);
  std::vector<MembershipId> members;
  for (const std::string& name : names) members.emplace_back(name);
  return members;
}

template <bool kByUser>
http::Response add_members(Service& service, const http::Request& request) {
  HANDLE(const auto members, request, members_of(service, request, kByUser));
  RETURN_PROBLEM(request, service.add_to_team(actor_of(request), TeamId(request.param("team_id")), members));
  return api::no_content();
}

template <bool kByUser>
http::Response remove_members(Service& service, const http::Request& request) {
  HANDLE(const auto members, request, members_of(service, request, kByUser));
  RETURN_PROBLEM(request, service.remove_from_team(actor_of(request), TeamId(request.param("team_id")), members));
  return api::no_content();
}

NewToken token_of(const http::Request& request, bool is_single) {
  return {.kind = TokenKind::kTeam, .team = TeamId(request.param("team_id")), .is_single = is_single};
}
http::Response get_token(Service& service, const http::Request& request) {
  return get_single_token(service, request, token_of(request, true));
}
http::Response post_single(Service& service, const http::Request& request) {
  return post_single_token(service, request, token_of(request, true));
}
http::Response delete_single(Service& service, const http::Request& request) {
  return delete_single_token(service, request, token_of(request, true));
}
http::Response list_team_tokens(Service& service, const http::Request& request) {
  return list_tokens_of(service, request, TokenKind::kTeam, request.param("team_id"));
}
http::Response post_team_token(Service& service, const http::Request& request) {
  return post_token(service, request, token_of(request, false));
}

}  // namespace

std::vector<http::Route> team_routes(Service& service) {
  using http::Method;
  const std::string all = "/api/v2/organizations/:organization/teams";
  const std::string one = "/api/v2/teams/:team_id";
  const std::string users = one + "/relationships/users";
  const std::string memberships = one + "/relationships/organization-memberships";
  const std::string token = one + "/authentication-token";
  return {{Method::kGet, all, wrap(service, list)},
          {Method::kPost, all, wrap(service, create)},
          {Method::kGet, one, wrap(service, get)},
          {Method::kPatch, one, wrap(service, update)},
          {Method::kDelete, one, wrap(service, remove)},
          {Method::kPost, users, wrap(service, add_members<true>)},
          {Method::kDelete, users, wrap(service, remove_members<true>)},
          {Method::kPost, memberships, wrap(service, add_members<false>)},
          {Method::kDelete, memberships, wrap(service, remove_members<false>)},
          {Method::kGet, token, wrap(service, get_token)},
          {Method::kPost, token, wrap(service, post_single)},
          {Method::kDelete, token, wrap(service, delete_single)},
          {Method::kGet, token + "s", wrap(service, list_team_tokens)},
          {Method::kPost, token + "s", wrap(service, post_team_token)}};
}

}  // namespace auth
