#include "vcs/ado_server/kinds.h"

#include "vcs/ado_server/address.h"
#include "vcs/ado_server/payload.h"
#include "vcs/ado_server/provider.h"

namespace vcs::ado_server {

std::vector<Kind> kinds() {
  Kind kind;
  kind.name = "ado_server";
  kind.display_name = "Azure DevOps Server";
  kind.capabilities.pull_request_status = true;
  kind.capabilities.signed_deliveries = false;
  kind.capabilities.rsa_keys_only = true;
  kind.credential_hint =
      "A personal access token of this server with the scopes Code: read and Code: status. Its owner needs \"View "
      "subscriptions\" and \"Edit subscriptions\" in the projects, as Project Administrators have.";
  kind.configuration_source = "ado";
  kind.normalize = normalize;
  kind.make = make_provider;
  kind.verify_delivery = verify_delivery;
  kind.parse = parse;
  return {std::move(kind)};
}

}  // namespace vcs::ado_server
