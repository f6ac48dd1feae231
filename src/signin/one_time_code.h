#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"

// Time-based one-time passwords (RFC 6238) as every authenticator app knows them: HMAC-SHA-1, steps of 30 seconds,
// six digits. Pure functions.
namespace signin {

std::int64_t code_step(base::Time time);
// The code of one step; `secret` is the raw key.
std::string one_time_code(const base::Secret& secret, std::int64_t step);

// The step whose code this is: the current one or a neighbour, for clocks that are off by up to half a minute more.
// Nothing if it is none of these, or not newer than `last_step`: each code works once.
std::optional<std::int64_t> accepted_step(const base::Secret& secret, std::string_view code, base::Time now,
                                          std::int64_t last_step);

// 20 random bytes, as RFC 4226 section 4 asks.
base::Secret make_code_secret();
std::string to_base32(std::string_view bytes);  // RFC 4648 section 6, without padding
// otpauth://totp/…, what the QR code shows (https://github.com/google/google-authenticator/wiki/Key-Uri-Format).
base::Secret otpauth_url(const base::Secret& secret, std::string_view issuer, std::string_view account);

// Ten codes of 80 bits for the day the phone is lost: "k3f9d-2mwq7-…".
std::vector<base::Secret> make_recovery_codes();
// What is stored of one. Case, spaces and dashes do not matter.
std::string recovery_hash(std::string_view code);

}  // namespace signin
