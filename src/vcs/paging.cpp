#include "vcs/paging.h"

#include "base/strings.h"
#include "net/outbound_policy.h"

namespace vcs {
namespace {

// One link-value, "<url>; rel=next; …": its url if the relation is "next".
std::string target_if_next(std::string_view link) {
  link = base::trim(link);
  const std::size_t end = link.find('>');
  if (!link.starts_with('<') || end == std::string_view::npos) return {};
  for (const std::string& parameter : base::split(link.substr(end + 1), ';')) {
    const std::string text = base::replace_all(base::to_lower(base::trim(parameter)), " ", "");
    if (text == "rel=\"next\"" || text == "rel=next") return std::string(link.substr(1, end - 1));
  }
  return {};
}

// Splits at the commas between link-values, not at those inside <>.
std::vector<std::string> link_values(std::string_view header) {
  std::vector<std::string> values(1);
  bool inside = false;
  for (const char c : header) {
    if (c == '<') inside = true;
    if (c == '>') inside = false;
    if (c == ',' && !inside)
      values.emplace_back();
    else
      values.back().push_back(c);
  }
  return values;
}

base::Error foreign(std::string_view url) {
  return base::upstream("The provider's answer points to a next page outside its own API (" +
                        base::printable(url.substr(0, url.find('?')), 120) +
                        "). The token is not sent there; is the provider behind a proxy that hides its public URL?");
}

}  // namespace

std::string next_link(const base::Headers& headers) {
  for (const auto& [name, value] : headers.fields()) {
    if (!base::equals_ignoring_case(name, "Link")) continue;
    for (const std::string& link : link_values(value)) {
      if (std::string target = target_if_next(link); !target.empty()) return target;
    }
  }
  return {};
}

base::Result<std::string> path_below(std::string_view base_url, std::string_view url) {
  ASSIGN_OR_RETURN(const net::Url home, net::parse_url(base_url));
  const bool is_relative = url.starts_with('/') && !url.starts_with("//");
  const auto target = net::parse_url(is_relative ? home.origin() + std::string(url) : std::string(url));
  if (!target || target->origin() != home.origin()) return foreign(url);
  const std::string prefix = home.path == "/" ? "" : home.path;
  const bool climbs = target->path.find("/../") != std::string::npos || target->path.ends_with("/..");
  if (!target->path.starts_with(prefix + "/") || climbs) return foreign(url);
  std::string path = target->path.substr(prefix.size());
  return target->query.empty() ? path : path + "?" + target->query;
}

base::Status PageGuard::enter(const std::string& page) {
  if (seen_.size() >= cap_) {
    return base::upstream("The provider's list has more than " + std::to_string(cap_) + " pages; we stop there.");
  }
  if (!seen_.insert(page).second) return base::upstream("The provider's list runs in a circle: a page came twice.");
  return {};
}

}  // namespace vcs
