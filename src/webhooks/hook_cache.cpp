#include "webhooks/hook_cache.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "webhooks/hook_store.h"

namespace webhooks {
namespace {

constexpr std::size_t kMaxEntries = 20'000;

bool is_uuid(std::string_view text) {
  return text.size() == 36 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-';
         });
}

}  // namespace

base::Result<std::shared_ptr<const KnownHook>> HookCache::find(const std::string& uuid) {
  return find(uuid, kFreshFor);
}

base::Result<std::shared_ptr<const KnownHook>> HookCache::find_again(const std::string& uuid) {
  return find(uuid, kDoubtAfter);
}

base::Result<std::shared_ptr<const KnownHook>> HookCache::find(const std::string& uuid, base::Millis fresh_for) {
  if (!is_uuid(uuid)) return std::shared_ptr<const KnownHook>();
  const auto now = clock_.steady();
  std::uint64_t changes = 0;
  auto known = state_.with([&](State& state) {
    changes = state.changes;
    const auto found = state.entries.find(uuid);
    const bool fresh = found != state.entries.end() && now - found->second.loaded < fresh_for;
    return fresh ? found->second.hook : nullptr;
  });
  if (known) return known;
  ASSIGN_OR_RETURN(auto loaded, load(uuid));
  state_.with([&](State& state) {
    if (!loaded) {
      state.entries.erase(uuid);
      return;
    }
    if (state.changes != changes) return;
    if (state.entries.size() >= kMaxEntries) state.entries.clear();
    state.entries[uuid] = {loaded, now};
  });
  return loaded;
}

void HookCache::forget(const std::string& uuid) {
  state_.with([&](State& state) {
    ++state.changes;
    state.entries.erase(uuid);
  });
}

base::Result<std::shared_ptr<const KnownHook>> HookCache::load(const std::string& uuid) {
  using Found = std::shared_ptr<const KnownHook>;
  return database_.read([&](storage::Connection& connection) -> base::Result<Found> {
    ASSIGN_OR_RETURN(const auto row, store::find_hook_by_uuid(connection, uuid));
    if (!row) return Found();
    const auto* kind = registry_.find(row->hook.kind);
    if (!kind) return Found();
    auto known = std::make_shared<KnownHook>();
    known->id = row->hook.id;
    known->organization = row->hook.organization;
    known->client = row->hook.client;
    known->token = row->hook.token;
    known->kind = kind;
    known->repository_path = row->hook.repository_path;
    known->accepting =
        row->hook.enabled && row->hook.status != HookStatus::kRemoving && row->hook.status != HookStatus::kLeftOver;
    ASSIGN_OR_RETURN(known->secret,
                     vault_.get(connection, row->secret, store::secret_owner(row->hook.organization, row->hook.id)));
    if (row->former_secret.empty()) return Found(std::move(known));
    known->former_secret_until = row->hook.former_secret_until;
    ASSIGN_OR_RETURN(known->former_secret, vault_.get(connection, row->former_secret,
                                                      store::secret_owner(row->hook.organization, row->hook.id)));
    return Found(std::move(known));
  });
}

}  // namespace webhooks
