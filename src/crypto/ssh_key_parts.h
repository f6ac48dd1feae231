#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "crypto/ssh_key.h"

struct evp_pkey_st;

// Between the files of this folder only.
namespace crypto::internal {

struct FreePkey {
  void operator()(evp_pkey_st* key) const;
};
using Pkey = std::unique_ptr<evp_pkey_st, FreePkey>;

// The numbers of a key, big-endian. Which are set depends on the type.
struct SshKeyParts {
  SshKeyType type = SshKeyType::kEd25519;
  std::string curve;                     // ECDSA: "nistp256"
  std::string public_point;              // Ed25519: 32 bytes; ECDSA: uncompressed point
  base::Secret scalar;                   // Ed25519: the seed; ECDSA: the private number
  std::string modulus, public_exponent;  // RSA
  base::Secret private_exponent, prime1, prime2, coefficient;
};

// The key of these numbers; nothing if they are no key.
Pkey pkey_from(const SshKeyParts& parts);
// The numbers of a key that OpenSSL read or made; nothing for kinds that SSH does not have.
std::optional<SshKeyParts> parts_of(const evp_pkey_st* key);
// Whether the public numbers belong to the private ones.
bool is_consistent(const SshKeyParts& parts, evp_pkey_st* key);
int bits_of(const evp_pkey_st* key);
std::string public_blob_of(const SshKeyParts& parts);
std::string algorithm_of(const SshKeyParts& parts);

struct Imported {
  SshKeyParts parts;
  Pkey key;
  std::string comment;
};
struct ImportFailure {
  SshKeyProblem problem;
  std::string message;
};
// Exactly one of the two is set.
struct ImportOutcome {
  std::optional<Imported> key;
  std::optional<ImportFailure> failure;
};
ImportOutcome import_text(const base::Secret& text);

}  // namespace crypto::internal

struct crypto::SshKey::State {
  internal::SshKeyParts parts;
  internal::Pkey key;
  std::string comment, algorithm, blob;
  int bits = 0;
};
