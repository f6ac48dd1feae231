#include "auth/audit.h"
#include "base/strings.h"
#include "keys/service_impl.h"

// What a clone from a registered provider needs, in one piece.
namespace keys {
namespace {

constexpr const char* kOldServers = "ado_server";  // 2019 knows no newer algorithms

// NO_PROXY as curl reads it: names with everything below them, or "*".
bool bypasses_proxy(const std::string& host, const std::string& no_proxy) {
  for (const auto& part : base::split(no_proxy, ',')) {
    std::string name = base::to_lower(base::trim(part));
    if (name == "*") return true;
    if (name.starts_with('.')) name.erase(0, 1);
    if (!name.empty() && (host == name || host.ends_with("." + name))) return true;
  }
  return false;
}

}  // namespace

base::Result<git::FetchRequest> Service::fetch_request(const providers::OAuthTokenId& token,
                                                       const vcs::Repository& repository) {
  auto& needed = impl_->dependencies;
  ASSIGN_OR_RETURN(const auto info, needed.providers.find_token(token));
  git::FetchRequest request;
  request.repository = {info.organization.str(), info.client_id.str(),
                        repository.id.empty() ? repository.path : repository.id};
  ASSIGN_OR_RETURN(const auto text, needed.providers.ssh_private_key(token));
  if (text && !repository.ssh_clone_url.empty()) {
    ASSIGN_OR_RETURN(const auto key, crypto::SshKey::import(*text));
    ASSIGN_OR_RETURN(const auto url, git::parse_remote_url(repository.ssh_clone_url));
    ASSIGN_OR_RETURN(const std::string lines, known_hosts(info.organization, url.host, url.port));
    if (lines.empty()) {
      return base::conflict("no SSH host key of " + known_host_name(url.host, url.port) +
                            " is confirmed; scan it, compare the fingerprint and confirm it");
    }
    ASSIGN_OR_RETURN(request.addresses, needed.policy.resolve(url.host, url.port));
    request.url = url.text;
    request.ssh = git::SshAccess{key, lines, info.kind == kOldServers};
    return request;
  }
  ASSIGN_OR_RETURN(const auto opened, needed.providers.open(token));
  if (opened.kind->capabilities.ssh_required_for_clone && !text) {
    return base::conflict("clones from " + info.display_name +
                          " need an SSH key; generate one for this provider and add its public half there");
  }
  ASSIGN_OR_RETURN(const auto url, net::parse_url(repository.https_clone_url));
  RETURN_IF_ERROR(needed.policy.check_url(url));
  ASSIGN_OR_RETURN(auto credentials, needed.providers.git_credentials(token));
  ASSIGN_OR_RETURN(const auto endpoint, needed.providers.endpoint(token));
  const std::string proxy = bypasses_proxy(url.host, endpoint.no_proxy) ? "" : endpoint.proxy;
  if (proxy.empty()) {
    ASSIGN_OR_RETURN(request.addresses, needed.policy.resolve(url.host, url.port));
  }
  request.url = repository.https_clone_url;
  request.allow_http = url.scheme == "http";
  request.http = git::HttpAccess{std::move(credentials.username), std::move(credentials.password),
                                 credentials.as_header, endpoint.ca_bundle, proxy};
  return request;
}

void Service::note_fetch(const git::FetchRequest& request, const base::Status& outcome) {
  if (outcome || git::problem_of(outcome.error()) != git::Problem::kHostKeyChanged) return;
  const auto url = git::parse_remote_url(request.url);
  if (!url) return;
  const store::HostAddress address{auth::OrganizationId(request.repository.organization), url->host, url->port};
  // Best effort: the fetch has failed with this very reason already, and the next one finds it again.
  static_cast<void>(impl_->dependencies.database.write([&](storage::Transaction& transaction) -> base::Status {
    RETURN_IF_ERROR(store::mark_changed(transaction, address));
    return impl_->audit(transaction, auth::system_principal(), address.organization, "ssh-host-key.changed",
                        "ssh-host-keys", known_host_name(address.host, address.port));
  }));
}

base::Result<Service::PublicKey> Service::generate_provider_key(const auth::Principal& who,
                                                                const providers::OAuthTokenId& token) {
  auto& needed = impl_->dependencies;
  ASSIGN_OR_RETURN(const auto info, needed.providers.find_token(token));
  bool rsa_only = info.kind.starts_with("ado_");
  if (const auto opened = needed.providers.open(token)) rsa_only = opened->kind->capabilities.rsa_keys_only;
  const auto type = rsa_only ? crypto::SshKeyType::kRsa : crypto::SshKeyType::kEd25519;
  const std::string label = info.client_name.empty() ? info.kind : info.client_name;
  ASSIGN_OR_RETURN(const auto key, crypto::SshKey::generate(type, "runbridge " + label));
  RETURN_IF_ERROR(needed.providers.set_ssh_key(who, token, key.private_text()));
  return PublicKey{crypto::ssh_key_type_name(type), key.public_line(), key.fingerprint()};
}

}  // namespace keys
