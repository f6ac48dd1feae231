#include "providers/check_client.h"

#include <set>

#include "base/strings.h"
#include "crypto/ssh_key.h"
#include "net/http_client.h"

namespace providers {
namespace {

constexpr std::size_t kNameLimit = 255;
constexpr std::size_t kUrlLimit = 2'000;

std::string known_kinds(const vcs::Registry& registry) {
  std::vector<std::string> names;
  for (const auto& kind : registry.kinds()) names.push_back(kind.name);
  return base::join(names, ", ");
}

base::Result<const vcs::Kind*> known_kind(const std::string& name, const vcs::Registry& registry) {
  const std::string pointer = "/data/attributes/service-provider";
  if (name.empty()) {
    return base::invalid("service-provider is missing; this server knows: " + known_kinds(registry), pointer);
  }
  if (const auto* kind = registry.find(name)) return kind;
  return base::invalid(
      "service-provider '" + base::printable(name) + "' is not one this server knows: " + known_kinds(registry),
      pointer);
}

base::Status check_url(const std::string& text, const std::string& pointer, const net::OutboundPolicy& policy) {
  if (text.size() > kUrlLimit) return base::invalid("the URL is too long", pointer);
  auto status = [&]() -> base::Status {
    ASSIGN_OR_RETURN(const auto url, net::parse_url(text));
    return policy.check_url(url);
  }();
  if (!status && status.error().pointer.empty()) {
    auto error = std::move(status).error();
    error.pointer = pointer;
    return error;
  }
  return status;
}

// The product on your own machines is another kind than the service; the two differ in URLs and limits.
base::Status check_not_the_service(const vcs::Kind& kind, const std::string& http_url) {
  static const std::set<std::string> kHosts = {"github.com", "www.github.com", "api.github.com"};
  if (kind.name != "github_enterprise") return {};
  const auto url = net::parse_url(http_url);
  if (!url || !kHosts.contains(url->host)) return {};
  return base::invalid("github_enterprise is for a server of your own; for github.com use service-provider 'github'",
                       "/data/attributes/http-url");
}

base::Status check_urls(OAuthClient& client, const vcs::Kind& kind, const NewClient& typed,
                        const net::OutboundPolicy& policy) {
  vcs::ProviderConfig config;
  config.http_url = typed.http_url.empty() ? kind.default_http_url : typed.http_url;
  config.api_url = typed.api_url.empty() ? kind.default_api_url : typed.api_url;
  if (config.http_url.empty() && config.api_url.empty()) {
    return base::invalid("http-url is missing: the address of your " + kind.display_name, "/data/attributes/http-url");
  }
  RETURN_IF_ERROR(check_not_the_service(kind, config.http_url));
  RETURN_IF_ERROR(kind.normalize(config));
  RETURN_IF_ERROR(check_url(config.http_url, "/data/attributes/http-url", policy));
  RETURN_IF_ERROR(check_not_the_service(kind, config.http_url));
  RETURN_IF_ERROR(check_url(config.api_url, "/data/attributes/api-url", policy));
  client.http_url = config.http_url;
  client.api_url = config.api_url;
  return {};
}

}  // namespace

base::Status check_name(const std::string& name) {
  if (name.size() > kNameLimit) return base::invalid("name is longer than 255 bytes", "/data/attributes/name");
  for (const char character : name) {
    if (static_cast<unsigned char>(character) < 0x20U || character == 0x7F) {
      return base::invalid("name holds a control character", "/data/attributes/name");
    }
  }
  return {};
}

base::Status check_endpoint(const std::string& ca_bundle, const std::string& proxy) {
  if (!ca_bundle.empty()) {
    if (auto checked = net::check_ca_bundle(ca_bundle); !checked) {
      return base::invalid(checked.error().message, "/data/attributes/ca-bundle");
    }
  }
  if (!proxy.empty()) {
    if (auto url = net::parse_url(proxy); !url) {
      return base::invalid("proxy: " + url.error().message, "/data/attributes/proxy");
    }
  }
  return {};
}

base::Result<OAuthClient> check_new_client(const NewClient& typed, const vcs::Registry& registry,
                                           const net::OutboundPolicy& policy) {
  ASSIGN_OR_RETURN(const auto* kind, known_kind(typed.kind, registry));
  OAuthClient client;
  client.kind = kind->name;
  client.display_name = kind->display_name;
  RETURN_IF_ERROR(check_name(typed.name));
  RETURN_IF_ERROR(check_urls(client, *kind, typed, policy));
  RETURN_IF_ERROR(check_endpoint(typed.ca_bundle, typed.proxy));
  client.name = typed.name;
  client.key = typed.key;
  client.rsa_public_key = typed.rsa_public_key;
  client.ado_org_name = typed.ado_org_name;
  client.ca_bundle = typed.ca_bundle;
  client.proxy = typed.proxy;
  client.no_proxy = typed.no_proxy;
  client.organization_scoped = typed.organization_scoped;
  for (const auto& project : typed.projects) client.projects.emplace_back(project);
  return client;
}

base::Result<CheckedKey> check_private_key(const base::Secret& key, const std::string& pointer) {
  auto read = crypto::SshKey::import(key);
  if (!read) return base::invalid("Ssh key is invalid: " + read.error().message, pointer);
  return CheckedKey{read->private_text(), read->fingerprint()};
}

}  // namespace providers
