#pragma once

#include <optional>
#include <string>

#include "base/clock.h"

namespace federation {

// A key that this server signs tokens with; its private half is in the vault. From its making until `leaves_at` it is
// in the published set.
struct Key {
  std::string id;                 // its thumbprint (RFC 7638), the token's "kid"
  std::string modulus, exponent;  // base64url, as a JWK has them
  base::Time created_at;
  base::Time signs_from;                // the newest whose time has come is the one that signs
  std::optional<base::Time> leaves_at;  // empty: no other follows it yet
};

enum class KeyState { kUpcoming, kSigning, kFormer };
const char* key_state_name(KeyState state);  // "upcoming"

}  // namespace federation
