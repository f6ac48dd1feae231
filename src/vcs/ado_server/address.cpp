#include "vcs/ado_server/address.h"

#include <algorithm>
#include <vector>

#include "base/strings.h"
#include "vcs/pasted_url.h"

namespace vcs::ado_server {
namespace {

constexpr std::string_view kOldHost = ".visualstudio.com";

// How many leading segments make up the collection. Pages below it start with an underscore: "_git", "_apis".
std::size_t collection_length(const PastedUrl& url) {
  const auto page = std::find_if(url.segments.begin(), url.segments.end(),
                                 [](const std::string& segment) { return segment.starts_with('_'); });
  const auto before_page = static_cast<std::size_t>(page - url.segments.begin());
  const bool has_tfs = before_page > 0 && base::equals_ignoring_case(url.segments[0], "tfs");
  if (has_tfs) return std::min<std::size_t>(before_page, 2);
  // Without a page behind it the second segment may be part of a longer virtual directory: keep what was typed.
  return page == url.segments.end() ? before_page : std::min<std::size_t>(before_page, 1);
}

base::Result<std::string> collection_url(std::string_view text, std::string_view pointer) {
  ASSIGN_OR_RETURN(const PastedUrl url, read_pasted_url(text, pointer));
  if (url.host.ends_with(kOldHost)) {
    return "https://dev.azure.com/" + url.host.substr(0, url.host.size() - kOldHost.size());
  }
  const bool is_services = url.host == "dev.azure.com";
  const std::size_t length = is_services ? std::min<std::size_t>(url.segments.size(), 1) : collection_length(url);
  const bool is_only_tfs = length == 1 && base::equals_ignoring_case(url.segments[0], "tfs");
  if (length == 0 || is_only_tfs) {
    return base::invalid(is_services ? "Add the organization: https://dev.azure.com/ORGANIZATION."
                                     : "Add the project collection to the URL, like " + url.text(length) +
                                           "/DefaultCollection: it is what the address bar shows before the project.",
                         std::string(pointer));
  }
  return url.text(length);
}

std::vector<std::string> segments_of(std::string_view text, std::string_view collection) {
  std::string path(base::trim(text));
  path = path.substr(0, path.find_first_of("?#"));
  if (path.starts_with(collection) && path.size() > collection.size()) path.erase(0, collection.size());
  std::vector<std::string> parts;
  for (const std::string& part : base::split(path, '/')) {
    if (!part.empty()) parts.push_back(base::url_decode(part).value_or(part));
  }
  return parts;
}

// Azure DevOps refuses these in names of projects and repositories; a leading '_' or '.' too.
bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 256 && name.front() != '_' && name != "." && name != ".." &&
         name.find_first_of("\\/:*?\"<>|#%{}") == std::string_view::npos &&
         std::none_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; });
}

}  // namespace

base::Status normalize(ProviderConfig& config) {
  const bool has_http = !base::trim(config.http_url).empty();
  const bool has_api = !base::trim(config.api_url).empty();
  const std::string http = has_http ? config.http_url : config.api_url;
  const std::string api = has_api ? config.api_url : config.http_url;
  ASSIGN_OR_RETURN(std::string http_url, collection_url(http, has_http || !has_api ? kHttpUrlPointer : kApiUrlPointer));
  ASSIGN_OR_RETURN(std::string api_url, collection_url(api, has_api ? kApiUrlPointer : kHttpUrlPointer));
  config.http_url = std::move(http_url);
  config.api_url = std::move(api_url);
  return {};
}

base::Result<RepositoryPath> read_path(std::string_view text, std::string_view collection_url) {
  std::vector<std::string> parts = segments_of(text, collection_url);
  if (!parts.empty() && parts[0] == "_git")
    parts.erase(parts.begin());
  else if (parts.size() == 3 && parts[1] == "_git")
    parts.erase(parts.begin() + 1);
  if (parts.size() == 1) parts.push_back(parts[0]);
  if (parts.size() == 2 && is_name(parts[0]) && is_name(parts[1])) return RepositoryPath{parts[0], parts[1]};
  return base::invalid("\"" + base::printable(text) +
                       "\" is not an Azure DevOps repository; write it as PROJECT/_git/REPOSITORY.");
}

}  // namespace vcs::ado_server
