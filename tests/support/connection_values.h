#pragma once

#include <string>
#include <string_view>

#include "catalogue/catalogue.h"
#include "catalogue/validate.h"

namespace test {

// A self-signed RSA certificate, its key (PKCS#8), and both as a PKCS#12 in Base64. Made once per program.
struct Identity {
  std::string certificate, key, pfx_base64;
};
const Identity& identity();                   // PFX with the password "pfx-password"
const Identity& identity_without_password();  // PFX without one
std::string ssh_private_key();                // Ed25519, OpenSSH form

// A value that a parameter takes: of its rule, kind and choices. Secrets have "canary-" in them wherever the rule
// leaves room for it.
std::string good_value(const catalogue::Scheme& scheme, const catalogue::Parameter& parameter);

// One for every parameter of the scheme that applies, optional ones included.
catalogue::Given good_values(const catalogue::Type& type, const catalogue::Scheme& scheme);

}  // namespace test
