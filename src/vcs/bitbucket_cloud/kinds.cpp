#include "vcs/bitbucket_cloud/kinds.h"

#include "vcs/bitbucket_cloud/address.h"
#include "vcs/bitbucket_cloud/payload.h"
#include "vcs/bitbucket_cloud/provider.h"

namespace vcs::bitbucket_cloud {

std::vector<Kind> kinds() {
  Kind kind;
  kind.name = "bitbucket_hosted";
  kind.display_name = "Bitbucket Cloud";
  kind.capabilities.has_vcs_organizations = true;
  kind.default_http_url = "https://bitbucket.org";
  kind.default_api_url = "https://api.bitbucket.org/2.0";
  kind.credential_hint =
      "EMAIL:TOKEN with an API token of your Atlassian account (scopes: read user and workspace; read and write "
      "repository and pullrequest; read, write and delete webhook), or a repository, project or workspace access token "
      "with repository, pullrequest:write and webhook, and the workspace in the HTTP URL "
      "(https://bitbucket.org/WORKSPACE).";
  kind.configuration_source = "bitbucket";
  kind.normalize = normalize;
  kind.make = make_provider;
  kind.verify_delivery = verify_delivery;
  kind.parse = parse;
  return {std::move(kind)};
}

}  // namespace vcs::bitbucket_cloud
