#include "api/api.h"
#include "auth/problem.h"
#include "auth/route_parts.h"
#include "base/strings.h"
#include "logging/log.h"
#include "signin/route_parts.h"
#include "signin/sign_on.h"

namespace signin {
namespace {

constexpr base::Millis kCookieFor{10LL * 60 * 1000};

http::Response go_to(const std::string& where) {
  http::Response response{.status = 303};
  response.headers.set("Location", where);
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("Referrer-Policy", "no-referrer");
  return response;
}

http::Response methods(SignOn& sign_on, const http::Request& request) {
  jsonapi::Resource password{.type = "sign-in-methods", .id = "password"};
  password.attributes = {{"kind", "password"}, {"name", "Password"}};
  password.links = {{"start", "/api/v2/sessions"}};
  std::vector<jsonapi::Resource> all = {std::move(password)};
  if (sign_on.is_on()) {
    jsonapi::Resource oidc{.type = "sign-in-methods", .id = "oidc"};
    oidc.attributes = {{"kind", "oidc"}, {"name", sign_on.name()}};
    oidc.links = {{"start", "/sign-in/oidc"}};
    all.push_back(std::move(oidc));
  }
  return api::list(request, all);
}

// The page shows a sentence for each; the request's id leads to the log.
http::Response failure(const http::Request& request, SignOn::Purpose purpose, const std::string& problem,
                       const std::string& why) {
  logging::warning("a sign-on failed",
                   {{"problem", problem}, {"why", why}, {"address", request.peer}, {"request", request.request_id}});
  const std::string page = purpose == SignOn::Purpose::kLink ? "/account" : "/sign-in";
  return go_to(page + "?problem=" + problem + "&request=" + base::url_encode(request.request_id));
}

// Not for other sites: nobody is to be signed in without having asked for it.
http::Response start(SignOn& sign_on, const http::Request& request) {
  const auto site = request.headers.get("Sec-Fetch-Site");
  if (site && *site != "same-origin" && *site != "none") return go_to("/sign-in");
  const auto started = sign_on.start(SignOn::Purpose::kSignIn, request.query_value("next").value_or("/"));
  if (!started) {
    return failure(request, SignOn::Purpose::kSignIn, "sign_on_unavailable",
                   started.error().message + " " + started.error().detail);
  }
  http::Response response = go_to(started->url);
  sign_on.cookie().set(response, started->cookie, kCookieFor);
  return response;
}

// Whose browser this is already.
base::Result<std::optional<FoundSession>> present_session(SignOn& sign_on, const http::Request& request) {
  const auto text = sign_on.service().cookie().value(request);
  if (!text || text->empty()) return std::optional<FoundSession>();
  return sign_on.service().find(*text);
}

http::Response callback(SignOn& sign_on, const http::Request& request) {
  HANDLE(const auto present, request, present_session(sign_on, request));
  const auto value = [&](std::string_view name) { return request.query_value(name).value_or(""); };
  const SignOn::Returned returned{sign_on.cookie().value(request), value("state"), value("code"), value("error"),
                                  value("iss")};
  const auto outcome =
      sign_on.finish(client_of(request), returned, present ? std::optional(present->user) : std::nullopt);
  http::Response response = outcome.problem.empty() ? go_to(outcome.return_to)
                                                    : failure(request, outcome.purpose, outcome.problem, outcome.why);
  if (outcome.begun) {
    // A session that is there ends: the new one has another id (session fixation).
    if (present) {
      const auth::Actor actor{sign_on.service().proof_of(*present).principal, request.request_id};
      RETURN_PROBLEM(request, sign_on.service().sign_out(actor, present->session.id));
    }
    sign_on.service().cookie().set(response, outcome.begun->text, sign_on.service().limits().absolute);
  }
  sign_on.cookie().clear(response);
  return response;
}

http::Response list_identities(SignOn& sign_on, const http::Request& request) {
  const auth::Principal& reader = auth::principal_of(request);
  if (reader.kind != auth::Principal::Kind::kUser) return api::error(request, auth::not_visible());
  HANDLE(const auto identities, request, sign_on.identities(reader.user));
  std::vector<jsonapi::Resource> resources;
  for (const Identity& identity : identities) {
    jsonapi::Resource resource{.type = "identities", .id = identity.id.str()};
    resource.attributes = {{"issuer", identity.issuer},
                           {"subject", identity.subject},
                           {"email", identity.email},
                           {"created-at", base::format_time(identity.created_at)}};
    resources.push_back(std::move(resource));
  }
  return api::list(request, resources);
}

// With a session only: what comes back must find the same browser signed in.
http::Response start_link(SignOn& sign_on, const http::Request& request) {
  const auth::Principal& reader = auth::principal_of(request);
  if (reader.session.empty()) return api::error(request, auth::not_visible());
  HANDLE(const auto started, request, sign_on.start(SignOn::Purpose::kLink, "/account"));
  jsonapi::Resource resource{.type = "sign-ons", .id = reader.user.str()};
  resource.attributes = {{"authorization-url", started.url}};
  http::Response response = api::created(resource);
  sign_on.cookie().set(response, started.cookie, kCookieFor);
  return response;
}

http::Response unlink(SignOn& sign_on, const http::Request& request) {
  if (auth::principal_of(request).kind != auth::Principal::Kind::kUser) return api::error(request, auth::not_visible());
  RETURN_PROBLEM(request, sign_on.unlink(auth::actor_of(request), IdentityId(request.param("identity_id"))));
  return api::no_content();
}

using SignOnHandler = http::Response (*)(SignOn&, const http::Request&);
http::Handler with(SignOn& sign_on, SignOnHandler handler) {
  return [&sign_on, handler](const http::Request& request) { return handler(sign_on, request); };
}

}  // namespace

std::vector<http::Route> sign_on_routes(SignOn& sign_on) {
  using http::Method;
  return {{Method::kGet, "/api/v2/sign-in-methods", with(sign_on, methods)},
          {Method::kGet, "/sign-in/oidc", with(sign_on, start)},
          {Method::kGet, "/sign-in/oidc/callback", with(sign_on, callback)},
          {Method::kGet, "/api/v2/account/identities", with(sign_on, list_identities)},
          {Method::kPost, "/api/v2/account/identities", with(sign_on, start_link)},
          {Method::kDelete, "/api/v2/account/identities/:identity_id", with(sign_on, unlink)}};
}

}  // namespace signin
