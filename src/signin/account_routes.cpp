#include "api/api.h"
#include "auth/problem.h"
#include "auth/route_parts.h"
#include "signin/one_time_code.h"
#include "signin/route_parts.h"

namespace signin {
namespace {

using jsonapi::Json;

base::Status require_person(const http::Request& request) {
  if (auth::principal_of(request).kind == auth::Principal::Kind::kUser) return {};
  return auth::not_visible();
}

http::Response list_sessions(Service& service, const http::Request& request) {
  RETURN_PROBLEM(request, require_person(request));
  const auth::Principal& reader = auth::principal_of(request);
  HANDLE(const auto sessions, request, service.sessions(reader.user));
  std::vector<jsonapi::Resource> resources;
  for (const Session& session : sessions) {
    jsonapi::Resource resource{.type = "sessions", .id = session.id.str()};
    resource.attributes = {{"current", session.id.str() == reader.session},
                           {"method", session.method},
                           {"address", session.address},
                           {"user-agent", session.user_agent},
                           {"created-at", base::format_time(session.created_at)},
                           {"last-seen-at", base::format_time(session.last_seen_at)},
                           {"expires-at", base::format_time(session.expires_at)}};
    resources.push_back(std::move(resource));
  }
  return api::list(request, resources);
}

http::Response end_all(Service& service, const http::Request& request) {
  RETURN_PROBLEM(request, require_person(request));
  RETURN_PROBLEM(request, service.sign_out_everywhere(auth::actor_of(request)));
  http::Response response = api::no_content();
  service.cookie().clear(response);
  return response;
}

http::Response end_one(Service& service, const http::Request& request) {
  RETURN_PROBLEM(request, require_person(request));
  const SessionId id(request.param("session_id"));
  RETURN_PROBLEM(request, service.sign_out(auth::actor_of(request), id));
  http::Response response = api::no_content();
  if (id.str() == auth::principal_of(request).session) service.cookie().clear(response);
  return response;
}

http::Response change_password(Service& service, const http::Request& request) {
  RETURN_PROBLEM(request, require_person(request));
  HANDLE(auto document, request, api::document(request));
  const auto current = document.secret("current-password", 4096);
  const auto wanted = document.secret("password", 4096);
  const auto again = document.secret("password-confirmation", 4096);
  const auto revoke = document.boolean("revoke-tokens");
  if (again.has_value() && wanted.has_value() && again->reveal() != wanted->reveal()) {
    document.problem("password-confirmation", "The two passwords differ.");
  }
  if (document.problems().empty() && !wanted.has_value()) document.problem("password", "Send the new password.");
  if (!document.problems().empty()) return api::errors(request, document.problems());
  const auth::Principal& reader = auth::principal_of(request);
  RETURN_PROBLEM(
      request, service.change_password(auth::actor_of(request), client_of(request),
                                       current.value.value_or(base::Secret()), *wanted, revoke.value.value_or(false)));
  if (reader.session.empty()) return api::no_content();
  return show_current(service, request);
}

jsonapi::Resource codes_resource(const auth::Principal& reader, const AccountState& state) {
  jsonapi::Resource resource{.type = "one-time-codes", .id = reader.user.str()};
  resource.attributes = {{"enabled", state.has_codes}, {"recovery-codes-left", state.recovery_codes}};
  resource.links = {{"self", "/api/v2/account/totp"}};
  return resource;
}

http::Response show_codes(Service& service, const http::Request& request) {
  RETURN_PROBLEM(request, require_person(request));
  HANDLE(const AccountState state, request, service.account(auth::principal_of(request).user));
  return api::ok(codes_resource(auth::principal_of(request), state));
}

http::Response begin_codes(Service& service, const http::Request& request) {
  RETURN_PROBLEM(request, require_person(request));
  HANDLE(const base::Secret secret, request, service.begin_codes(auth::actor_of(request)));
  const auth::Principal& reader = auth::principal_of(request);
  jsonapi::Resource resource = codes_resource(reader, {});
  resource.attributes["secret"] = to_base32(secret.reveal());
  resource.attributes["otpauth-url"] = otpauth_url(secret, "runbridge", reader.name).reveal();
  return api::created(resource);
}

// The one attribute of the routes that take a code.
base::Result<std::string> code_of(jsonapi::Document& document) {
  auto code = document.line("one-time-code", 64);
  if (document.problems().empty() && !code.has_value()) {
    document.problem("one-time-code", "Send the code that the app shows.");
  }
  if (!document.problems().empty()) return document.problems().front();
  return *code;
}

http::Response confirm_codes(Service& service, const http::Request& request) {
  RETURN_PROBLEM(request, require_person(request));
  HANDLE(auto document, request, api::document(request));
  HANDLE(const std::string code, request, code_of(document));
  const auth::Principal& reader = auth::principal_of(request);
  HANDLE(const auto recovery, request, service.confirm_codes(auth::actor_of(request), client_of(request), code));
  jsonapi::Resource resource =
      codes_resource(reader, {.has_codes = true, .recovery_codes = static_cast<std::int64_t>(recovery.size())});
  Json list = Json::array();
  for (const base::Secret& one : recovery) list.push_back(one.reveal());
  resource.attributes["recovery-codes"] = std::move(list);
  return api::ok(resource);
}

http::Response end_codes(Service& service, const http::Request& request) {
  RETURN_PROBLEM(request, require_person(request));
  HANDLE(auto document, request, api::document(request, jsonapi::Document::Body::kMayBeEmpty));
  const auto code = document.line("one-time-code", 64);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  RETURN_PROBLEM(request, service.end_codes(auth::actor_of(request), client_of(request), code.value.value_or("")));
  return api::no_content();
}

http::Response reset_codes(Service& service, const http::Request& request) {
  RETURN_PROBLEM(request, service.reset_codes(auth::actor_of(request), auth::UserId(request.param("user_id"))));
  return api::no_content();
}

// The secret stands behind "#": browsers do not send that part, so no log has it.
http::Response invite(Service& service, const http::Request& request) {
  const auth::UserId user(request.param("user_id"));
  HANDLE(const auto made, request, service.invite(auth::actor_of(request), user));
  jsonapi::Resource resource{.type = "invitations", .id = user.str()};
  resource.attributes = {{"link", service.public_url() + "/invitation#" + made.secret.reveal()},
                         {"expires-at", base::format_time(made.expires_at)}};
  resource.to_one("user", "users", user.str());
  return api::created(resource);
}

http::Response accept(Service& service, const http::Request& request) {
  const base::Status same_site = check_same_site(request, service.public_url());
  if (!same_site) return auth::answer(request, same_site.error());
  HANDLE(auto document, request, api::document(request));
  const auto secret = document.secret("secret", 200);
  const auto password = document.secret("password", 4096);
  const auto code = document.line("one-time-code", 64);
  if (document.problems().empty()) {
    if (!secret.has_value()) document.problem("secret", "Send what stands behind '#' in the link.");
    if (!password.has_value()) document.problem("password", "Send the password you choose.");
  }
  if (!document.problems().empty()) return api::errors(request, document.problems());
  const auto begun = service.accept_invitation(client_of(request), *secret, *password, code.value.value_or(""));
  return begun ? begun_answer(service, *begun) : auth::answer(request, begun.error());
}

}  // namespace

std::vector<http::Route> account_routes(Service& service) {
  using http::Method;
  return {{Method::kGet, "/api/v2/account/sessions", wrap(service, list_sessions)},
          {Method::kDelete, "/api/v2/account/sessions", wrap(service, end_all)},
          {Method::kDelete, "/api/v2/account/sessions/:session_id", wrap(service, end_one)},
          {Method::kPatch, "/api/v2/account/password", wrap(service, change_password)},
          {Method::kGet, "/api/v2/account/totp", wrap(service, show_codes)},
          {Method::kPost, "/api/v2/account/totp", wrap(service, begin_codes)},
          {Method::kPost, "/api/v2/account/totp/actions/confirm", wrap(service, confirm_codes)},
          {Method::kDelete, "/api/v2/account/totp", wrap(service, end_codes)},
          {Method::kDelete, "/api/v2/admin/users/:user_id/totp", wrap(service, reset_codes)},
          {Method::kPost, "/api/v2/admin/users/:user_id/actions/invite", wrap(service, invite)},
          {Method::kPost, "/api/v2/invitations/actions/accept", wrap(service, accept)}};
}

}  // namespace signin
