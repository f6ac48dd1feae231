#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "auth/ids.h"
#include "auth/service.h"
#include "base/clock.h"
#include "base/page.h"
#include "base/result.h"
#include "providers/ids.h"
#include "providers/service.h"
#include "storage/database.h"
#include "vault/vault.h"
#include "vcs/provider.h"
#include "webhooks/hook_cache.h"
#include "webhooks/ids.h"

namespace jobs {
class Workers;
}

namespace webhooks {

enum class HookStatus {
  kPending,    // not installed yet, or being brought up to date
  kInstalled,  // the provider has it
  kFailed,     // the last attempt failed; another follows
  kRemoving,   // nobody uses it any more
  kLeftOver,   // could not be removed before the token was gone: a person has to
};
const char* hook_status_name(HookStatus status);  // "pending", "installed", "failed", "removing", "left-over"

struct Hook {
  HookId id;
  std::string uuid;  // in the URL
  std::string url;   // "https://bridge.corp/webhooks/vcs/<uuid>"
  auth::OrganizationId organization;
  providers::OAuthClientId client;
  providers::OAuthTokenId token;
  std::string kind;  // "github"
  std::string repository_id, repository_path, repository_url;
  HookStatus status = HookStatus::kPending;
  bool enabled = true;  // false: deliveries are accepted and ignored
  std::string last_error;
  std::optional<base::Time> installed_at, last_event_at;
  bool former_secret_counts = false;              // the secret was changed: the one before it counts too,
  std::optional<base::Time> former_secret_until;  // until then; not known before the provider has the new one
  std::int64_t rejected = 0;  // deliveries whose authenticity was not proven, since start of the hook
  base::Time created_at;
};

// One webhook per provider client and repository, shared by everything that listens to that repository (its
// consumers: workspaces). Installing and removing at the provider are jobs that are retried, so neither attach() nor
// detach() ever waits for a host. Thread-safe.
class Registrar {
 public:
  struct Dependencies {
    storage::Database& database;
    const base::Clock& clock;
    vault::Vault& vault;
    providers::Service& providers;
    HookCache& cache;              // told of every change
    std::string webhook_base_url;  // "https://bridge.corp", no trailing slash; the provider must reach it
  };
  // Also registers with `providers` so that deleting a client removes its hooks.
  explicit Registrar(Dependencies dependencies);
  ~Registrar();

  // Makes `consumer` (any id that is unique over all consumers: a workspace's) listen to the repository. The first
  // consumer of a repository makes the hook. A consumer has one hook: attaching it to another repository detaches it
  // from the former. Attaching it again changes nothing but what is known of the repository (path, clone URL).
  base::Result<Hook> attach(storage::Transaction& transaction, const providers::OAuthTokenId& token,
                            const vcs::Repository& repository, std::string_view consumer);
  // The last consumer that leaves takes the hook with it. A consumer without a hook is not an error.
  base::Status detach(storage::Transaction& transaction, std::string_view consumer);

  base::Result<std::optional<Hook>> hook_of(storage::Connection& connection, std::string_view consumer);
  base::Result<std::vector<std::string>> consumers(storage::Connection& connection, const HookId& hook);
  base::Result<std::optional<Hook>> find(storage::Connection& connection, const HookId& id);
  base::Result<base::Page<Hook>> list(const auth::OrganizationId& organization, const base::PageRequest& page);

  // Installs (again) at the next opportunity. kConflict for a hook that nobody uses any more.
  base::Status install(storage::Transaction& transaction, const HookId& hook);

  // A new secret, brought to the provider at the next opportunity. Deliveries proven with the one before it are
  // accepted until the provider has the new one, and `overlap` longer, for those that are under way or repeated.
  // kConflict while the provider has not got the secret of the last change, and for a hook that nobody uses any more.
  base::Status rotate_secret(storage::Transaction& transaction, const HookId& hook, base::Millis overlap,
                             const auth::Actor& actor);

  // Nobody uses it any more, and nobody is to try any longer to remove it at its provider: its row and secrets go.
  // kConflict while a workspace uses it.
  base::Status forget(storage::Transaction& transaction, const HookId& hook, const auth::Actor& actor);

  // The repository has another name by now. `repository` comes from the provider itself, never from a payload;
  // kConflict if its id is not the hook's.
  base::Status update_repository(storage::Transaction& transaction, const HookId& hook,
                                 const vcs::Repository& repository);

  // Makes this process run the jobs "hook.install", "hook.remove" and "hook.forget-secret".
  void register_jobs(jobs::Workers& workers);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace webhooks
