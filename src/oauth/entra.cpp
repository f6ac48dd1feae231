#include "oauth/entra.h"

#include <algorithm>

#include "base/strings.h"
#include "net/outbound_policy.h"

namespace oauth::entra {
namespace {

using jsonapi::get_integer;
using jsonapi::get_text;

std::string endpoint(const Configuration& configuration, const std::string& tenant, std::string_view name) {
  return configuration.url + "/" + base::url_encode(tenant.empty() ? "organizations" : tenant) + "/oauth2/v2.0/" +
         std::string(name);
}

std::chrono::seconds seconds_of(const jsonapi::Json& json, std::string_view name, std::int64_t least, std::int64_t most,
                                std::int64_t otherwise) {
  return std::chrono::seconds(std::clamp(get_integer(json, name, otherwise), least, most));
}

base::Error refusal(const Configuration& configuration, const Answer& answer, const base::Secret& device_code) {
  const std::string words = words_of(answer, {device_code});
  const std::string application = "the OAuth configuration '" + configuration.name + "'";
  const auto says = [&](std::string_view text) { return words.find(text) != std::string::npos; };
  if (answer.error == "authorization_declined" || answer.error == "access_denied") {
    return base::unauthorized("The sign-in was refused at Entra ID. Sign in again, and accept.");
  }
  if (answer.error == "expired_token" || answer.error == "code_expired") {
    return base::unauthorized("The code was not used in time. Sign in again.");
  }
  if (answer.error == "bad_verification_code") {
    return base::unauthorized("Entra ID no longer knows the sign-in. Sign in again.");
  }
  if (says("AADSTS7000218")) {
    return base::unauthorized("The application of " + application +
                              " is no public client. Switch on \"Allow public client flows\" in its registration.");
  }
  if (says("AADSTS700016") || answer.error == "unauthorized_client") {
    return base::unauthorized("Entra ID knows no application with the client ID of " + application +
                              " in that directory, or the application may not be used there. It said: " + words);
  }
  if (says("AADSTS90002")) return base::unauthorized("Entra ID knows no such tenant. It said: " + words);
  return base::unauthorized("Entra ID refused the sign-in: " + words);
}

// The token came from the service itself over TLS, and says no more than what is shown to the person who signed in.
std::string account_of(const jsonapi::Json& answer) {
  const auto parts = base::split(get_text(answer, "id_token"), '.');
  if (parts.size() != 3) return {};
  const auto claims = base::from_base64url(parts[1]);
  const auto json = claims ? jsonapi::parse(*claims) : base::Result<jsonapi::Json>(base::malformed("no Base64"));
  return json && json->is_object() ? in_words(get_text(*json, "preferred_username"), {}) : std::string();
}

}  // namespace

base::Result<DeviceCode> begin(net::HttpClient& client, const Configuration& configuration, const std::string& tenant,
                               const std::string& resource) {
  ASSIGN_OR_RETURN(const Answer answer, post(client, endpoint(configuration, tenant, "devicecode"),
                                             {{"client_id", configuration.client_id},
                                              {"scope", resource + ".default offline_access openid profile"}}));
  if (!answer.error.empty()) return refusal(configuration, answer, {});
  DeviceCode code{base::Secret(get_text(answer.json, "device_code")), get_text(answer.json, "user_code"),
                  get_text(answer.json, "verification_uri", get_text(answer.json, "verification_url")),
                  seconds_of(answer.json, "interval", 1, 60, 5), seconds_of(answer.json, "expires_in", 60, 1800, 900)};
  if (code.device_code.empty() || code.user_code.empty()) {
    return base::upstream("Entra ID answered without a code. Sign in again.");
  }
  code.user_code = base::printable(code.user_code, 40);
  // Ours becomes a link for a person: an address of the web, and nothing else.
  const auto url = net::parse_url(code.url);
  if (!url || url->scheme != "https") {
    return base::upstream("Entra ID named no address of the web at which to type in the code.");
  }
  return code;
}

base::Result<Polled> poll(net::HttpClient& client, const Configuration& configuration, const std::string& tenant,
                          const base::Secret& device_code) {
  ASSIGN_OR_RETURN(const Answer answer, post(client, endpoint(configuration, tenant, "token"),
                                             {{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                                              {"client_id", configuration.client_id},
                                              {"device_code", device_code.reveal()}}));
  if (answer.error == "authorization_pending") return Polled{};
  if (answer.error == "slow_down") return Polled{{}, true};
  if (answer.status >= 500) return base::unavailable("Entra ID does not answer just now.");
  if (!answer.error.empty()) return refusal(configuration, answer, device_code);
  Grant grant{base::Secret(get_text(answer.json, "refresh_token")), account_of(answer.json), {}};
  if (grant.token.empty()) {
    return base::upstream(
        "Entra ID answered without a refresh token, so that the sign-in would be over within the hour. The application "
        "needs the permission offline_access.");
  }
  return Polled{std::move(grant)};
}

}  // namespace oauth::entra
