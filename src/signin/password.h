#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace signin {

inline constexpr std::size_t kShortestPassword = 8;
inline constexpr std::size_t kLongestPassword = 1000;  // bytes; none is ever cut

// The cost of one hash: Argon2id (RFC 9106) with the second setting of OWASP's Password Storage Cheat Sheet. A stored
// hash names its own cost, so these may be raised: the next sign-in writes the hash anew.
struct PasswordCost {
  unsigned memory_kib = 19U * 1024U;
  unsigned passes = 2;
  unsigned lanes = 1;
};

// "$argon2id$v=19$m=…": salt of 16 bytes, tag of 32. At most four hashes run at once in the process, for their memory;
// others wait. Thread-safe.
std::string hash_password(const base::Secret& password, const PasswordCost& cost = {});

// Whether it is the password of this hash. Takes as long for the text that nobody_s_hash() gives as for a user's.
bool is_password(const base::Secret& password, const std::string& hash);
const std::string& nobody_s_hash();

// True if the hash was made at another cost than today's.
bool needs_rehash(std::string_view hash, const PasswordCost& cost = {});

// kInvalid at /data/attributes/password: shorter than 8 or longer than 1000 bytes, one of the passwords that are tried
// first (a common word with the usual changes of letters and digits around it, a row of keys, a repetition), or made
// of the words given (user name, e-mail address).
base::Status check_password(const base::Secret& password, const std::vector<std::string>& own_words = {});

}  // namespace signin
