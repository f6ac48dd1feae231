#pragma once

#include <string_view>

#include "catalogue/type.h"

namespace catalogue {

// Whether this server vouches for connections of the scheme with tokens of its own (the step "issue_oidc_token").
// Such a connection has an issuer and a subject, and the server sets both: see is_identity.
bool has_identity(const Scheme& scheme);
inline constexpr std::string_view kIssuer = "issuer";
inline constexpr std::string_view kSubject = "subject";
bool is_identity(const Scheme& scheme, std::string_view parameter);

}  // namespace catalogue
