#include "vcs/signature.h"

#include <optional>
#include <string>

#include "base/strings.h"
#include "crypto/equal.h"
#include "crypto/hash.h"

namespace vcs {
namespace {

base::Error not_proven(std::string message) { return base::unauthorized(std::move(message)); }

}  // namespace

base::Result<std::string_view> single_header(const base::Headers& headers, std::string_view name) {
  if (headers.count(name) > 1) return base::malformed("The header " + std::string(name) + " came more than once.");
  return headers.get_or(name);
}

base::Status verify_hmac_sha256(const base::Headers& headers, std::string_view header, std::string_view body,
                                const base::Secret& secret) {
  constexpr std::string_view kScheme = "sha256=";
  constexpr std::size_t kDigestBytes = 32;
  ASSIGN_OR_RETURN(const std::string_view value, single_header(headers, header));
  if (secret.empty()) return not_proven("This hook has no secret, so no delivery can be proven.");
  if (value.empty()) return not_proven("The delivery has no " + std::string(header) + " header.");
  if (!value.starts_with(kScheme)) return not_proven("The signature is not of the form sha256=<hex>.");
  const std::optional<std::string> given = base::from_hex(value.substr(kScheme.size()));
  if (!given || given->size() != kDigestBytes) return not_proven("The signature is not 64 hex characters.");
  if (!crypto::equal(*given, crypto::hmac_sha256(secret.reveal(), body))) {
    return not_proven("The signature does not match this body and the hook's secret.");
  }
  return {};
}

base::Status verify_basic(const base::Headers& headers, std::string_view username, const base::Secret& secret) {
  constexpr std::string_view kScheme = "basic ";
  ASSIGN_OR_RETURN(const std::string_view value, single_header(headers, "Authorization"));
  if (secret.empty()) return not_proven("This hook has no secret, so no delivery can be proven.");
  if (value.empty()) return not_proven("The delivery has no Authorization header.");
  if (base::to_lower(value.substr(0, kScheme.size())) != kScheme) {
    return not_proven("The Authorization header is not of the Basic scheme.");
  }
  std::optional<std::string> decoded = base::from_base64(base::trim(value.substr(kScheme.size())));
  if (!decoded) return not_proven("The Authorization header is not well-formed Basic authentication.");
  const base::Secret given(*std::move(decoded));
  const base::Secret expected(std::string(username) + ":" + secret.reveal());
  if (!crypto::equal(given.reveal(), expected.reveal())) {
    return not_proven("The user name or password of the delivery is not this hook's.");
  }
  return {};
}

}  // namespace vcs
