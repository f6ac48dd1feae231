#pragma once

#include "base/result.h"
#include "vcs/provider.h"

namespace vcs::github {

// "github.com/acme/infra" -> https://github.com and https://api.github.com; tenants: SUB.ghe.com, api.SUB.ghe.com. Any
// other host is refused with a pointer to the other kind, unless an API URL was given with it.
base::Status normalize_cloud(ProviderConfig& config);

// "ghe.corp", "https://ghe.corp/api/v3", "https://ghe.corp/acme/infra" -> https://ghe.corp and https://ghe.corp/api/v3.
base::Status normalize_enterprise(ProviderConfig& config);

}  // namespace vcs::github
