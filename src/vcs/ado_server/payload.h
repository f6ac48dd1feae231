#pragma once

#include <string_view>

#include "base/headers.h"
#include "base/result.h"
#include "base/secret.h"
#include "vcs/kind.h"

namespace vcs::ado_server {

// The user name our subscriptions give to the server.
inline constexpr std::string_view kDeliveryUser = "runbridge";

// Azure DevOps cannot sign: proof is Basic authentication with the hook's secret. The delivery id is subscriptionId and
// notificationId of the body; test events have none.
base::Result<Verified> verify_delivery(const base::Headers& headers, std::string_view body, const base::Secret& secret);
// https://learn.microsoft.com/azure/devops/service-hooks/events
base::Result<Parsed> parse(const base::Headers& headers, std::string_view body);

}  // namespace vcs::ado_server
