#include "vcs/bitbucket_data_center/kinds.h"

#include "vcs/bitbucket_data_center/address.h"
#include "vcs/bitbucket_data_center/payload.h"
#include "vcs/bitbucket_data_center/provider.h"

namespace vcs::bitbucket_data_center {

std::vector<Kind> kinds() {
  Kind kind;
  kind.name = "bitbucket_data_center";
  kind.display_name = "Bitbucket Data Center";
  kind.capabilities.has_vcs_organizations = true;
  kind.credential_hint =
      "An HTTP access token with Repository admin permission (it installs the webhooks), of a user who administers the "
      "repositories to connect.";
  kind.configuration_source = "bitbucket";
  kind.normalize = normalize;
  kind.make = make_provider;
  kind.verify_delivery = verify_delivery;
  kind.parse = parse;
  return {std::move(kind)};
}

}  // namespace vcs::bitbucket_data_center
