#pragma once

#include <string_view>

namespace crypto {

// Whether both are the same, in a time that tells nothing about where they differ or how long either is: digests of
// equal length are compared (CRYPTO_memcmp over SHA-256 of each). Thread-safe.
bool equal(std::string_view a, std::string_view b);

}  // namespace crypto
