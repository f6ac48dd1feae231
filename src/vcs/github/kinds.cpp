#include "vcs/github/kinds.h"

#include "vcs/github/address.h"
#include "vcs/github/payload.h"
#include "vcs/github/provider.h"

namespace vcs::github {
namespace {

Kind common() {
  Kind kind;
  kind.capabilities.token_expiry_known = true;
  kind.capabilities.has_vcs_organizations = true;
  kind.credential_hint =
      "A personal access token: classic with the scopes repo and admin:repo_hook, or fine-grained with Metadata and "
      "Contents: read, Webhooks, Commit statuses and Pull requests: read and write.";
  kind.configuration_source = "github";
  kind.make = make_provider;
  kind.verify_delivery = verify_delivery;
  kind.parse = parse;
  return kind;
}

}  // namespace

std::vector<Kind> kinds() {
  Kind cloud = common();
  cloud.name = "github";
  cloud.display_name = "GitHub";
  cloud.default_http_url = "https://github.com";
  cloud.default_api_url = "https://api.github.com";
  cloud.normalize = normalize_cloud;

  Kind enterprise = common();
  enterprise.name = "github_enterprise";
  enterprise.display_name = "GitHub Enterprise Server";
  enterprise.normalize = normalize_enterprise;
  return {std::move(cloud), std::move(enterprise)};
}

}  // namespace vcs::github
