#include "vcs/bitbucket_cloud/address.h"

#include <algorithm>

#include "base/strings.h"
#include "vcs/pasted_url.h"

namespace vcs::bitbucket_cloud {
namespace {

constexpr const char* kHttp = "https://bitbucket.org";
constexpr const char* kApi = "https://api.bitbucket.org/2.0";

bool is_bitbucket_org(std::string_view host) {
  return host == "bitbucket.org" || host == "www.bitbucket.org" || host == "api.bitbucket.org";
}

// A workspace or repository: its slug, or its UUID in braces.
bool is_name(std::string_view part) {
  return !part.empty() && part.size() <= 128 && part != "." && part != ".." &&
         std::all_of(part.begin(), part.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("-_.{}").find(c) != std::string_view::npos;
         });
}

}  // namespace

base::Status normalize(ProviderConfig& config) {
  if (base::trim(config.http_url).empty()) config.http_url = kHttp;
  if (base::trim(config.api_url).empty()) config.api_url = kApi;
  ASSIGN_OR_RETURN(const PastedUrl http, read_pasted_url(config.http_url, kHttpUrlPointer));
  ASSIGN_OR_RETURN(const PastedUrl api, read_pasted_url(config.api_url, kApiUrlPointer));
  if (is_bitbucket_org(http.host)) {
    const bool names_workspace = http.host != "api.bitbucket.org" && !http.segments.empty();
    config.http_url = names_workspace ? kHttp + ("/" + base::url_encode(http.segments[0])) : kHttp;
    config.api_url = kApi;
    return {};
  }
  if (is_bitbucket_org(api.host)) {
    return base::invalid("\"" + http.host +
                             "\" is not bitbucket.org. For your own Bitbucket choose the provider kind "
                             "bitbucket_data_center.",
                         std::string(kHttpUrlPointer));
  }
  config.http_url = http.text(1);
  config.api_url = api.text();
  return {};
}

Site site_of(std::string_view http_url) {
  const std::size_t scheme = http_url.find("://");
  const std::size_t slash = scheme == std::string_view::npos ? scheme : http_url.find('/', scheme + 3);
  if (slash == std::string_view::npos) return {std::string(http_url), {}};
  return {std::string(http_url.substr(0, slash)), base::url_decode(http_url.substr(slash + 1)).value_or("")};
}

base::Result<std::string> read_path(std::string_view text) {
  std::string_view path = base::trim(text);
  const bool is_url = path.find("://") != std::string_view::npos;
  if (is_url) path = path.substr(path.find("://") + 3);
  std::vector<std::string> parts = base::split(path.substr(0, path.find_first_of("?#")), '/');
  std::erase(parts, std::string());
  if (is_url && !parts.empty()) parts.erase(parts.begin());
  if (is_url && parts.size() > 2) parts.resize(2);  // …/src/main
  if (parts.size() == 2 && parts[1].ends_with(".git")) parts[1].resize(parts[1].size() - 4);
  if (parts.size() == 2 && is_name(parts[0]) && is_name(parts[1])) return parts[0] + "/" + parts[1];
  return base::invalid("\"" + base::printable(text) +
                       "\" is not a Bitbucket repository; write it as workspace/repository.");
}

}  // namespace vcs::bitbucket_cloud
