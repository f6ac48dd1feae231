#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/headers.h"
#include "base/result.h"

// Walking lists that a provider hands out page by page. Where the next page is, is the provider's word: it must lie
// below the API base the token belongs to, may not repeat, and a walk ends at a cap.
namespace vcs {

// The target of `Link: <…>; rel="next"` (RFC 8288), empty if there is none.
std::string next_link(const base::Headers& headers);

// The part of `url` behind `base_url`, with its query; a relative `url` is taken from the base's origin. kUpstream if
// it has another origin or lies outside the base: the token must not travel there.
base::Result<std::string> path_below(std::string_view base_url, std::string_view url);

// Refuses the page that was already seen and the one beyond the cap.
class PageGuard {
 public:
  explicit PageGuard(std::size_t cap = 100) : cap_(cap) {}
  base::Status enter(const std::string& page);  // kUpstream

 private:
  std::size_t cap_;
  std::set<std::string> seen_;
};

}  // namespace vcs
