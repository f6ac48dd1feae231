#include "app/sign_on_settings.h"

#include "base/file.h"
#include "base/strings.h"

namespace app {
namespace {

constexpr std::size_t kLongestSecret = 4096;
constexpr std::size_t kLongestBundle = std::size_t{256} << 10U;

base::Result<std::string> file_of(const char* setting, const std::filesystem::path& path, std::size_t limit) {
  auto text = base::read_file(path, limit);
  if (!text) return base::invalid(std::string(setting) + " " + path.string() + ": " + text.error().message);
  return text;
}

}  // namespace

base::Result<signin::SignOnSettings> sign_on_settings(const config::OpenId& openid) {
  using Strangers = signin::SignOnSettings::Strangers;
  signin::SignOnSettings settings;
  settings.provider.issuer = openid.issuer;
  settings.provider.client_id = openid.client_id;
  settings.provider.client_secret = openid.client_secret;
  if (!openid.client_secret_file.empty()) {
    ASSIGN_OR_RETURN(const auto text, file_of("oidc-client-secret-file", openid.client_secret_file, kLongestSecret));
    settings.provider.client_secret = base::Secret(std::string(base::trim(text)));
    if (settings.provider.client_secret.empty()) {
      return base::invalid("oidc-client-secret-file " + openid.client_secret_file.string() + " is empty");
    }
  }
  if (!openid.ca_file.empty()) {
    ASSIGN_OR_RETURN(settings.provider.ca_bundle, file_of("oidc-ca-file", openid.ca_file, kLongestBundle));
    if (const auto good = net::check_ca_bundle(settings.provider.ca_bundle); !good) {
      return base::invalid("oidc-ca-file " + openid.ca_file.string() + ": " + good.error().message);
    }
  }
  settings.name = openid.name;
  if (openid.users == "email") settings.strangers = Strangers::kFoundByEmail;
  if (openid.users == "create") settings.strangers = Strangers::kCreated;
  settings.email_domains = openid.email_domains;
  return settings;
}

}  // namespace app
