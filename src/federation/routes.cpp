#include "federation/routes.h"

#include <nlohmann/json.hpp>

#include "api/api.h"
#include "jsonapi/json.h"

namespace federation {
namespace {

using http::Request;
using http::Response;

// Readers keep the set for a day at most, most of them for less.
constexpr std::int64_t kUsualOverlap = 24 * 3600;
constexpr std::int64_t kLongestOverlap = 7 * 24 * 3600;

Response for_everybody(const jsonapi::Json& json) {
  Response response = api::json(200, jsonapi::dump(json), "application/json");
  response.headers.set("Cache-Control", "public, max-age=300");
  return response;
}

jsonapi::Resource resource_of(const Key& key, KeyState state) {
  jsonapi::Resource out{"signing-keys", key.id};
  out.attributes = {{"state", key_state_name(state)},
                    {"algorithm", "RS256"},
                    {"created-at", base::format_time(key.created_at)},
                    {"signs-from", base::format_time(key.signs_from)},
                    {"leaves-at", key.leaves_at ? jsonapi::Json(base::format_time(*key.leaves_at)) : nullptr}};
  return out;
}

Response key_set(Issuer& issuer, const Request& request) {
  HANDLE(const auto set, request, issuer.key_set());
  return for_everybody(set);
}

Response list(Issuer& issuer, const Request& request) {
  HANDLE(const auto keys, request, issuer.keys());
  std::vector<jsonapi::Resource> resources;
  for (const auto& [key, state] : keys) resources.push_back(resource_of(key, state));
  return api::list(request, resources);
}

Response rotate(Issuer& issuer, const Request& request) {
  HANDLE(auto document, request, api::document(request, jsonapi::Document::Body::kMayBeEmpty));
  const auto overlap = document.integer("overlap-seconds", 0, kLongestOverlap).value.value_or(kUsualOverlap);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  HANDLE(const auto key, request, issuer.rotate(auth::actor_of(request), std::chrono::seconds(overlap)));
  return api::created(resource_of(key, key.signs_from > key.created_at ? KeyState::kUpcoming : KeyState::kSigning));
}

http::Handler bound(Issuer& issuer, Response (*handler)(Issuer&, const Request&)) {
  return [&issuer, handler](const Request& request) { return handler(issuer, request); };
}

}  // namespace

std::vector<http::Route> routes(Issuer& issuer) {
  using http::Method;
  return {{Method::kGet, "/.well-known/openid-configuration",
           [&issuer](const Request&) { return for_everybody(issuer.document()); }},
          {Method::kGet, "/.well-known/jwks.json", bound(issuer, key_set)},
          {Method::kGet, "/api/v2/admin/signing-keys", bound(issuer, list)},
          {Method::kPost, "/api/v2/admin/signing-keys", bound(issuer, rotate)}};
}

}  // namespace federation
