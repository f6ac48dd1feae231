#pragma once

#include <memory>

#include "net/http_client.h"
#include "vcs/provider.h"

namespace vcs::bitbucket_cloud {

std::unique_ptr<Provider> make_provider(ProviderConfig config, net::HttpClient& client);

}  // namespace vcs::bitbucket_cloud
