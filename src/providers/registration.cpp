#include <algorithm>

#include "auth/audit.h"
#include "base/strings.h"
#include "providers/check_client.h"
#include "providers/service_impl.h"

// Creating, changing and deleting clients: everything of Service that writes because a person asked.
namespace providers {

using storage::Transaction;

base::Result<OAuthClient> Service::Impl::live_client(storage::Connection& connection, const OAuthClientId& id) const {
  ASSIGN_OR_RETURN(auto client, store::find_client(connection, id.str()));
  if (!client) return base::not_found("not found");
  return with_display_name(*std::move(client));
}

base::Status Service::Impl::audit(Transaction& transaction, const auth::Principal& who, const OAuthClient& client,
                                  const std::string& action) const {
  auth::AuditEntry entry;
  entry.organization = client.organization;
  entry.who = who;
  entry.action = action;
  entry.target_type = "oauth-clients";
  entry.target_id = client.id.str();
  return auth::audit(transaction, dependencies.clock, entry);
}

base::Status Service::Impl::check_projects(storage::Connection& connection, const OAuthClient& client) const {
  for (const auto& project : client.projects) {
    ASSIGN_OR_RETURN(const bool there, store::project_exists(connection, client.organization, project.str()));
    if (!there) {
      return base::invalid("there is no project " + base::printable(project.str()) + " in this organization",
                           "/data/relationships/projects");
    }
  }
  return {};
}

base::Status Service::Impl::ensure_token_row(Transaction& transaction, OAuthClient& client) {
  if (!client.token_id.empty()) return {};
  client.token_id = OAuthTokenId::make();
  client.token_created_at = dependencies.clock.now();
  return store::insert_token(transaction, client.token_id, client, client.token_created_at);
}

base::Status Service::Impl::put_token(Transaction& transaction, OAuthClient& client, const base::Secret& token) {
  RETURN_IF_ERROR(ensure_token_row(transaction, client));
  ASSIGN_OR_RETURN(const auto old, access(transaction, client.token_id, false));
  ASSIGN_OR_RETURN(
      const auto secret,
      dependencies.vault.put(transaction, token_owner(client.organization, client.token_id, "token"), token));
  RETURN_IF_ERROR(store::set_token_secret(transaction, client.token_id, secret));
  if (!old.secret.empty()) RETURN_IF_ERROR(dependencies.vault.erase(transaction, old.secret));
  client.has_token = true;
  return enqueue_verify(transaction, client.token_id);
}

base::Status Service::Impl::put_key(Transaction& transaction, OAuthClient& client, const base::Secret& key,
                                    const std::string& fingerprint) {
  RETURN_IF_ERROR(ensure_token_row(transaction, client));
  ASSIGN_OR_RETURN(const auto old, access(transaction, client.token_id, false));
  ASSIGN_OR_RETURN(
      const auto secret,
      dependencies.vault.put(transaction, token_owner(client.organization, client.token_id, "ssh_key"), key));
  RETURN_IF_ERROR(store::set_ssh_secret(transaction, client.token_id, secret, fingerprint));
  if (!old.ssh_secret.empty()) RETURN_IF_ERROR(dependencies.vault.erase(transaction, old.ssh_secret));
  client.has_ssh_key = true;
  client.ssh_fingerprint = fingerprint;
  return {};
}

base::Status Service::Impl::put_client_secret(Transaction& transaction, const OAuthClient& client,
                                              const base::Secret& secret) {
  ASSIGN_OR_RETURN(const auto old, store::client_secret(transaction, client.id));
  vault::SecretId id;
  if (!secret.empty()) {
    const vault::Owner owner{client.organization.str(), "oauth_clients", client.id.str(), "secret"};
    ASSIGN_OR_RETURN(id, dependencies.vault.put(transaction, owner, secret));
  }
  RETURN_IF_ERROR(store::set_client_secret(transaction, client.id, id));
  return old.empty() ? base::Status() : dependencies.vault.erase(transaction, old);
}

base::Result<OAuthClient> Service::create(const auth::Principal& who, const auth::OrganizationId& organization,
                                          const NewClient& typed) {
  ASSIGN_OR_RETURN(const auto checked,
                   check_new_client(typed, impl_->dependencies.registry, impl_->dependencies.policy));
  CheckedKey key;
  if (!typed.private_key.empty()) {
    ASSIGN_OR_RETURN(key, check_private_key(typed.private_key, "/data/attributes/private-key"));
  }
  return impl_->dependencies.database.write([&](Transaction& transaction) -> base::Result<OAuthClient> {
    OAuthClient client = checked;
    client.id = OAuthClientId::make();
    client.uuid = base::random_uuid();
    client.organization = organization;
    client.created_at = client.updated_at = impl_->dependencies.clock.now();
    RETURN_IF_ERROR(impl_->check_projects(transaction, client));
    RETURN_IF_ERROR(store::insert_client(transaction, client, {}));
    if (!typed.secret.empty()) RETURN_IF_ERROR(impl_->put_client_secret(transaction, client, typed.secret));
    if (!key.text.empty()) RETURN_IF_ERROR(impl_->put_key(transaction, client, key.text, key.fingerprint));
    if (!typed.token.empty()) RETURN_IF_ERROR(impl_->put_token(transaction, client, typed.token));
    RETURN_IF_ERROR(impl_->audit(transaction, who, client, "oauth-client.create"));
    return impl_->live_client(transaction, client.id);
  });
}

namespace {

template <class T>
void take(T& member, const std::optional<T>& change) {
  if (change) member = *change;
}

base::Status apply_change(OAuthClient& client, const ClientChange& change) {
  if (change.key && change.key->empty() && !client.key.empty()) {
    return base::invalid("key can't be blank", "/data/attributes/key");
  }
  take(client.name, change.name);
  take(client.key, change.key);
  take(client.rsa_public_key, change.rsa_public_key);
  take(client.ado_org_name, change.ado_org_name);
  take(client.ca_bundle, change.ca_bundle);
  take(client.proxy, change.proxy);
  take(client.no_proxy, change.no_proxy);
  take(client.organization_scoped, change.organization_scoped);
  if (change.projects) {
    client.projects.clear();
    for (const auto& project : *change.projects) client.projects.emplace_back(project);
  }
  RETURN_IF_ERROR(check_name(client.name));
  return check_endpoint(change.ca_bundle.value_or(""), change.proxy.value_or(""));
}

}  // namespace

base::Result<OAuthClient> Service::update(const auth::Principal& who, const OAuthClientId& id,
                                          const ClientChange& change) {
  return impl_->dependencies.database.write([&](Transaction& transaction) -> base::Result<OAuthClient> {
    ASSIGN_OR_RETURN(auto client, impl_->live_client(transaction, id));
    if (change.precondition) RETURN_IF_ERROR(change.precondition(client));
    RETURN_IF_ERROR(apply_change(client, change));
    if (change.projects) RETURN_IF_ERROR(impl_->check_projects(transaction, client));
    RETURN_IF_ERROR(store::update_client(transaction, client, impl_->dependencies.clock.now()));
    if (change.secret) RETURN_IF_ERROR(impl_->put_client_secret(transaction, client, *change.secret));
    const bool moved = change.ca_bundle || change.proxy || change.no_proxy;
    if (moved) RETURN_IF_ERROR(store::new_revision(transaction, id));
    if (change.token) {
      RETURN_IF_ERROR(impl_->put_token(transaction, client, *change.token));
    } else if (moved && client.has_token) {
      RETURN_IF_ERROR(impl_->enqueue_verify(transaction, client.token_id));
    }
    RETURN_IF_ERROR(
        impl_->audit(transaction, who, client, change.token ? "oauth-token.replace" : "oauth-client.update"));
    return impl_->live_client(transaction, id);
  });
}

base::Status Service::set_ssh_key(const auth::Principal& who, const OAuthTokenId& id, const base::Secret& private_key) {
  ASSIGN_OR_RETURN(const auto key, check_private_key(private_key, "/data/attributes/ssh-key"));
  return impl_->dependencies.database.write([&](Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto access, impl_->access(transaction, id, false));
    ASSIGN_OR_RETURN(auto client, impl_->live_client(transaction, access.client));
    RETURN_IF_ERROR(impl_->put_key(transaction, client, key.text, key.fingerprint));
    return impl_->audit(transaction, who, client, "oauth-token.set-ssh-key");
  });
}

