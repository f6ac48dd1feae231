#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

// Certificates and keys as people paste them: PEM, PKCS#12 or Base64 of either.
namespace probes {

struct Identity {
  std::string certificate;  // PEM, with the chain that came with it
  base::Secret key;         // PEM (PKCS#8), without passphrase; empty if there was none
  base::Time not_after;
};

// The first certificate of a PEM text, or of Base64 of DER. Stage kInput.
base::Result<Identity> read_certificate(const base::Secret& text);

// A PKCS#12 (DER, or Base64 of it; PEM with both parts passes too) with its password. Stage kInput; `wrong_password` is
// set if it is that.
base::Result<Identity> read_pkcs12(const base::Secret& text, const base::Secret& password, bool& wrong_password);

// Raw digests of the first certificate's DER form.
std::optional<std::string> certificate_digest(std::string_view pem, bool sha256);

// RSA signature (PKCS#1 v1.5). `digest`: "SHA256", or "" for a raw operation over `data` itself (padding type 1).
base::Result<std::string> sign_rsa(const base::Secret& key_pem, std::string_view data, std::string_view digest);

}  // namespace probes
