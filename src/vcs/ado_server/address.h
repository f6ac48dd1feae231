#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "vcs/provider.h"

namespace vcs::ado_server {

// The collection URL, which is both the address for people and the API base, from any URL below it:
//   https://host/tfs/Coll[/Project[/_git/repo]], https://host/Coll/_git/repo, https://dev.azure.com/ORG/…,
//   https://ORG.visualstudio.com/…
// kInvalid if no collection is named.
base::Status normalize(ProviderConfig& config);

// "Project/_git/repo", the path we keep. Names hold spaces as they are.
struct RepositoryPath {
  std::string project, repository;
  std::string text() const { return project + "/_git/" + repository; }
};

// From "Project/_git/repo", "_git/repo" or "repo" (a repository named as its project), "Project/repo", or the pasted
// URL of the repository. kInvalid if it is none of these.
base::Result<RepositoryPath> read_path(std::string_view text, std::string_view collection_url);

}  // namespace vcs::ado_server
