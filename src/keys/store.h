#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keys/key.h"
#include "ssh/host_probe.h"
#include "storage/database.h"
#include "vault/vault.h"

// The SQL of this folder.
namespace keys::store {

struct KeyRow {
  SshKey key;
  vault::SecretId secret;
};

base::Status insert_key(storage::Transaction& transaction, const KeyRow& row);
base::Result<KeyRow> find_key(storage::Connection& connection, const SshKeyId& id);  // kNotFound
base::Result<std::vector<SshKey>> list_keys(storage::Connection& connection, const auth::OrganizationId& organization);
base::Status rename_key(storage::Transaction& transaction, const SshKeyId& id, const std::string& name);
base::Status delete_key(storage::Transaction& transaction, const SshKeyId& id);

struct HostAddress {
  auth::OrganizationId organization;
  std::string host;
  int port = 22;
};

base::Result<HostKey> find_host_key(storage::Connection& connection, const HostKeyId& id);  // kNotFound
base::Result<std::vector<HostKey>> list_host_keys(storage::Connection& connection,
                                                  const auth::OrganizationId& organization);
base::Result<std::vector<HostKey>> host_keys_of(storage::Connection& connection, const HostAddress& address);
// Adds what is new as unconfirmed and notes the rest as seen.
base::Status note_seen(storage::Transaction& transaction, const HostAddress& address, const ssh::SeenHostKey& seen,
                       base::Time now);
base::Status set_state(storage::Transaction& transaction, const HostKeyId& id, HostKeyState state);
// Every confirmed key of the host becomes "changed".
base::Status mark_changed(storage::Transaction& transaction, const HostAddress& address);
// Confirms one and forgets the others of its host and algorithm.
base::Status confirm(storage::Transaction& transaction, const HostKey& key, const std::string& who, base::Time now);
base::Status delete_host_key(storage::Transaction& transaction, const HostKeyId& id);

}  // namespace keys::store
