#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace crypto {

namespace internal {
struct Imported;
}

enum class SshKeyType { kEd25519, kRsa, kEcdsa };

// "ed25519", "rsa", "ecdsa": the API's names.
const char* ssh_key_type_name(SshKeyType type);
base::Result<SshKeyType> ssh_key_type_from(std::string_view name);  // kInvalid names the three

// Why a text is not a private key we can use. The name of each (ssh_key_problem_name) is the API's `health`.
enum class SshKeyProblem {
  kNone,          // "usable"
  kNotAKey,       // "not-a-private-key"
  kPublicKey,     // "public-key"
  kPutty,         // "putty"
  kCertificate,   // "certificate"
  kPassphrase,    // "passphrase"
  kUnsupported,   // "unsupported": DSA, hardware-backed, or a kind without an SSH form
  kWeak,          // "weak": RSA below 3072 bits
  kTruncated,     // "truncated"
  kSeveral,       // "several-keys"
  kTrailing,      // "trailing-text"
  kTooLarge,      // "too-large"
  kInconsistent,  // "inconsistent": public and private halves do not belong together
};
const char* ssh_key_problem_name(SshKeyProblem problem);

// A private key for SSH, in memory. Copies share the key, which is wiped with the last of them. Thread-safe.
class SshKey {
 public:
  // A new key: Ed25519, RSA of 4096 bits (about a second) or ECDSA on P-256. `comment` ends the public line.
  static base::Result<SshKey> generate(SshKeyType type, std::string_view comment);

  // Reads what a person pasted: OpenSSH (openssh-key-v1), PKCS#1, PKCS#8 or SEC1 PEM, without a passphrase. CRLF,
  // a missing last newline and blank lines around the key do not matter; any other text around it does.
  // kInvalid says what it is instead and what to do; `problem` (may be null) gets the same as a value.
  static base::Result<SshKey> import(const base::Secret& text, SshKeyProblem* problem = nullptr);

  SshKeyType type() const;
  int bits() const;  // 256 for Ed25519
  const std::string& comment() const;
  // "ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256" and so on (RFC 4253, 5656, 8709).
  const std::string& algorithm() const;
  // The public key as SSH puts it on the wire (RFC 4253 section 6.6).
  const std::string& public_blob() const;
  // "ssh-ed25519 AAAA… comment": what goes into authorized_keys or a provider's page.
  std::string public_line() const;
  std::string fingerprint() const;      // "SHA256:…", as ssh-keygen -l prints it
  std::string fingerprint_md5() const;  // "MD5:ab:cd:…"
  // The private key in OpenSSH's format, the form we store.
  base::Secret private_text() const;

  // Flags of a signing request (draft-miller-ssh-agent section 5.3).
  static constexpr std::uint32_t kRsaSha256 = 2;
  static constexpr std::uint32_t kRsaSha512 = 4;
  // The signature in SSH's wire form: string algorithm, string signature. RSA without a flag signs with SHA-1,
  // which only servers that know nothing better ask for. kInternal if the library fails.
  base::Result<std::string> sign(std::string_view data, std::uint32_t flags) const;

 private:
  struct State;
  static std::shared_ptr<const State> make_state(internal::Imported imported);
  explicit SshKey(std::shared_ptr<const State> state);
  std::shared_ptr<const State> state_;
};

// "SHA256:…" of any public key in wire form.
std::string ssh_fingerprint(std::string_view public_blob);

}  // namespace crypto
