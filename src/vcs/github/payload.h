#pragma once

#include <string_view>

#include "base/headers.h"
#include "base/result.h"
#include "base/secret.h"
#include "vcs/kind.h"

namespace vcs::github {

// X-Hub-Signature-256 over the raw body; the SHA-1 header is not looked at.
base::Result<Verified> verify_delivery(const base::Headers& headers, std::string_view body, const base::Secret& secret);
// https://docs.github.com/webhooks/webhook-events-and-payloads
base::Result<Parsed> parse(const base::Headers& headers, std::string_view body);

}  // namespace vcs::github
