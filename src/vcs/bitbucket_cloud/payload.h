#pragma once

#include <string_view>

#include "base/headers.h"
#include "base/result.h"
#include "base/secret.h"
#include "vcs/kind.h"

namespace vcs::bitbucket_cloud {

// X-Hub-Signature: sha256=<hex> over the raw body (the header's name is GitHub's old one, the digest is not).
base::Result<Verified> verify_delivery(const base::Headers& headers, std::string_view body, const base::Secret& secret);
// https://support.atlassian.com/bitbucket-cloud/docs/event-payloads
base::Result<Parsed> parse(const base::Headers& headers, std::string_view body);

}  // namespace vcs::bitbucket_cloud
