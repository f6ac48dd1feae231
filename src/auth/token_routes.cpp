#include <utility>

#include "auth/route_parts.h"

namespace auth {
namespace {

using jsonapi::Json;
using jsonapi::Resource;

Json time_or_null(const std::optional<base::Time>& time) { return time ? Json(base::format_time(*time)) : Json(); }

const char* type_of_creator(const std::string& id) {
  if (id.starts_with("team-")) return "teams";
  return id.starts_with("org-") ? "organizations" : "users";
}

Resource to_resource(const Token& token) {
  Resource resource{.type = "authentication-tokens", .id = token.id.str()};
  resource.attributes = {{"created-at", base::format_time(token.created_at)},
                         {"last-used-at", time_or_null(token.last_used_at)},
                         {"description", token.description},
                         {"token", nullptr},
                         {"expired-at", time_or_null(token.expires_at)}};
  resource.to_one("created-by", type_of_creator(token.created_by), token.created_by);
  if (token.kind == TokenKind::kTeam) resource.to_one("team", "teams", token.team.str());
  resource.links = {{"self", "/api/v2/authentication-tokens/" + token.id.str()}};
  return resource;
}

// The one answer that has the token's text.
http::Response shown_once(const MadeToken& made) {
  Resource resource = to_resource(made.token);
  resource.attributes["token"] = made.text.reveal();
  http::Response response = api::created(resource);
  response.headers.set("Cache-Control", "no-store");
  return response;
}

base::Result<bool> may_manage(Service& service, const Principal& principal, const Token& token) {
  if (token.kind == TokenKind::kUser) {
    return (principal.kind == Principal::Kind::kUser && principal.user == token.user) || principal.site_admin;
  }
  OrganizationId organization = token.organization;
  if (token.kind == TokenKind::kTeam) {
    ASSIGN_OR_RETURN(const auto team,
                     service.read([&](storage::Connection& connection) { return find_team(connection, token.team); }));
    if (!team) return false;
    organization = team->organization;
  }
  ASSIGN_OR_RETURN(const Rights rights, service.access().rights(principal, organization));
  return can(rights, token.kind == TokenKind::kTeam ? Action::kManageTeams : Action::kUpdateOrganization);
}

// The token of the path, if the caller may see and delete it.
base::Result<Token> token_of(Service& service, const http::Request& request) {
  ASSIGN_OR_RETURN(auto token, service.read([&](storage::Connection& connection) {
    return find_token(connection, TokenId(request.param("authentication_token_id")));
  }));
  if (!token) return not_visible();
  ASSIGN_OR_RETURN(const bool is_allowed, may_manage(service, principal_of(request), *token));
  if (!is_allowed) return not_visible();
  return *std::move(token);
}

http::Response get(Service& service, const http::Request& request) {
  HANDLE(const Token token, request, token_of(service, request));
  return api::ok(to_resource(token));
}

http::Response remove(Service& service, const http::Request& request) {
  HANDLE(const Token token, request, token_of(service, request));
  RETURN_PROBLEM(request, service.delete_token(actor_of(request), token.id));
  return api::no_content();
}

// A user's tokens are his own; a site administrator makes the first one of a new user.
base::Result<UserId> user_of(Service& service, const http::Request& request) {
  const Principal& principal = principal_of(request);
  UserId id(request.param("user_id"));
  if (principal.kind == Principal::Kind::kUser && principal.user == id) return id;
  if (!principal.site_admin) return not_visible();
  ASSIGN_OR_RETURN(const auto user,
                   service.read([&](storage::Connection& connection) { return find_user(connection, id); }));
  if (!user) return not_visible();
  return id;
}

http::Response list_user_tokens(Service& service, const http::Request& request) {
  HANDLE(const UserId user, request, user_of(service, request));
  return list_tokens_of(service, request, TokenKind::kUser, user.str());
}

http::Response post_user_token(Service& service, const http::Request& request) {
  HANDLE(const UserId user, request, user_of(service, request));
  return post_token(service, request, {.kind = TokenKind::kUser, .user = user});
}

base::Result<Token> single_token(Service& service, const NewToken& owner) {
  const std::string& id = owner.kind == TokenKind::kTeam ? owner.team.str() : owner.organization.str();
  ASSIGN_OR_RETURN(auto token, service.read([&](storage::Connection& connection) {
    return find_single_token(connection, owner.kind, id);
  }));
  if (!token) return not_visible();
  return *std::move(token);
}

}  // namespace

http::Response get_single_token(Service& service, const http::Request& request, const NewToken& owner) {
  HANDLE(const Token token, request, single_token(service, owner));
  return api::ok(to_resource(token));
}

http::Response post_single_token(Service& service, const http::Request& request, NewToken owner) {
  return post_token(service, request, std::move(owner));
}

http::Response delete_single_token(Service& service, const http::Request& request, const NewToken& owner) {
  HANDLE(const Token token, request, single_token(service, owner));
  RETURN_PROBLEM(request, service.delete_token(actor_of(request), token.id));
  return api::no_content();
}

http::Response list_tokens_of(Service& service, const http::Request& request, TokenKind kind,
                              const std::string& owner) {
  HANDLE(const auto page, request, api::page(request));
  HANDLE(const auto found, request,
         service.read([&](storage::Connection& connection) { return list_tokens(connection, kind, owner, page); }));
  std::vector<Resource> resources;
  for (const Token& token : found.items) resources.push_back(to_resource(token));
  return api::list(request, resources, page, found.total);
}

http::Response post_token(Service& service, const http::Request& request, NewToken wanted) {
  HANDLE(auto document, request, api::document(request, jsonapi::Document::Body::kMayBeEmpty));
  wanted.description = document.line("description").value.value_or("");
  wanted.expires_at = document.time("expired-at").value;
  if (!document.problems().empty()) return api::errors(request, document.problems());
  HANDLE(const MadeToken made, request, service.create_token(actor_of(request), wanted));
  return shown_once(made);
}

std::vector<http::Route> token_routes(Service& service) {
  using http::Method;
  return {{Method::kGet, "/api/v2/users/:user_id/authentication-tokens", wrap(service, list_user_tokens)},
          {Method::kPost, "/api/v2/users/:user_id/authentication-tokens", wrap(service, post_user_token)},
          {Method::kGet, "/api/v2/authentication-tokens/:authentication_token_id", wrap(service, get)},
          {Method::kDelete, "/api/v2/authentication-tokens/:authentication_token_id", wrap(service, remove)}};
}

}  // namespace auth
