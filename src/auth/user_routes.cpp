#include <utility>

#include "api/precondition.h"
#include "auth/resource.h"
#include "auth/route_parts.h"

namespace auth {
namespace {

using jsonapi::Resource;

constexpr std::string_view kUsernameCharacters = "-_.";

base::Result<User> reader_as_user(Service& service, const Principal& reader) {
  if (reader.kind != Principal::Kind::kUser) {  // a token without a person: shown as the account it acts as
    User user;
    const bool is_team = reader.kind == Principal::Kind::kTeam;
    user.id = UserId(is_team ? reader.team.str() : reader.organization.str());
    user.username = (is_team ? "api-team-" : "api-org-") + reader.name;
    return user;
  }
  ASSIGN_OR_RETURN(auto user,
                   service.read([&](storage::Connection& connection) { return find_user(connection, reader.user); }));
  if (!user) return not_visible();
  return *std::move(user);
}

std::string tag_of(const User& user) { return api::entity_tag({user.username, user.email, user.site_admin}); }

// With whether sign-ins of this user ask for codes: for himself and for site administrators.
base::Result<Resource> full_resource(Service& service, const User& user, const Principal& reader) {
  Resource resource = user_resource(user, reader);
  if (!reader.site_admin && reader.user != user.id) return resource;
  ASSIGN_OR_RETURN(const bool has_codes, service.read([&](storage::Connection& connection) {
    return service.asks_for_codes(connection, user.id);
  }));
  resource.attributes["two-factor"] = {{"enabled", has_codes}, {"verified", has_codes}};
  return resource;
}

http::Response shown(Service& service, const http::Request& request, const User& user) {
  HANDLE(const Resource resource, request, full_resource(service, user, principal_of(request)));
  return api::with_entity_tag(api::ok(resource), tag_of(user));
}

http::Response ping(Service& /*service*/, const http::Request& /*request*/) { return api::no_content(); }

http::Response account_details(Service& service, const http::Request& request) {
  HANDLE(const User user, request, reader_as_user(service, principal_of(request)));
  return shown(service, request, user);
}

Changes<User> changes_of(jsonapi::Document& document) {
  Changes<User> changes;
  changes.set(document, "username", name_member(document, "username", kUsernameCharacters, 90), &User::username);
  changes.set(document, "email", email_member(document, "email"), &User::email);
  return changes;
}

// The address decides whose invitations a user gets, and nobody here can prove his own: an administrator sets it.
http::Response account_update(Service& service, const http::Request& request) {
  const Principal& reader = principal_of(request);
  if (reader.kind != Principal::Kind::kUser) return api::error(request, not_visible());
  HANDLE(auto document, request, api::document(request));
  const Changes<User> changes = changes_of(document);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  HANDLE(const User user, request, service.update_user(actor_of(request), reader.user, [&](User& row) -> base::Status {
    RETURN_IF_ERROR(api::check_if_match(request, tag_of(row)));
    const std::string email = row.email;
    changes.apply(row);
    if (row.email != email && !reader.site_admin) {
      return base::invalid("Only a site administrator can change an e-mail address.", "/data/attributes/email");
    }
    return {};
  }));
  return shown(service, request, user);
}

http::Response get_user(Service& service, const http::Request& request) {
  const Principal& reader = principal_of(request);
  const UserId id(request.param("user_id"));
  HANDLE(const auto user, request,
         service.read([&](storage::Connection& connection) -> base::Result<std::optional<User>> {
           ASSIGN_OR_RETURN(auto found, find_user(connection, id));
           if (!found || reader.site_admin || reader.user == id) return found;
           if (reader.kind != Principal::Kind::kUser) {
             ASSIGN_OR_RETURN(const auto membership, find_membership(connection, reader.organization, id));
             if (!membership || reader.audit_only) found.reset();
             return found;
           }
           ASSIGN_OR_RETURN(const bool shares, share_organization(connection, reader.user, id));
           if (!shares) found.reset();
           return found;
         }));
  if (!user) return api::error(request, not_visible());
  return shown(service, request, *user);
}

http::Response list_all(Service& service, const http::Request& request) {
  HANDLE(const auto page, request, api::page(request));
  HANDLE(const auto found, request, service.read([&](storage::Connection& connection) {
    return list_users(connection, request.query_value("q").value_or(""), page);
  }));
  std::vector<Resource> resources;
  for (const User& user : found.items) {
    HANDLE(Resource resource, request, full_resource(service, user, principal_of(request)));
    resources.push_back(std::move(resource));
  }
  return api::list(request, resources, page, found.total);
}

http::Response create(Service& service, const http::Request& request) {
  HANDLE(auto document, request, api::document(request));
  Changes<User> changes = changes_of(document);
  changes.set(document, "is-admin", document.boolean("is-admin"), &User::site_admin);
  if (document.problems().empty()) {
    document.required_text("username");
    document.required_text("email");
  }
  if (!document.problems().empty()) return api::errors(request, document.problems());
  User user;
  changes.apply(user);
  HANDLE(const User made, request, service.create_user(actor_of(request), user));
  return api::created(user_resource(made, principal_of(request)));
}

http::Response update(Service& service, const http::Request& request) {
  HANDLE(auto document, request, api::document(request));
  Changes<User> changes = changes_of(document);
  changes.set(document, "is-admin", document.boolean("is-admin"), &User::site_admin);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  HANDLE(const User user, request,
         service.update_user(actor_of(request), UserId(request.param("user_id")), [&](User& row) -> base::Status {
           RETURN_IF_ERROR(api::check_if_match(request, tag_of(row)));
           changes.apply(row);
           return {};
         }));
  return shown(service, request, user);
}

http::Response remove(Service& service, const http::Request& request) {
  RETURN_PROBLEM(request, service.delete_user(actor_of(request), UserId(request.param("user_id"))));
  return api::no_content();
}

}  // namespace

jsonapi::Resource user_resource(const User& user, const Principal& reader) {
  const bool is_self = reader.kind != Principal::Kind::kUser || reader.user == user.id;
  Resource resource{.type = "users", .id = user.id.str()};
  resource.attributes = {{"username", user.username},
                         {"email", user.email},
                         {"is-service-account", user.email.empty()},
                         {"is-admin", user.site_admin},
                         {"is-site-admin", user.site_admin},
                         {"auth-method", "tfc"},
                         {"avatar-url", nullptr},
                         {"v2-only", false},
                         {"unconfirmed-email", nullptr},
                         {"two-factor", {{"enabled", false}, {"verified", false}}},
                         {"permissions",
                          {{"can-create-organizations", is_self && reader.kind == Principal::Kind::kUser},
                           {"can-view-settings", is_self},
                           {"can-change-email", reader.site_admin},
                           {"can-change-username", is_self},
                           {"can-view-profile", true}}}};
  resource.links = {{"self", "/api/v2/users/" + user.id.str()}};
  return resource;
}

base::Result<std::optional<jsonapi::Resource>> user_resource(storage::Connection& connection, const Principal& reader,
                                                             const UserId& user) {
  ASSIGN_OR_RETURN(const auto found, find_user(connection, user));
  if (!found) return std::optional<jsonapi::Resource>();
  return std::optional<jsonapi::Resource>(user_resource(*found, reader));
}

std::vector<http::Route> user_routes(Service& service) {
  using http::Method;
  return {{Method::kGet, "/api/v2/ping", wrap(service, ping)},
          {Method::kGet, "/api/v2/account/details", wrap(service, account_details)},
          {Method::kPatch, "/api/v2/account/update", wrap(service, account_update)},
          {Method::kGet, "/api/v2/users/:user_id", wrap(service, get_user)},
          {Method::kGet, "/api/v2/admin/users", wrap(service, list_all)},
          {Method::kPost, "/api/v2/admin/users", wrap(service, create)},
          {Method::kPatch, "/api/v2/admin/users/:user_id", wrap(service, update)},
          {Method::kDelete, "/api/v2/admin/users/:user_id", wrap(service, remove)}};
}

}  // namespace auth
