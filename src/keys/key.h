#pragma once

#include <optional>
#include <string>

#include "auth/ids.h"
#include "base/clock.h"
#include "keys/ids.h"

namespace keys {

// A key of an organization, as shown: the private half stays in the vault and is never part of it.
struct SshKey {
  SshKeyId id;
  auth::OrganizationId organization;
  std::string name;
  std::string health;   // "usable", or why it is not: crypto::ssh_key_problem_name
  std::string warning;  // the same as a sentence with a remedy; empty when usable
  // Empty (0) unless usable.
  std::string type;  // "ed25519", "rsa", "ecdsa"
  int bits = 0;
  std::string public_line, fingerprint, fingerprint_md5;
  base::Time created_at;
};

// unconfirmed: seen, but nobody said it is right. confirmed: pinned. changed: pinned, but the host was last seen with
// another key of the same type; clones stop until somebody confirms one of the two.
enum class HostKeyState { kUnconfirmed, kConfirmed, kChanged };
const char* host_key_state_name(HostKeyState state);

// The public key of an SSH server, as an organization knows it.
struct HostKey {
  HostKeyId id;
  auth::OrganizationId organization;
  std::string host;  // lower case
  int port = 22;
  std::string algorithm;   // "ssh-ed25519"
  std::string public_key;  // base64
  std::string fingerprint;
  HostKeyState state = HostKeyState::kUnconfirmed;
  base::Time first_seen_at, last_seen_at;
  std::optional<base::Time> confirmed_at;
  std::string confirmed_by;
};

}  // namespace keys
