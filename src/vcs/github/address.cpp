#include "vcs/github/address.h"

#include "base/strings.h"
#include "vcs/pasted_url.h"

namespace vcs::github {
namespace {

// "api.SUB.ghe.com" and "SUB.ghe.com" -> "SUB.ghe.com"; empty for any other host.
std::string tenant_of(std::string_view host) {
  if (host.starts_with("api.")) host.remove_prefix(4);
  return host.ends_with(".ghe.com") ? std::string(host) : std::string();
}

bool is_github_com(std::string_view host) {
  return host == "github.com" || host == "www.github.com" || host == "api.github.com";
}

// The root of a server from any URL below it: all before "/api" or, without it, the host.
std::string server_root(const PastedUrl& pasted) {
  const std::size_t api = pasted.index_of("api");
  return api < pasted.segments.size() ? pasted.text(api) : pasted.origin;
}

}  // namespace

base::Status normalize_cloud(ProviderConfig& config) {
  if (base::trim(config.http_url).empty()) config.http_url = "https://github.com";
  ASSIGN_OR_RETURN(const PastedUrl http, read_pasted_url(config.http_url, kHttpUrlPointer));
  if (is_github_com(http.host)) {
    config.http_url = "https://github.com";
    config.api_url = "https://api.github.com";
    return {};
  }
  if (const std::string tenant = tenant_of(http.host); !tenant.empty()) {
    config.http_url = "https://" + tenant;
    config.api_url = "https://api." + tenant;
    return {};
  }
  const bool has_api = !base::trim(config.api_url).empty();
  ASSIGN_OR_RETURN(const PastedUrl api,
                   read_pasted_url(has_api ? config.api_url : "https://api.github.com", kApiUrlPointer));
  if (is_github_com(api.host)) {
    return base::invalid("\"" + http.host +
                             "\" is not github.com. For your own GitHub Enterprise Server choose the "
                             "provider kind github_enterprise.",
                         std::string(kHttpUrlPointer));
  }
  config.http_url = http.text();
  config.api_url = api.text();
  return {};
}

base::Status normalize_enterprise(ProviderConfig& config) {
  const bool has_http = !base::trim(config.http_url).empty();
  const std::string& given = has_http ? config.http_url : config.api_url;
  const std::string_view pointer = has_http ? kHttpUrlPointer : kApiUrlPointer;
  ASSIGN_OR_RETURN(const PastedUrl http, read_pasted_url(given, pointer));
  if (is_github_com(http.host) || !tenant_of(http.host).empty()) {
    return base::invalid("\"" + http.host + "\" is GitHub's own service: choose the provider kind github.",
                         std::string(pointer));
  }
  std::string api_url = server_root(http) + "/api/v3";
  if (has_http && !base::trim(config.api_url).empty()) {
    ASSIGN_OR_RETURN(const PastedUrl api, read_pasted_url(config.api_url, kApiUrlPointer));
    api_url = server_root(api) + "/api/v3";
  }
  config.http_url = server_root(http);
  config.api_url = std::move(api_url);
  return {};
}

}  // namespace vcs::github
