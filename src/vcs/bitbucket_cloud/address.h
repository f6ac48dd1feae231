#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "vcs/provider.h"

namespace vcs::bitbucket_cloud {

// https://bitbucket.org and https://api.bitbucket.org/2.0. A workspace in the HTTP URL ("https://bitbucket.org/acme")
// is kept: access tokens cannot list workspaces, so they need to be told theirs.
base::Status normalize(ProviderConfig& config);

// The host part of an HTTP URL, and the workspace if it names one.
struct Site {
  std::string origin, workspace;
};
Site site_of(std::string_view http_url);

// "acme/infra" from that or the repository's pasted URL; kInvalid if it is none.
base::Result<std::string> read_path(std::string_view text);

}  // namespace vcs::bitbucket_cloud
