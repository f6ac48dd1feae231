#include <algorithm>
#include <set>

#include "base/strings.h"
#include "crypto/ssh_wire.h"
#include "keys/service_impl.h"

// The public keys of SSH servers: seen, confirmed, changed.
namespace keys {
namespace {

constexpr const char* kType = "ssh-host-keys";

base::Error bad_public_key() {
  return base::invalid("this is not a public host key; it looks like 'ssh-ed25519 AAAA…' (ssh-keyscan HOST prints it)",
                       "/data/attributes/public-key");
}

bool is_host_algorithm(const std::string& word) {
  return word == "ssh-ed25519" || word == "ssh-rsa" || word.starts_with("ecdsa-sha2-nistp");
}

// "[hosts] algorithm base64 [comment]"
base::Result<ssh::SeenHostKey> parse_public_line(const std::string& line) {
  const auto words = base::split(base::trim(line), ' ');
  const auto found = std::find_if(words.begin(), words.end(), is_host_algorithm);
  if (found == words.end() || found + 1 == words.end()) return bad_public_key();
  const auto blob = base::from_base64(*(found + 1));
  if (!blob) return bad_public_key();
  crypto::SshReader reader(*blob);
  const auto algorithm = reader.string();
  if (!algorithm || *algorithm != *found || reader.at_end()) return bad_public_key();
  return ssh::SeenHostKey{*found, *(found + 1), crypto::ssh_fingerprint(*blob)};
}

bool is_among(const HostKey& key, const std::vector<ssh::SeenHostKey>& seen) {
  return std::any_of(seen.begin(), seen.end(), [&](const ssh::SeenHostKey& other) {
    return other.algorithm == key.algorithm && other.fingerprint == key.fingerprint;
  });
}

bool has_type(const std::vector<ssh::SeenHostKey>& seen, const std::string& algorithm) {
  return std::any_of(seen.begin(), seen.end(), [&](const ssh::SeenHostKey& key) { return key.algorithm == algorithm; });
}

}  // namespace

base::Result<store::HostAddress> check_host(const auth::OrganizationId& organization, const std::string& host,
                                            int port) {
  const std::string bare(base::trim(host));
  const std::string name = bare.find(':') == std::string::npos || bare.starts_with('[') ? bare : "[" + bare + "]";
  auto url = git::parse_remote_url("ssh://" + name + ":" + std::to_string(port) + "/x");
  if (!url || url->path != "/x" || bare.find('@') != std::string::npos) {
    return base::invalid("the host must be a plain DNS name or IP address and the port a number from 1 to 65535",
                         "/data/attributes/host");
  }
  return store::HostAddress{organization, url->host, url->port};
}

std::string known_host_name(const std::string& host, int port) {
  git::RemoteUrl url;
  url.transport = git::RemoteUrl::Transport::kSsh;
  url.host = host;
  url.port = port;
  return url.known_host_name();
}

base::Result<std::string> Service::known_hosts(const auth::OrganizationId& organization, const std::string& host,
                                               int port) {
  const store::HostAddress address{organization, base::to_lower(host), port};
  ASSIGN_OR_RETURN(const auto known, impl_->dependencies.database.read([&](storage::Connection& connection) {
    return store::host_keys_of(connection, address);
  }));
  const std::string name = known_host_name(address.host, port);
  std::string lines;
  for (const auto& key : known) {
    if (key.state == HostKeyState::kChanged) {
      return base::conflict("the SSH host key of " + name + " has changed (" + key.algorithm + ", pinned was " +
                            key.fingerprint +
                            "); nothing is cloned from there until somebody has compared the new fingerprint with the "
                            "server's operator and confirmed it");
    }
    if (key.state == HostKeyState::kConfirmed) lines += name + " " + key.algorithm + " " + key.public_key + "\n";
  }
  return lines;
}

base::Result<std::string> Service::known_hosts(const auth::OrganizationId& organization) {
  ASSIGN_OR_RETURN(const auto known, list_host_keys(organization));
  std::set<std::string> changed;
  for (const auto& key : known) {
    if (key.state == HostKeyState::kChanged) changed.insert(known_host_name(key.host, key.port));
  }
  std::string lines;
  for (const auto& key : known) {
    const std::string name = known_host_name(key.host, key.port);
    if (key.state != HostKeyState::kConfirmed || changed.contains(name)) continue;
    lines += name + " " + key.algorithm + " " + key.public_key + "\n";
  }
  return lines;
}

base::Result<std::vector<HostKey>> Service::list_host_keys(const auth::OrganizationId& organization) {
  return impl_->dependencies.database.read(
      [&](storage::Connection& connection) { return store::list_host_keys(connection, organization); });
}

base::Result<HostKey> Service::find_host_key(const HostKeyId& id) {
  return impl_->dependencies.database.read(
      [&](storage::Connection& connection) { return store::find_host_key(connection, id); });
}

base::Result<std::vector<HostKey>> Service::Impl::record(const store::HostAddress& address,
                                                         const std::vector<ssh::SeenHostKey>& seen) {
  return dependencies.database.write([&](storage::Transaction& transaction) -> base::Result<std::vector<HostKey>> {
    for (const auto& key : seen) {
      RETURN_IF_ERROR(store::note_seen(transaction, address, key, dependencies.clock.now()));
    }
    ASSIGN_OR_RETURN(const auto known, store::host_keys_of(transaction, address));
    for (const auto& key : known) {
      if (key.state == HostKeyState::kConfirmed && has_type(seen, key.algorithm) && !is_among(key, seen)) {
        RETURN_IF_ERROR(store::set_state(transaction, key.id, HostKeyState::kChanged));
      }
    }
    return store::host_keys_of(transaction, address);
  });
}

base::Result<std::vector<HostKey>> Service::scan(const auth::Principal& who, const auth::OrganizationId& organization,
                                                 const std::string& host, int port) {
  ASSIGN_OR_RETURN(const auto address, check_host(organization, host, port));
  ASSIGN_OR_RETURN(const auto addresses, impl_->dependencies.policy.resolve(address.host, address.port));
  ASSIGN_OR_RETURN(const auto seen, impl_->dependencies.probe.scan(address.host, address.port, addresses));
  ASSIGN_OR_RETURN(auto known, impl_->record(address, seen));
  RETURN_IF_ERROR(impl_->dependencies.database.write([&](storage::Transaction& transaction) {
    return impl_->audit(transaction, who, organization, "ssh-host-key.scan", kType,
                        known_host_name(address.host, address.port));
  }));
  return known;
}

base::Result<HostKey> Service::pin(const auth::Principal& who, const auth::OrganizationId& organization,
                                   const std::string& host, int port, const std::string& public_line) {
  ASSIGN_OR_RETURN(const auto address, check_host(organization, host, port));
  ASSIGN_OR_RETURN(const auto brought, parse_public_line(public_line));
  ASSIGN_OR_RETURN(
      const auto id,
      impl_->dependencies.database.write([&](storage::Transaction& transaction) -> base::Result<HostKeyId> {
        RETURN_IF_ERROR(store::note_seen(transaction, address, brought, impl_->dependencies.clock.now()));
        ASSIGN_OR_RETURN(const auto known, store::host_keys_of(transaction, address));
        for (const auto& key : known) {
          if (is_among(key, {brought})) return key.id;
        }
        return base::internal("a host key that was just written is not there");
      }));
  return confirm(who, id);
}

base::Result<HostKey> Service::confirm(const auth::Principal& who, const HostKeyId& id) {
  return impl_->dependencies.database.write([&](storage::Transaction& transaction) -> base::Result<HostKey> {
    ASSIGN_OR_RETURN(const auto key, store::find_host_key(transaction, id));
    RETURN_IF_ERROR(store::confirm(transaction, key, who.name, impl_->dependencies.clock.now()));
    RETURN_IF_ERROR(impl_->audit(transaction, who, key.organization, "ssh-host-key.confirm", kType, id.str()));
    return store::find_host_key(transaction, id);
  });
}

base::Status Service::remove_host_key(const auth::Principal& who, const HostKeyId& id) {
  return impl_->dependencies.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto key, store::find_host_key(transaction, id));
    RETURN_IF_ERROR(store::delete_host_key(transaction, id));
    return impl_->audit(transaction, who, key.organization, "ssh-host-key.delete", kType, id.str());
  });
}

}  // namespace keys
