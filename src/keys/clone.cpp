#include "auth/audit.h"
#include "base/strings.h"
#include "keys/service_impl.h"
#include "net/client_request.h"

// What a clone from a registered provider needs, in one piece.
namespace keys {
namespace {

constexpr const char* kOldServers = "ado_server";  // 2019 knows no newer algorithms

bool clones_over_ssh(const std::optional<base::Secret>& key, const vcs::Repository& repository) {
  return key && !repository.ssh_clone_url.empty();
}

}  // namespace

base::Result<git::FetchRequest> Service::Impl::over_ssh(Service& service, const providers::TokenInfo& info,
                                                        const base::Secret& key_text, const git::RemoteUrl& url) {
  ASSIGN_OR_RETURN(const auto key, crypto::SshKey::import(key_text));
  ASSIGN_OR_RETURN(const std::string lines, service.known_hosts(info.organization, url.host, url.port));
  if (lines.empty()) {
    return base::conflict("no SSH host key of " + known_host_name(url.host, url.port) +
                          " is confirmed; scan it, compare the fingerprint and confirm it");
  }
  git::FetchRequest request;
  ASSIGN_OR_RETURN(request.addresses, dependencies.policy.resolve(url.host, url.port));
  request.url = url.text;
  request.ssh = git::SshAccess{key, lines, info.kind == kOldServers};
  return request;
}

base::Result<git::FetchRequest> Service::Impl::over_https(const providers::OAuthTokenId& token, const std::string& text,
                                                          bool with_token) {
  ASSIGN_OR_RETURN(const auto url, net::parse_url(text));
  RETURN_IF_ERROR(dependencies.policy.check_url(url));
  ASSIGN_OR_RETURN(const auto endpoint, dependencies.providers.endpoint(token));
  const std::string proxy = net::bypasses_proxy(endpoint.no_proxy, url.host) ? "" : endpoint.proxy;
  git::FetchRequest request;
  if (proxy.empty()) {
    ASSIGN_OR_RETURN(request.addresses, dependencies.policy.resolve(url.host, url.port));
  }
  request.url = text;
  request.allow_http = url.scheme == "http";
  request.http = git::HttpAccess{{}, {}, false, endpoint.ca_bundle, proxy};
  if (!with_token) return request;
  ASSIGN_OR_RETURN(auto credentials, dependencies.providers.git_credentials(token));
  request.http->username = std::move(credentials.username);
  request.http->password = std::move(credentials.password);
  request.http->as_header = credentials.as_header;
  return request;
}

base::Status Service::Impl::note_use(const providers::TokenInfo& info, const git::FetchRequest& request) const {
  if (request.http && request.http->password.empty()) return {};
  const std::string what = request.ssh ? "the SSH key" : "the token";
  return dependencies.database.write([&](storage::Transaction& transaction) {
    return audit(transaction, auth::system_principal(), info.organization, "oauth-token.use", "oauth-tokens",
                 info.id.str(), "fetch " + base::printable(request.url, 300) + " with " + what);
  });
}

base::Result<git::FetchRequest> Service::fetch_request(const providers::OAuthTokenId& token,
                                                       const vcs::Repository& repository) {
  auto& needed = impl_->dependencies;
  ASSIGN_OR_RETURN(const auto info, needed.providers.find_token(token));
  ASSIGN_OR_RETURN(const auto text, needed.providers.ssh_private_key(token));
  git::FetchRequest request;
  if (clones_over_ssh(text, repository)) {
    ASSIGN_OR_RETURN(const auto url, git::parse_remote_url(repository.ssh_clone_url));
    ASSIGN_OR_RETURN(request, impl_->over_ssh(*this, info, *text, url));
  } else {
    ASSIGN_OR_RETURN(const auto opened, needed.providers.open(token));
    if (opened.kind->capabilities.ssh_required_for_clone && !text) {
      return base::conflict("clones from " + info.display_name +
                            " need an SSH key; generate one for this provider and add its public half there");
    }
    ASSIGN_OR_RETURN(request, impl_->over_https(token, repository.https_clone_url, true));
  }
  request.repository = {info.organization.str(), info.client_id.str(),
                        repository.id.empty() ? repository.path : repository.id};
  RETURN_IF_ERROR(impl_->note_use(info, request));
  return request;
}

base::Result<git::FetchRequest> Service::submodule_request(const providers::OAuthTokenId& token,
                                                           const vcs::Repository& top, const git::RemoteUrl& url) {
  auto& needed = impl_->dependencies;
  ASSIGN_OR_RETURN(const auto info, needed.providers.find_token(token));
  git::FetchRequest request;
  if (url.is_ssh()) {
    ASSIGN_OR_RETURN(const auto text, needed.providers.ssh_private_key(token));
    if (!text) {
      return base::conflict(
          "its address is SSH and the provider has no SSH key; generate one for this provider and add its public half "
          "there, or write the address with https://");
    }
    ASSIGN_OR_RETURN(request, impl_->over_ssh(*this, info, *text, url));
  } else {
    // The provider's token is for the provider alone.
    const auto own = net::parse_url(top.https_clone_url);
    const auto other = net::parse_url(url.text);
    const bool same = own && other && net::same_origin(*own, *other);
    ASSIGN_OR_RETURN(request, impl_->over_https(token, url.text, same));
  }
  request.repository.organization = info.organization.str();
  RETURN_IF_ERROR(impl_->note_use(info, request));
  return request;
}

base::Result<std::string> Service::clone_url(const providers::OAuthTokenId& token, const vcs::Repository& repository) {
  ASSIGN_OR_RETURN(const auto key, impl_->dependencies.providers.ssh_private_key(token));
  return clones_over_ssh(key, repository) ? repository.ssh_clone_url : repository.https_clone_url;
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
