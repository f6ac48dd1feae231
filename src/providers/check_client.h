#pragma once

#include <vector>

#include "base/result.h"
#include "net/outbound_policy.h"
#include "providers/client.h"
#include "vcs/kind.h"

namespace providers {

// Brings a registration into the form that is stored, or tells everything that is wrong with it. Asks no host.
base::Result<OAuthClient> check_new_client(const NewClient& typed, const vcs::Registry& registry,
                                           const net::OutboundPolicy& policy);
// The parts a PATCH may bring as well.
base::Status check_endpoint(const std::string& ca_bundle, const std::string& proxy);
base::Status check_name(const std::string& name);

// The private key in the form we store, with its fingerprint. kInvalid "Ssh key is invalid: …" with `pointer`.
struct CheckedKey {
  base::Secret text;
  std::string fingerprint;
};
base::Result<CheckedKey> check_private_key(const base::Secret& key, const std::string& pointer);

}  // namespace providers
