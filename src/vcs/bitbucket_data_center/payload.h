#pragma once

#include <string_view>

#include "base/headers.h"
#include "base/result.h"
#include "base/secret.h"
#include "vcs/kind.h"

namespace vcs::bitbucket_data_center {

// X-Hub-Signature: sha256=<hex> over the raw body. The server does not sign its connection test: an unsigned
// "diagnostics:ping" whose body is {"test": true} and nothing else is let through, and starts nothing.
base::Result<Verified> verify_delivery(const base::Headers& headers, std::string_view body, const base::Secret& secret);
// https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html
base::Result<Parsed> parse(const base::Headers& headers, std::string_view body);

}  // namespace vcs::bitbucket_data_center
