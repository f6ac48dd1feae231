#include <utility>

#include "providers/vcs_event.h"
#include "webhooks/registrar_impl.h"

// Bringing a hook at its provider to what is wanted: the jobs "hook.install" and "hook.remove".
namespace webhooks {
namespace {

using base::Code;
using storage::Transaction;

constexpr base::Millis kLease{600'000};         // longer than all calls of one attempt together
constexpr base::Millis kBusyPause{2'000};       // another job works on the same hook
constexpr base::Millis kRefusedPause{301'000};  // F17: at most one try in five minutes
constexpr int kGoneAttempts = 3;                // how often "no such repository" is heard before it is believed

bool is_removal(const store::HookRow& row) { return row.hook.status == HookStatus::kRemoving; }

// When to try again; nothing for the usual back-off.
std::optional<base::Millis> pause_after(const base::Error& error) {
  if (error.retry_after) return *error.retry_after + base::Millis(1'000);
  switch (error.code) {
    case Code::kUnauthorized:
    case Code::kForbidden:
    case Code::kNotFound:
    case Code::kConflict:
    case Code::kInvalid: return kRefusedPause;
    default: return std::nullopt;
  }
}

std::string advice(const base::Error& error) {
  switch (error.code) {
    case Code::kUnauthorized: return "Replace the provider's token.";
    case Code::kForbidden:
    case Code::kNotFound:
      return "Give the token's account the right to manage webhooks of this repository, or install the webhook by "
             "hand.";
    case Code::kInvalid: return "Check the provider's addresses and the server's outbound rules.";
    default: return "It is tried again; check that the provider can be reached.";
  }
}

}  // namespace

jobs::Outcome Registrar::Impl::work(const jobs::Job& job) {
  const HookId id(job.payload);
  std::optional<store::HookRow> row;
  const auto now = dependencies.clock.now();
  auto taken = dependencies.database.write([&](Transaction& transaction) -> base::Result<bool> {
    ASSIGN_OR_RETURN(const bool leased, store::take_lease(transaction, id, job.id.str(), now, now + kLease));
    ASSIGN_OR_RETURN(row, store::find_hook(transaction, id));
    return leased;
  });
  if (!taken) return jobs::Outcome::retry(taken.error().message);
  if (!row) return jobs::Outcome::done();
  if (!*taken) return jobs::Outcome::retry("another job works on the same webhook", kBusyPause);
  const bool newest = job.key == id.str() + ":" + std::to_string(row->generation);
  auto outcome = !newest ? jobs::Outcome::done() : is_removal(*row) ? remove_now(job, *row) : install_now(job, *row);
  (void)dependencies.database.write(
      [&](Transaction& transaction) { return store::give_lease_back(transaction, id, job.id.str()); });
  return outcome;
}

jobs::Outcome Registrar::Impl::install_now(const jobs::Job&, const store::HookRow& row) {
  auto opened = dependencies.providers.open(row.hook.token);
  if (!opened) return not_installed(row, opened.error());
  auto secret = dependencies.database.read([&](storage::Connection& connection) {
    return dependencies.vault.get(connection, row.secret, store::secret_owner(row.hook.organization, row.hook.id));
  });
  if (!secret) return not_installed(row, secret.error());
  vcs::HookSpec spec;
  spec.url = url_of(row.hook.uuid);
  spec.secret = *std::move(secret);
  auto ids = opened->provider->ensure_hook(row.repository, spec);
  return ids ? installed(row, *ids) : not_installed(row, ids.error());
}

jobs::Outcome Registrar::Impl::installed(const store::HookRow& row, const vcs::InstalledHook& ids) {
  auto stored = dependencies.database.write([&](Transaction& transaction) -> base::Status {
    RETURN_IF_ERROR(store::set_installed(transaction, row, ids, dependencies.clock.now()));
    return end_of_overlap(transaction, row.hook.id);
  });
  // Not stored: the next attempt finds the hook by its URL.
  return stored ? jobs::Outcome::done() : jobs::Outcome::retry(stored.error().message);
}

jobs::Outcome Registrar::Impl::not_installed(const store::HookRow& row, const base::Error& error) {
  (void)dependencies.database.write([&](Transaction& transaction) -> base::Status {
    RETURN_IF_ERROR(store::set_problem(transaction, row, HookStatus::kFailed, error.message, dependencies.clock.now()));
    if (row.hook.last_error == error.message) return {};
    providers::VcsEvent event;
    event.organization = row.hook.organization;
    event.token = row.hook.token;
    event.level = providers::VcsEvent::Level::kError;
    event.message = "The webhook of " + row.repository.path + " could not be installed: " + error.message;
    event.suggested_action = advice(error);
    event.repository_path = row.repository.path;
    return providers::record_event(transaction, dependencies.clock, event);
  });
  return jobs::Outcome::retry(error.message, pause_after(error));
}

jobs::Outcome Registrar::Impl::remove_now(const jobs::Job& job, const store::HookRow& row) {
  auto opened = dependencies.providers.open_for_removal(row.hook.token);
  if (!opened) return not_removed(job, row, opened.error());
  auto gone = opened->provider->remove_hook(row.repository, {row.installed_ids}, url_of(row.hook.uuid));
  return gone ? removed(row) : not_removed(job, row, gone.error());
}

jobs::Outcome Registrar::Impl::removed(const store::HookRow& row) {
  auto stored = dependencies.database.write([&](Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const bool erased, store::erase_hook(transaction, row));
    if (!erased) return {};  // wanted again meanwhile: the newer job installs it
    RETURN_IF_ERROR(erase_secrets(transaction, row));
    RETURN_IF_ERROR(audit(transaction, row, "webhook.remove", "nobody uses it any more; removed at the provider"));
    forget_on_commit(transaction, row.hook.uuid);
    return dependencies.providers.erase_if_unused(transaction, row.hook.token);
  });
  return stored ? jobs::Outcome::done() : jobs::Outcome::retry(stored.error().message);
}

jobs::Outcome Registrar::Impl::not_removed(const jobs::Job& job, const store::HookRow& row, const base::Error& error) {
  // Nothing more can be done once the token is erased, or when the provider keeps saying there is no such place.
  const bool token_gone = error.code == Code::kNotFound && !dependencies.providers.open_for_removal(row.hook.token);
  const bool hopeless = token_gone || (error.code == Code::kNotFound && job.attempt >= kGoneAttempts);
  const auto status = hopeless ? HookStatus::kLeftOver : HookStatus::kRemoving;
  auto stored = dependencies.database.write([&](Transaction& transaction) -> base::Status {
    RETURN_IF_ERROR(store::set_problem(transaction, row, status, error.message, dependencies.clock.now()));
    forget_on_commit(transaction, row.hook.uuid);
    return hopeless ? dependencies.providers.erase_if_unused(transaction, row.hook.token) : base::Status();
  });
  if (hopeless && stored) return jobs::Outcome::done();
  return jobs::Outcome::retry(error.message, pause_after(error));
}

void Registrar::register_jobs(jobs::Workers& workers) {
  jobs::WorkerOptions options;
  options.park_after = 1'000'000;  // a hook is tried until it is in or out
  const auto handler = [impl = impl_.get()](const jobs::Job& job) { return impl->work(job); };
  workers.register_handler("hook.install", options, handler);
  workers.register_handler("hook.remove", options, handler);
  workers.register_handler("hook.forget-secret", {.threads = 1},
                           [impl = impl_.get()](const jobs::Job& job) { return impl->forget_secret(job); });
}

}  // namespace webhooks
