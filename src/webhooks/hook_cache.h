#pragma once

#include <cstdint>
#include <map>
#include <memory>
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
  bool accepting = true;  // false: authentic deliveries are recorded and ignored
};

// Hooks by the uuid in their URL, kept in memory so that an accepted delivery reads nothing from the database.
// forget() makes a change count at once in this process; other processes see it within kFreshFor. Thread-safe.
class HookCache {
 public:
  HookCache(storage::Database& database, const base::Clock& clock, vault::Vault& vault, const vcs::Registry& registry)
      : database_(database), clock_(clock), vault_(vault), registry_(registry) {}

  static constexpr base::Millis kFreshFor{60'000};

  // Null for a hook that is not there.
  base::Result<std::shared_ptr<const KnownHook>> find(const std::string& uuid);
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
  base::Result<std::shared_ptr<const KnownHook>> load(const std::string& uuid);

  storage::Database& database_;
  const base::Clock& clock_;
  vault::Vault& vault_;
  const vcs::Registry& registry_;
  base::Guarded<State> state_;
};

}  // namespace webhooks
