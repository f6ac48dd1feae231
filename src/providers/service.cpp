#include "providers/service.h"

#include <algorithm>

#include "providers/check_client.h"
#include "providers/service_impl.h"
#include "providers/watched_provider.h"

namespace providers {
namespace {

base::Error no_such_token() { return base::not_found("OAuth token does not exist"); }

base::Error no_token_yet() {
  return base::conflict("this provider has no token yet: give it one with oauth-token-string");
}

}  // namespace

Service::Service(Dependencies dependencies) : impl_(std::make_unique<Impl>(dependencies)) {}
Service::~Service() = default;

base::Result<store::Access> Service::Impl::access(storage::Connection& connection, const OAuthTokenId& id,
                                                  bool deleted_too) {
  ASSIGN_OR_RETURN(auto found, store::find_access(connection, id));
  if (!found || (found->deleted && !deleted_too)) return no_such_token();
  return *std::move(found);
}

base::Result<const vcs::Kind*> Service::Impl::kind_of(const std::string& name) const {
  if (const auto* kind = dependencies.registry.find(name)) return kind;
  return base::conflict("this server has no driver for providers of kind '" + name + "'");
}

base::Result<vcs::ProviderConfig> Service::Impl::config_of(const store::Access& access, base::Secret token) const {
  vcs::ProviderConfig config;
  config.http_url = access.http_url;
  config.api_url = access.api_url;
  config.token = std::move(token);
  config.endpoint = {access.ca_bundle, access.proxy, access.no_proxy};
  return config;
}

base::Result<Service::Impl::WithToken> Service::Impl::read_access(const OAuthTokenId& id, bool deleted_too,
                                                                  bool use_cache) {
  return dependencies.database.read([&](storage::Connection& connection) -> base::Result<WithToken> {
    WithToken out;
    ASSIGN_OR_RETURN(out.access, access(connection, id, deleted_too));
    const bool cached = use_cache && connected.with([&](const auto& all) {
      const auto found = all.find(id);
      return found != all.end() && found->second.revision == out.access.revision;
    });
    if (cached) return out;
    if (out.access.secret.empty()) return no_token_yet();
    ASSIGN_OR_RETURN(out.token, dependencies.vault.get(connection, out.access.secret,
                                                       token_owner(out.access.organization, id, "token")));
    return out;
  });
}

base::Result<Opened> Service::Impl::open(const OAuthTokenId& id, bool deleted_too) {
  ASSIGN_OR_RETURN(auto read, read_access(id, deleted_too, true));
  const auto target = target_of(read.access);
  monitor->remember(target,
                    {read.access.health, read.access.last_error, read.access.blocked_until - dependencies.clock.now()});
  if (!read.token) {
    auto cached = connected.with([&](const auto& all) -> std::optional<Connected> {
      const auto found = all.find(id);
      return found == all.end() ? std::nullopt : std::optional(found->second);
    });
    if (cached && cached->revision == read.access.revision) return cached->opened;
    ASSIGN_OR_RETURN(read, read_access(id, deleted_too, false));
  }
  ASSIGN_OR_RETURN(const auto* kind, kind_of(read.access.kind));
  ASSIGN_OR_RETURN(auto config, config_of(read.access, *std::move(read.token)));
  Opened opened{watch(kind->make(std::move(config), dependencies.http), monitor, target), kind};
  connected.with([&](auto& all) { all[id] = {read.access.revision, opened}; });
  return opened;
}

OAuthClient Service::Impl::with_display_name(OAuthClient client) const {
  const auto* kind = dependencies.registry.find(client.kind);
  client.display_name = kind ? kind->display_name : client.kind;
  return client;
}

base::Result<Opened> Service::open(const OAuthTokenId& id) { return impl_->open(id, false); }
base::Result<Opened> Service::open_for_removal(const OAuthTokenId& id) { return impl_->open(id, true); }

base::Result<TokenInfo> Service::find_token(const OAuthTokenId& id) {
  return impl_->dependencies.database.read([&](storage::Connection& connection) { return find_token(connection, id); });
}

base::Result<TokenInfo> Service::find_token(storage::Connection& connection, const OAuthTokenId& id) {
  ASSIGN_OR_RETURN(auto info, store::find_token(connection, id));
  if (!info) return no_such_token();
  const auto* kind = impl_->dependencies.registry.find(info->kind);
  info->display_name = kind ? kind->display_name : info->kind;
  return *std::move(info);
}

base::Result<vcs::Provider::GitCredentials> Service::git_credentials(const OAuthTokenId& id) {
  ASSIGN_OR_RETURN(const auto opened, open(id));
  return opened.provider->git_credentials();
}

base::Result<net::Endpoint> Service::endpoint(const OAuthTokenId& id) {
  return impl_->dependencies.database.read([&](storage::Connection& connection) -> base::Result<net::Endpoint> {
    ASSIGN_OR_RETURN(const auto access, impl_->access(connection, id, false));
    return net::Endpoint{access.ca_bundle, access.proxy, access.no_proxy};
  });
}

base::Result<std::optional<base::Secret>> Service::ssh_private_key(const OAuthTokenId& id) {
  return impl_->dependencies.database.read(
      [&](storage::Connection& connection) -> base::Result<std::optional<base::Secret>> {
        ASSIGN_OR_RETURN(const auto access, impl_->access(connection, id, false));
        if (access.ssh_secret.empty()) return std::optional<base::Secret>();
        ASSIGN_OR_RETURN(auto key,
                         impl_->dependencies.vault.get(connection, access.ssh_secret,
                                                       impl_->token_owner(access.organization, id, "ssh_key")));
        return std::optional<base::Secret>(std::move(key));
      });
}

base::Status Service::check_scope(storage::Connection& connection, const OAuthTokenId& id,
                                  const auth::OrganizationId& organization, const auth::ProjectId& project) {
  const std::string pointer = "/data/attributes/vcs-repo/oauth-token-id";
  ASSIGN_OR_RETURN(const auto info, store::find_token(connection, id));
  if (!info || info->organization != organization) return base::invalid("OAuth token does not exist", pointer);
  if (info->organization_scoped) return {};
  if (std::find(info->projects.begin(), info->projects.end(), project) != info->projects.end()) return {};
  return base::invalid(
      "this VCS provider is limited to other projects: add the workspace's project to it, or make it "
      "organization-scoped",
      pointer);
}

void Service::note_failure(const OAuthTokenId& id, const base::Error& error) {
  auto read = impl_->read_access(id, false, true);
  if (read) impl_->monitor->failed(impl_->target_of(read->access), "git", error);
}

void Service::note_success(const OAuthTokenId& id) {
  auto read = impl_->read_access(id, false, true);
  if (read) impl_->monitor->succeeded(impl_->target_of(read->access), "git");
}

void Service::set_dependents(Dependents dependents) { impl_->dependents = std::move(dependents); }

void Service::on_deleted(Deleted deleted, InUse in_use, Erased erased) {
  impl_->listeners.push_back({std::move(deleted), std::move(in_use), std::move(erased)});
}

base::Result<OAuthClient> Service::find(const OAuthClientId& id) {
  return impl_->dependencies.database.read(
      [&](storage::Connection& connection) { return impl_->live_client(connection, id); });
}

base::Result<std::vector<OAuthClient>> Service::list(const auth::OrganizationId& organization) {
  ASSIGN_OR_RETURN(auto clients, impl_->dependencies.database.read([&](storage::Connection& connection) {
    return store::list_clients(connection, organization);
  }));
  for (auto& client : clients) client = impl_->with_display_name(std::move(client));
  return clients;
}

base::Result<std::vector<AffectedWorkspace>> Service::affected_workspaces(const OAuthTokenId& id) {
  if (!impl_->dependents.workspaces || id.empty()) return std::vector<AffectedWorkspace>();
  return impl_->dependencies.database.read(
      [&](storage::Connection& connection) { return impl_->dependents.workspaces(connection, id); });
}

base::Result<std::optional<OAuthClientId>> Service::client_of(storage::Connection& connection, const OAuthTokenId& id) {
  return store::client_of(connection, id.str());
}

}  // namespace providers
