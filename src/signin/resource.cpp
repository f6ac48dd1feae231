#include "jsonapi/resource.h"
#include "auth/route_parts.h"
#include "signin/route_parts.h"

namespace signin {

jsonapi::Resource session_resource(Service& service, const Session& session, const auth::User& user,
                                   const base::Secret& text) {
  jsonapi::Resource resource{.type = "sessions", .id = session.id.str()};
  const auto idle_end = service.now() + service.limits().idle;
  resource.attributes = {{"csrf-token", csrf_token(text)},
                         {"method", session.method},
                         {"username", user.username},
                         {"created-at", base::format_time(session.created_at)},
                         {"proven-at", base::format_time(session.proven_at)},
                         {"idle-expires-at", base::format_time(std::min(idle_end, session.expires_at))},
                         {"expires-at", base::format_time(session.expires_at)}};
  if (const auto state = service.account(user.id)) {
    resource.attributes["has-password"] = state->has_password;
    resource.attributes["has-one-time-codes"] = state->has_codes;
  }
  resource.to_one("user", "users", user.id.str(), "/api/v2/users/" + user.id.str());
  resource.links = {{"self", "/api/v2/sessions/current"}};
  return resource;
}

http::Response begun_answer(Service& service, const Begun& begun) {
  auth::Principal reader;
  reader.kind = auth::Principal::Kind::kUser;
  reader.user = begun.user.id;
  reader.site_admin = begun.user.site_admin;
  http::Response response = api::created(session_resource(service, begun.session, begun.user, begun.text),
                                         {auth::user_resource(begun.user, reader)});
  service.cookie().set(response, begun.text, service.limits().absolute);
  return response;
}

}  // namespace signin
