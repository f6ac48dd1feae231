#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "vcs/provider.h"

namespace vcs::bitbucket_data_center {

// The server's base from any URL below it ("https://bb.corp/bitbucket/projects/K/repos/s/browse"), and its API,
// <base>/rest/api/1.0.
base::Status normalize(ProviderConfig& config);

// A repository's project key ("KEY", or "~user" for a personal one) and slug.
struct RepositoryPath {
  std::string project, slug;
  std::string text() const { return project + "/" + slug; }
};

// From "KEY/slug", "~user/slug", or a pasted page or clone URL. kInvalid if it is none of these.
base::Result<RepositoryPath> read_path(std::string_view text);

}  // namespace vcs::bitbucket_data_center