base::Status Service::add_projects(const auth::Principal& who, const OAuthClientId& id,
                                   const std::vector<std::string>& projects) {
  return impl_->dependencies.database.write([&](Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(auto client, impl_->live_client(transaction, id));
    for (const auto& project : projects) {
      const auth::ProjectId one(project);
      ASSIGN_OR_RETURN(const bool there, store::project_exists(transaction, client.organization, project));
      if (!there) return base::not_found("not found");
      if (std::find(client.projects.begin(), client.projects.end(), one) == client.projects.end()) {
        client.projects.push_back(one);
      }
    }
    RETURN_IF_ERROR(store::set_projects(transaction, id, client.projects));
    return impl_->audit(transaction, who, client, "oauth-client.add-projects");
  });
}

base::Status Service::remove_projects(const auth::Principal& who, const OAuthClientId& id,
                                      const std::vector<std::string>& projects) {
  return impl_->dependencies.database.write([&](Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(auto client, impl_->live_client(transaction, id));
    std::erase_if(client.projects, [&](const auth::ProjectId& project) {
      return std::find(projects.begin(), projects.end(), project.str()) != projects.end();
    });
    RETURN_IF_ERROR(store::set_projects(transaction, id, client.projects));
    return impl_->audit(transaction, who, client, "oauth-client.remove-projects");
  });
}

