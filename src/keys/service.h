#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "auth/principal.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/ssh_key.h"
#include "git/mirror.h"
#include "git/remote_url.h"
#include "keys/key.h"
#include "net/outbound_policy.h"
#include "providers/service.h"
#include "ssh/host_probe.h"
#include "storage/database.h"
#include "vault/vault.h"
#include "vcs/provider.h"

namespace keys {

// SSH keys of organizations, the SSH keys of registered providers, and the host keys both are used with. Thread-safe.
// What concerns permissions was checked by the caller; ids that are not there are kNotFound.
class Service {
 public:
  struct Dependencies {
    storage::Database& database;
    const base::Clock& clock;
    vault::Vault& vault;
    const net::OutboundPolicy& policy;
    providers::Service& providers;
    git::Mirrors& mirrors;
    ssh::HostProbe probe;
  };
  explicit Service(Dependencies dependencies);
  ~Service();

  // --- For the features above -------------------------------------------------------------------------------------

  base::Result<SshKey> find(const SshKeyId& id);
  base::Result<SshKey> find(storage::Connection& connection, const SshKeyId& id);
  // The text that was stored, for a run's git module sources. `purpose` goes to the audit log, which is written
  // before the secret is handed out ("run run-…").
  base::Result<base::Secret> open(const auth::Principal& who, const SshKeyId& id, const std::string& purpose);
  // Who uses a key: names for people ("workspace prod"). Set before the server starts.
  using Usage = std::function<base::Result<std::vector<std::string>>(storage::Connection&, const SshKeyId&)>;
  void set_usage(Usage usage);
  base::Result<std::vector<std::string>> users(const SshKeyId& id);  // the same

  // Everything but commits and refs of a fetch from a provider's repository: over SSH when the token has a key, over
  // HTTPS with its token otherwise; host keys pinned, addresses resolved and checked.
  // kConflict: the provider needs an SSH key and has none, or the host's key is not confirmed or has changed.
  base::Result<git::FetchRequest> fetch_request(const providers::OAuthTokenId& token,
                                                const vcs::Repository& repository);
  // The same for a submodule, at `url`, of what came from `top` (or of a submodule of it): over SSH with the provider's
  // key, to hosts whose key is confirmed; over HTTPS with its token if the server is the provider's, else with none.
  base::Result<git::FetchRequest> submodule_request(const providers::OAuthTokenId& token, const vcs::Repository& top,
                                                    const git::RemoteUrl& url);
  // The address that `fetch_request` fetches from. Nothing is used, so nothing is audited.
  base::Result<std::string> clone_url(const providers::OAuthTokenId& token, const vcs::Repository& repository);
  // What a fetch with it came to: a changed host key is remembered, so that every other clone stops as well.
  void note_fetch(const git::FetchRequest& request, const base::Status& outcome);

  // Confirmed keys of a host in known_hosts form; empty if none. kConflict while one of them is marked as changed.
  base::Result<std::string> known_hosts(const auth::OrganizationId& organization, const std::string& host, int port);

  // The same of every host of the organization; a host with a changed key is left out.
  base::Result<std::string> known_hosts(const auth::OrganizationId& organization);

  // --- For the routes of this folder ------------------------------------------------------------------------------

  // Takes any text (Terraform Cloud does); what is not a usable key says so in health and warning.
  base::Result<SshKey> create(const auth::Principal& who, const auth::OrganizationId& organization,
                              const std::string& name, const base::Secret& text);
  // Only a usable key; kInvalid otherwise.
  base::Result<SshKey> import(const auth::Principal& who, const auth::OrganizationId& organization,
                              const std::string& name, const base::Secret& text);
  base::Result<SshKey> generate(const auth::Principal& who, const auth::OrganizationId& organization,
                                const std::string& name, crypto::SshKeyType type);
  base::Result<std::vector<SshKey>> list(const auth::OrganizationId& organization);
  // `precondition` is asked with the key as the changing transaction reads it.
  base::Result<SshKey> rename(const auth::Principal& who, const SshKeyId& id, const std::string& name,
                              const std::function<base::Status(const SshKey&)>& precondition = {});
  base::Status remove(const auth::Principal& who, const SshKeyId& id);  // kConflict names who uses it
  // All of an organization that is being deleted, with their secrets.
  base::Status remove_all(storage::Transaction& transaction, const auth::Principal& who,
                          const auth::OrganizationId& organization);

  base::Result<std::vector<HostKey>> list_host_keys(const auth::OrganizationId& organization);
  base::Result<HostKey> find_host_key(const HostKeyId& id);
  // Pins a key that somebody brought along ("ssh-ed25519 AAAA…", with or without host names in front).
  base::Result<HostKey> pin(const auth::Principal& who, const auth::OrganizationId& organization,
                            const std::string& host, int port, const std::string& public_line);
  // Asks the host. New keys are unconfirmed; a pinned key that was not seen while another of its type was is changed.
  base::Result<std::vector<HostKey>> scan(const auth::Principal& who, const auth::OrganizationId& organization,
                                          const std::string& host, int port);
  // Pins it in place of every other key of that host and type.
  base::Result<HostKey> confirm(const auth::Principal& who, const HostKeyId& id);
  base::Status remove_host_key(const auth::Principal& who, const HostKeyId& id);

  // Steps "key", "address", "resolve", "connect", "host-key", "authentication", "repository", each with what to do; the
  // steps after a failed one are skipped. Fails only if the key itself is not there.
  base::Result<std::vector<vcs::Check>> test(const auth::Principal& who, const SshKeyId& id, const std::string& url);
  base::Result<std::vector<vcs::Check>> test_provider_key(const auth::Principal& who,
                                                          const providers::OAuthTokenId& token,
                                                          const std::string& repository_path);

  struct PublicKey {
    std::string type, public_line, fingerprint;
  };
  // Mints a key of the kind the provider takes and stores it with the token in place of any other.
  base::Result<PublicKey> generate_provider_key(const auth::Principal& who, const providers::OAuthTokenId& token);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace keys
