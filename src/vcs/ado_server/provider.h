#pragma once

#include <memory>

#include "net/http_client.h"
#include "vcs/provider.h"

namespace vcs::ado_server {

std::unique_ptr<Provider> make_provider(ProviderConfig config, net::HttpClient& client);

}  // namespace vcs::ado_server
