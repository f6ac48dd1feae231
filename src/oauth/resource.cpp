#include "oauth/resource.h"

namespace oauth {
namespace {

using jsonapi::Json;
using jsonapi::Resource;

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

}  // namespace

Resource choice_resource(const Configuration& c) {
  Resource out{.type = "oauth-configurations", .id = c.id.str()};
  out.attributes = {{"name", c.name}, {"source-type", source_name(c.source)}, {"url", c.url}};
  return out;
}

Resource configuration_resource(const Configuration& c, const std::string& callback_url) {
  Resource out = choice_resource(c);
  const bool comes_back = c.source != Source::kAzure;
  out.attributes.update({{"client-id", c.client_id},
                         {"has-client-secret", c.has_secret},
                         {"callback-url", comes_back ? Json(callback_url) : Json(nullptr)},
                         {"created-at", base::format_time(c.created_at)},
                         {"updated-at", base::format_time(c.updated_at)}});
  out.links["self"] = "/api/v2/admin/oauth-configurations/" + c.id.str();
  return out;
}

Resource authorization_resource(const Authorization& a) {
  Resource out{.type = "oauth-authorizations", .id = a.id.str()};
  const bool is_open = a.state == Authorization::State::kPending || a.state == Authorization::State::kExchanging;
  out.attributes = {{"status", is_open ? "pending" : state_name(a.state)},
                    {"flow", a.by_device ? "device-code" : "authorization-code"},
                    {"account", or_null(a.account)},
                    {"message", or_null(a.message)},
                    {"connection-type", a.purpose.type},
                    {"scheme", a.purpose.scheme},
                    {"poll-seconds", a.by_device ? a.interval : 2},
                    {"created-at", base::format_time(a.created_at)},
                    {"expires-at", base::format_time(a.expires_at)}};
  out.to_one("oauth-configuration", "oauth-configurations", a.configuration.str())
      .to_one("project", "projects", a.purpose.project.str())
      .to_one("service-connection", "service-connections", a.purpose.connection);
  out.links["self"] = "/api/v2/oauth-authorizations/" + a.id.str();
  return out;
}

Resource started_resource(const Started& started) {
  Resource out = authorization_resource(started.authorization);
  out.attributes["authorization-url"] = started.url;
  out.attributes["user-code"] = or_null(started.user_code);
  return out;
}

}  // namespace oauth
