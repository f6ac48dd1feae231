#pragma once

#include <memory>

#include "catalogue/catalogue.h"
#include "connections/account.h"
#include "connections/options.h"
#include "connections/verification.h"
#include "federation/issuer.h"
#include "net/outbound_policy.h"

namespace app {

// How service connections are verified: by probes::verify, under the server's outbound rules. What is passed must
// outlive the result.
connections::Prober make_prober(std::shared_ptr<const catalogue::Catalogue> catalogue,
                                const net::OutboundPolicy& policy, federation::Issuer& issuer);
// What is fetched when a run starts: by the steps of a verification that capture it.
connections::Fetcher make_fetcher(std::shared_ptr<const catalogue::Catalogue> catalogue,
                                  const net::OutboundPolicy& policy, federation::Issuer& issuer);
// Choices of forms that services are asked for.
connections::Lister make_lister(std::shared_ptr<const catalogue::Catalogue> catalogue,
                                const net::OutboundPolicy& policy, federation::Issuer& issuer);
// Accounts that connections get at their services.
connections::Accounts make_accounts(std::shared_ptr<const catalogue::Catalogue> catalogue,
                                    const net::OutboundPolicy& policy, federation::Issuer& issuer);

}  // namespace app
