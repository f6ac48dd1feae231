#pragma once

#include <optional>
#include <string>
#include <vector>

#include "git/remote_url.h"
#include "keys/service.h"
#include "keys/store.h"

// Shared by the files that implement Service.
namespace keys {

class Service::Impl {
 public:
  explicit Impl(Dependencies needed) : dependencies(std::move(needed)) {}

  base::Status audit(storage::Transaction& transaction, const auth::Principal& who,
                     const auth::OrganizationId& organization, const std::string& action, const std::string& type,
                     const std::string& id, const std::string& purpose = {}) const;
  // The ways to a repository; `note_use` writes down what of a provider is used, before it is (threat X12).
  base::Result<git::FetchRequest> over_ssh(Service& service, const providers::TokenInfo& info,
                                           const base::Secret& key_text, const git::RemoteUrl& url);
  base::Result<git::FetchRequest> over_https(const providers::OAuthTokenId& token, const std::string& text,
                                             bool with_token);
  base::Status note_use(const providers::TokenInfo& info, const git::FetchRequest& request) const;
  static vault::Owner owner_of(const SshKey& key) {
    return {key.organization.str(), "ssh_keys", key.id.str(), "value"};
  }

  // Writes the row, the secret and the audit line of a new key.
  base::Result<SshKey> add(const auth::Principal& who, SshKey key, const base::Secret& text, const std::string& action);
  // Stores what a scan saw; a pinned key that another of its type has taken the place of becomes "changed".
  base::Result<std::vector<HostKey>> record(const store::HostAddress& address,
                                            const std::vector<ssh::SeenHostKey>& seen);

  // What stands before the question whether a server accepts the key.
  struct Candidate {
    auth::OrganizationId organization;
    crypto::SshKey key;
    std::string url;
    bool legacy_algorithms = false;
    std::string repository_id;
  };
  std::vector<vcs::Check> try_key(const Candidate& candidate);

  Dependencies dependencies;
  Usage usage;
};

// Host and port as typed, in the form they are stored; kInvalid with a pointer.
base::Result<store::HostAddress> check_host(const auth::OrganizationId& organization, const std::string& host,
                                            int port);
// The name a host has in known_hosts.
std::string known_host_name(const std::string& host, int port);
base::Result<std::string> check_key_name(const std::string& name);

}  // namespace keys
