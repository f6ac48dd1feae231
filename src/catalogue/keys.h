#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace catalogue {

// Certificates and private keys as people paste them: PEM (RFC 7468), or Base64 of DER, PEM or PKCS#12 (RFC 7292).
// Nothing here fails with a text of the input in a message.

// Labels of the PEM blocks in order; empty if a block is not closed or has another label at its end.
std::vector<std::string> pem_labels(std::string_view text);

// Whether every certificate in the PEM text can be read, and there is one.
bool has_certificates(std::string_view pem);
// "RSA", "EC", "ED25519", … of the PEM text's first private key without a passphrase; empty if it cannot be read.
std::string private_key_type(std::string_view pem);
// Whether the first private key belongs to the first certificate. The two may be one text.
bool key_belongs_to_certificate(std::string_view key_pem, std::string_view certificate_pem);

// Decodes Base64 with line breaks and spaces in it.
std::string lenient_base64(std::string_view text);  // empty if it is not Base64

// A certificate as PEM, from PEM, Base64 of PEM, or Base64 of DER. What is none of these comes back as it is.
std::string certificate_as_pem(std::string_view text);

enum class PfxProblem { kNone, kNotBase64, kNotPfx, kPassword, kNoKey };
PfxProblem problem_of_pfx(std::string_view base64, std::string_view password);

// Certificate, key and chain of a Base64 PFX as PEM; the key without a passphrase. Old ciphers are read too.
base::Result<std::string> pem_of_pfx(std::string_view base64, std::string_view password);
// A PKCS#12 file without a password (its MAC is made with the empty one) of a PEM text with certificate and key.
base::Result<std::string> pfx_of_pem(std::string_view pem);

}  // namespace catalogue
