#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/page.h"
#include "storage/database.h"
#include "vault/vault.h"
#include "vcs/provider.h"
#include "webhooks/registrar.h"

// The SQL of hooks and their consumers, on the connection of the caller.
namespace webhooks::store {

// A hook with what only this folder needs of it.
struct HookRow {
  Hook hook;  // `url` is not filled in here
  vcs::Repository repository;
  vault::SecretId secret;
  vault::SecretId former_secret;  // empty unless the secret was changed lately
  std::int64_t generation = 1;    // counts every change of what is wanted
  std::vector<std::string> installed_ids;
};

vault::Owner secret_owner(const auth::OrganizationId& organization, const HookId& hook);

// False if the client has a hook for that repository already.
base::Result<bool> insert_hook(storage::Transaction& transaction, const HookRow& row);
base::Result<std::optional<HookRow>> find_hook(storage::Connection& connection, const HookId& id);
// Nothing for one of an organization that is being deleted.
base::Result<std::optional<HookRow>> find_hook_by_uuid(storage::Connection& connection, std::string_view uuid);
base::Result<std::optional<HookRow>> find_hook_of(storage::Connection& connection,
                                                  const providers::OAuthClientId& client,
                                                  std::string_view repository_id);
base::Result<std::vector<HookRow>> hooks_of_token(storage::Connection& connection,
                                                  const providers::OAuthTokenId& token);
base::Result<base::Page<HookRow>> list_hooks(storage::Connection& connection, const auth::OrganizationId& organization,
                                             const base::PageRequest& page);

// Keeps every other change to the hook waiting until the transaction ends.
base::Status lock_hook(storage::Transaction& transaction, const HookId& id);
// What is wanted changed: a new status and generation.
base::Result<std::int64_t> set_wanted(storage::Transaction& transaction, const HookId& id, HookStatus status,
                                      const providers::OAuthTokenId& token);
base::Status set_repository(storage::Transaction& transaction, const HookId& id, const vcs::Repository& repository);

// `row.secret` counts from now on; the one before it until the provider has the new one, and `overlap` longer.
base::Status set_secret(storage::Transaction& transaction, const HookRow& row, base::Millis overlap);
// The secret before it is gone.
base::Status drop_former_secret(storage::Transaction& transaction, const HookId& id);

// One job at a time works on a hook at its provider. False: another one does.
base::Result<bool> take_lease(storage::Transaction& transaction, const HookId& id, std::string_view by, base::Time now,
                              base::Time until);
base::Status give_lease_back(storage::Transaction& transaction, const HookId& id, std::string_view by);
// The results of such work; nothing happens if the hook is wanted otherwise by now (another generation).
base::Status set_installed(storage::Transaction& transaction, const HookRow& row, const vcs::InstalledHook& installed,
                           base::Time now);
base::Status set_problem(storage::Transaction& transaction, const HookRow& row, HookStatus status,
                         std::string_view error, base::Time now);
base::Result<bool> erase_hook(storage::Transaction& transaction, const HookRow& row);
// Whatever is wanted of it.
base::Status drop_hook(storage::Transaction& transaction, const HookId& id);
base::Status add_rejected(storage::Transaction& transaction, const HookId& id, std::int64_t count);

base::Result<std::optional<HookId>> hook_of_consumer(storage::Connection& connection, std::string_view consumer);
base::Status put_consumer(storage::Transaction& transaction, std::string_view consumer, const HookId& hook,
                          base::Time now);
base::Status drop_consumer(storage::Transaction& transaction, std::string_view consumer);
base::Status drop_consumers(storage::Transaction& transaction, const HookId& hook);
base::Result<std::vector<std::string>> consumers(storage::Connection& connection, const HookId& hook);

}  // namespace webhooks::store