// The private key goes at once; the token stays, unseen, until nothing at the provider needs it any more.
base::Status Service::Impl::forget_token(Transaction& transaction, const OAuthTokenId& id) {
  ASSIGN_OR_RETURN(const auto access, this->access(transaction, id, false));
  RETURN_IF_ERROR(store::mark_token_deleted(transaction, id, dependencies.clock.now()));
  if (!access.ssh_secret.empty()) {
    RETURN_IF_ERROR(dependencies.vault.erase(transaction, access.ssh_secret));
    RETURN_IF_ERROR(store::set_ssh_secret(transaction, id, {}, ""));
  }
  for (const auto& listener : listeners) RETURN_IF_ERROR(listener.deleted(transaction, id));
  return jobs::enqueue(transaction, {"provider.erase", id.str(), id.str(), {}});
}

base::Status Service::Impl::remove(Transaction& transaction, const auth::Principal& who, const OAuthClient& client) {
  RETURN_IF_ERROR(put_client_secret(transaction, client, {}));
  if (!client.token_id.empty()) RETURN_IF_ERROR(forget_token(transaction, client.token_id));
  RETURN_IF_ERROR(store::mark_client_deleted(transaction, client.id, dependencies.clock.now()));
  RETURN_IF_ERROR(store::erase_empty_client(transaction, client.id));
  return audit(transaction, who, client, "oauth-client.delete");
}

base::Status Service::remove(const auth::Principal& who, const OAuthClientId& id) {
  return impl_->dependencies.database.write([&](Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto client, impl_->live_client(transaction, id));
    return impl_->remove(transaction, who, client);
  });
}

base::Status Service::remove_all(Transaction& transaction, const auth::Principal& who,
                                 const auth::OrganizationId& organization) {
  ASSIGN_OR_RETURN(const auto clients, store::list_clients(transaction, organization));
  for (const auto& client : clients) RETURN_IF_ERROR(impl_->remove(transaction, who, client));
  return {};
}

base::Result<bool> Service::has_tokens(storage::Connection& connection, const auth::OrganizationId& organization) {
  return store::has_tokens(connection, organization);
}

base::Status Service::remove_token(const auth::Principal& who, const OAuthTokenId& id) {
  return impl_->dependencies.database.write([&](Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto access, impl_->access(transaction, id, false));
    ASSIGN_OR_RETURN(const auto client, impl_->live_client(transaction, access.client));
    RETURN_IF_ERROR(impl_->forget_token(transaction, id));
    return impl_->audit(transaction, who, client, "oauth-token.delete");
  });
}

}  // namespace providers
