#pragma once

#include <memory>

#include "net/http_client.h"
#include "vcs/provider.h"

namespace vcs::bitbucket_data_center {

std::unique_ptr<Provider> make_provider(ProviderConfig config, net::HttpClient& client);

}  // namespace vcs::bitbucket_data_center
