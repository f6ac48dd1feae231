#include "vcs/bitbucket_data_center/address.h"

#include <algorithm>
#include <vector>

#include "base/strings.h"
#include "vcs/pasted_url.h"

namespace vcs::bitbucket_data_center {
namespace {

// First segments of the server's own pages; what stands before them is the context path.
constexpr const char* kPages[] = {
    "projects", "users",   "scm",   "rest",    "repos",           "dashboard", "login",
    "account",  "profile", "admin", "plugins", "getting-started", "mvc",       "j_atl_security_check"};

base::Result<std::string> server_base(std::string_view text, std::string_view pointer) {
  ASSIGN_OR_RETURN(const PastedUrl url, read_pasted_url(text, pointer));
  if (url.host == "bitbucket.org" || url.host == "api.bitbucket.org") {
    return base::invalid("\"" + url.host + "\" is Bitbucket Cloud: choose the provider kind bitbucket_hosted.",
                         std::string(pointer));
  }
  std::size_t length = url.segments.size();
  for (const char* page : kPages) length = std::min(length, url.index_of(page));
  return url.text(length);
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("-_.~").find(c) != std::string_view::npos;
         });
}

// The segments behind the first one called `name`.
std::vector<std::string> behind(const std::vector<std::string>& parts, std::string_view name) {
  const auto found = std::find(parts.begin(), parts.end(), name);
  return found == parts.end() ? std::vector<std::string>() : std::vector<std::string>(found + 1, parts.end());
}

// Of a pasted URL: …/projects/KEY/repos/slug/…, …/users/name/repos/slug/…, …/scm/key/slug.git
std::vector<std::string> project_and_slug(const std::vector<std::string>& parts) {
  if (const auto page = behind(parts, "projects"); page.size() >= 3 && page[1] == "repos") return {page[0], page[2]};
  if (const auto page = behind(parts, "users"); page.size() >= 3 && page[1] == "repos") return {"~" + page[0], page[2]};
  if (const auto clone = behind(parts, "scm"); clone.size() >= 2) return {clone[0], clone[1]};
  return parts;
}

}  // namespace

base::Status normalize(ProviderConfig& config) {
  const bool has_http = !base::trim(config.http_url).empty();
  const bool has_api = !base::trim(config.api_url).empty();
  const std::string_view pointer = has_http || !has_api ? kHttpUrlPointer : kApiUrlPointer;
  ASSIGN_OR_RETURN(std::string http_url, server_base(has_http ? config.http_url : config.api_url, pointer));
  std::string api_base = http_url;
  if (has_api) {
    ASSIGN_OR_RETURN(api_base, server_base(config.api_url, kApiUrlPointer));
  }
  config.http_url = std::move(http_url);
  config.api_url = api_base + "/rest/api/1.0";
  return {};
}

base::Result<RepositoryPath> read_path(std::string_view text) {
  std::string_view path = base::trim(text);
  if (const std::size_t scheme = path.find("://"); scheme != std::string_view::npos) path.remove_prefix(scheme + 3);
  std::vector<std::string> parts = base::split(path.substr(0, path.find_first_of("?#")), '/');
  std::erase(parts, std::string());
  parts = project_and_slug(parts);
  if (parts.size() == 2 && parts[1].ends_with(".git")) parts[1].resize(parts[1].size() - 4);
  if (parts.size() == 2 && is_name(parts[0]) && is_name(parts[1])) return RepositoryPath{parts[0], parts[1]};
  return base::invalid("\"" + base::printable(text) +
                       "\" is not a Bitbucket repository; write it as PROJECT/repository.");
}

}  // namespace vcs::bitbucket_data_center
