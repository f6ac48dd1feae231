#include "vcs/pasted_url.h"

#include <algorithm>

#include "base/strings.h"
#include "net/outbound_policy.h"
#include "vcs/text.h"

namespace vcs {
namespace {

// The authority and path behind the scheme, without user-info.
std::string without_user_info(std::string_view rest) {
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::size_t at = rest.substr(0, slash).rfind('@');
  return std::string(at == std::string_view::npos ? rest : rest.substr(at + 1));
}

base::Error not_an_address(std::string_view text, std::string_view pointer, std::string_view why) {
  return base::invalid(
      "\"" + base::printable(without_user_info(text), 120) + "\" is not an address we can use: " + std::string(why),
      std::string(pointer));
}

std::string spaces_encoded(std::string_view text) { return base::replace_all(text, " ", "%20"); }

}  // namespace

std::string PastedUrl::text(std::size_t count) const {
  std::string out = origin;
  for (std::size_t i = 0; i < std::min(count, segments.size()); ++i) out += "/" + base::url_encode(segments[i]);
  return out;
}

std::size_t PastedUrl::index_of(std::string_view name) const {
  const auto found = std::find_if(segments.begin(), segments.end(), [&](const std::string& segment) {
    return base::equals_ignoring_case(segment, name);
  });
  return static_cast<std::size_t>(found - segments.begin());
}

base::Result<PastedUrl> read_pasted_url(std::string_view text, std::string_view pointer) {
  std::string_view rest = base::trim(text);
  if (rest.empty())
    return base::invalid("An address is needed here, like https://host.example.com.", std::string(pointer));
  rest = rest.substr(0, rest.find_first_of("?#"));
  std::string scheme = "https";
  if (const std::size_t colon = rest.find("://"); colon != std::string_view::npos) {
    scheme = base::to_lower(rest.substr(0, colon));
    rest.remove_prefix(colon + 3);
  }
  auto url = net::parse_url(spaces_encoded(scheme + "://" + without_user_info(rest)));
  if (!url) return not_an_address(rest, pointer, url.error().message);
  PastedUrl pasted{url->origin(), url->host, {}};
  for (const std::string& segment : base::split(url->path, '/')) {
    if (segment.empty()) continue;
    std::optional<std::string> decoded = base::url_decode(segment);
    if (!decoded || *decoded == "." || *decoded == ".." || decoded->find('/') != std::string::npos) {
      return not_an_address(rest, pointer, "its path is not well-formed.");
    }
    pasted.segments.push_back(*std::move(decoded));
  }
  return pasted;
}

std::string clean_clone_url(std::string_view url) {
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos) return {};
  return spaces_encoded(std::string(url.substr(0, colon + 3)) + without_user_info(url.substr(colon + 3)));
}

std::string clean_ssh_url(std::string_view url) {
  constexpr std::string_view kScheme = "ssh://";
  if (url.starts_with(kScheme)) {
    url.remove_prefix(kScheme.size());
    const bool has_user = url.substr(0, url.find('/')).find('@') != std::string_view::npos;
    return spaces_encoded(std::string(kScheme) + (has_user ? "" : "git@") + std::string(url));
  }
  if (url.find("://") != std::string_view::npos) return {};
  const std::size_t colon = url.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 >= url.size()) return {};
  std::string_view path = url.substr(colon + 1);
  while (path.starts_with('/')) path.remove_prefix(1);
  const std::string authority(url.substr(0, colon));
  const bool has_user = authority.find('@') != std::string::npos;
  return spaces_encoded(std::string(kScheme) + (has_user ? "" : "git@") + authority + "/" + std::string(path));
}

}  // namespace vcs
