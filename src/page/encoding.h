#pragma once

#include <string_view>

namespace page {

// Whether a value of Accept-Encoding allows a coding ("gzip", "br"): named with a weight above 0, or not named and
// "*" is (RFC 9110 section 12.5.3). No field at all allows the identity only, which is always right to send.
bool accepts_encoding(std::string_view accept_encoding, std::string_view coding);

}  // namespace page
