#pragma once

#include <string_view>

#include "base/headers.h"
#include "base/result.h"
#include "base/secret.h"

// Proofs that a delivery comes from who knows the hook's secret. All compare in constant time. Errors: kUnauthorized
// when not proven (also when no secret is set: nothing is ever accepted unsigned), kMalformed for repeated headers.
namespace vcs {

// The only value of a header, empty if it is not there; kMalformed if it came more than once.
base::Result<std::string_view> single_header(const base::Headers& headers, std::string_view name);

// `header: sha256=<hex>` is the HMAC-SHA256 of the raw body (GitHub, Bitbucket). Hex in either case; any other scheme
// is refused.
base::Status verify_hmac_sha256(const base::Headers& headers, std::string_view header, std::string_view body,
                                const base::Secret& secret);

// `Authorization: Basic` with this user name and the secret as password (Azure DevOps, which cannot sign).
base::Status verify_basic(const base::Headers& headers, std::string_view username, const base::Secret& secret);

}  // namespace vcs
