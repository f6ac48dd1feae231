#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "auth/ids.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"
#include "base/secret.h"
#include "providers/ids.h"
#include "storage/database.h"
#include "vault/vault.h"
#include "vcs/kind.h"
#include "webhooks/ids.h"

namespace webhooks {

// What the receiver needs of a hook, with its secret opened.
struct KnownHook {
  HookId id;
  auth::OrganizationId organization;
  providers::OAuthClientId client;
  providers::OAuthTokenId token;
  const vcs::Kind* kind = nullptr;
  std::string repository_path;
  base::Secret secret;
  base::Secret former_secret;                     // empty unless the secret was changed lately
  std::optional<base::Time> former_secret_until;  // nothing: the provider has not got the new one yet
  bool accepting = true;                          // false: authentic deliveries are recorded and ignored
};

// Hooks by the uuid in their URL, kept in memory so that an accepted delivery reads nothing from the database.
// forget() makes a change count at once in this process; other processes see it within kFreshFor, and who has reason to
// doubt what is known asks with find_again(). Thread-safe.
class HookCache {
 public:
  HookCache(storage::Database& database, const base::Clock& clock, vault::Vault& vault, const vcs::Registry& registry)
      : database_(database), clock_(clock), vault_(vault), registry_(registry) {}

  static constexpr base::Millis kFreshFor{5'000};
  static constexpr base::Millis kDoubtAfter{1'000};  // forged deliveries must not become look-ups of their own number

  // Null for a hook that is not there.
  base::Result<std::shared_ptr<const KnownHook>> find(const std::string& uuid);
  // As find(), but nothing older than kDoubtAfter is believed.
  base::Result<std::shared_ptr<const KnownHook>> find_again(const std::string& uuid);
  void forget(const std::string& uuid);

 private:
  struct Entry {
    std::shared_ptr<const KnownHook> hook;
    base::SteadyTime loaded;
  };
  struct State {
    std::map<std::string, Entry, std::less<>> entries;
    std::uint64_t changes = 0;  // a look-up that began before a change is not kept
  };
  base::Result<std::shared_ptr<const KnownHook>> find(const std::string& uuid, base::Millis fresh_for);
  base::Result<std::shared_ptr<const KnownHook>> load(const std::string& uuid);

  storage::Database& database_;
  const base::Clock& clock_;
  vault::Vault& vault_;
  const vcs::Registry& registry_;
  base::Guarded<State> state_;
};

}  // namespace webhooks
