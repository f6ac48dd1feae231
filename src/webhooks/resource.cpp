#include "webhooks/resource.h"

#include "base/strings.h"

namespace webhooks {
namespace {

using jsonapi::Json;

constexpr std::size_t kShownBody = std::size_t{256} << 10U;

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }
Json or_null(const std::optional<base::Time>& time) { return time ? Json(base::format_time(*time)) : Json(nullptr); }

}  // namespace

jsonapi::Resource hook_resource(const Hook& hook, const std::vector<std::string>& consumers) {
  jsonapi::Resource out{"vcs-hooks", hook.id.str()};
  out.attributes = {
      {"url", hook.url},
      {"repository", hook.repository_path},
      {"repository-id", hook.repository_id},
      {"repository-http-url", or_null(hook.repository_url)},
      {"service-provider", hook.kind},
      {"status", hook_status_name(hook.status)},
      {"enabled", hook.enabled},
      {"last-error", or_null(hook.last_error)},
      {"installed-at", or_null(hook.installed_at)},
      {"last-event-at", or_null(hook.last_event_at)},
      {"former-secret-accepted", hook.former_secret_counts},
      {"former-secret-accepted-until", or_null(hook.former_secret_until)},
      {"rejected-count", hook.rejected},
      {"consumers", consumers},
      {"created-at", base::format_time(hook.created_at)},
  };
  out.to_one("oauth-client", "oauth-clients", hook.client.str());
  out.to_one("oauth-token", "oauth-tokens", hook.token.str());
  out.links["self"] = "/api/v2/vcs-hooks/" + hook.id.str();
  return out;
}

jsonapi::Resource delivery_resource(const Delivery& delivery) {
  jsonapi::Resource out{"deliveries", delivery.id.str()};
  out.attributes = {
      {"state", delivery_state_name(delivery.state)},
      {"reason", or_null(delivery.reason)},
      {"event-name", or_null(delivery.event_name)},
      {"delivery-id", delivery.key},
      {"repository", delivery.repository_path},
      {"service-provider", delivery.kind},
      {"attempts", delivery.attempts},
      {"replays", delivery.replays},
      {"received-at", base::format_time(delivery.received_at)},
      {"finished-at", or_null(delivery.finished_at)},
      {"sender-address", delivery.peer},
      {"body-size", delivery.body_size},
      {"body-sha256", or_null(delivery.body_digest)},
  };
  out.to_one("vcs-hook", "vcs-hooks", delivery.hook.str());
  out.to_one("oauth-client", "oauth-clients", delivery.client.str());
  out.to_one("oauth-token", "oauth-tokens", delivery.token.str());
  out.links["self"] = "/api/v2/deliveries/" + delivery.id.str();
  return out;
}

void add_bytes(jsonapi::Resource& resource, const DeliveryBytes& bytes, const vcs::Kind* kind) {
  Json headers = Json::array();
  for (const auto& [name, value] : bytes.headers.fields()) {
    headers.push_back({{"name", name}, {"value", base::to_valid_utf8(value)}});
  }
  const bool text = base::is_utf8(bytes.body);
  const std::string_view shown = std::string_view(bytes.body).substr(0, kShownBody);
  resource.attributes["headers"] = std::move(headers);
  resource.attributes["body"] = text ? Json(base::to_valid_utf8(shown)) : Json(nullptr);
  resource.attributes["body-base64"] = text ? Json(nullptr) : Json(base::to_base64(shown));
  resource.attributes["body-truncated"] = bytes.body.size() > shown.size();
  const bool is_signed = kind == nullptr || kind->capabilities.signed_deliveries;
  resource.attributes["verification"] = is_signed ? "hmac-sha256" : "basic";
}

}  // namespace webhooks
