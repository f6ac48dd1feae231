#pragma once

#include <memory>

#include "net/http_client.h"
#include "vcs/provider.h"

namespace vcs::github {

// For both kinds: they differ in addresses only.
std::unique_ptr<Provider> make_provider(ProviderConfig config, net::HttpClient& client);

}  // namespace vcs::github
