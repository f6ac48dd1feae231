#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace crypto {

inline constexpr std::size_t kKeyBytes = 32;

// A fresh key from the operating system's generator.
base::Secret random_key();

// AES-256-GCM (NIST SP 800-38D) with a fresh random nonce of 96 bits. The result is nonce, ciphertext and a tag of
// 128 bits, one after the other. `associated` is authenticated, not kept. A key must not seal more than 2^32 times.
// `key` has kKeyBytes bytes. Throws std::bad_alloc if the library cannot work. Thread-safe.
std::string seal(const base::Secret& key, std::string_view plain, std::string_view associated);

// The plain bytes; kInternal if key, bytes or `associated` are not those of seal(). Says nothing about which.
base::Result<base::Secret> open(const base::Secret& key, std::string_view sealed, std::string_view associated);

}  // namespace crypto
