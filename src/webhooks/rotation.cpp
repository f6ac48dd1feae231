#include <nlohmann/json.hpp>
#include <utility>

#include "base/random.h"
#include "jsonapi/resource.h"
#include "webhooks/registrar_impl.h"

// A hook's secret: made, changed, forgotten.
namespace webhooks {
namespace {

using storage::Transaction;

constexpr std::size_t kSecretLength = 40;  // base58: 234 bits; no character that Basic authentication minds

}  // namespace

base::Secret new_hook_secret() { return base::Secret(base::random_base58(kSecretLength)); }

base::Status Registrar::rotate_secret(Transaction& transaction, const HookId& hook, base::Millis overlap,
                                      const auth::Actor& actor) {
  auto& impl = *impl_;
  RETURN_IF_ERROR(store::lock_hook(transaction, hook));
  ASSIGN_OR_RETURN(auto row, store::find_hook(transaction, hook));
  if (!row) return base::not_found("not found");
  if (row->hook.status == HookStatus::kRemoving || row->hook.status == HookStatus::kLeftOver) {
    return base::conflict("no workspace uses this webhook any more");
  }
  if (row->hook.former_secret_counts && !row->hook.former_secret_until) {
    return base::conflict("the provider has not got the secret of the last change yet" +
                          (row->hook.last_error.empty() ? "" : ": " + row->hook.last_error));
  }
  RETURN_IF_ERROR(impl.forget_former_secret(transaction, *row));
  row->former_secret = row->secret;
  ASSIGN_OR_RETURN(row->secret, impl.dependencies.vault.put(
                                    transaction, store::secret_owner(row->hook.organization, hook), new_hook_secret()));
  RETURN_IF_ERROR(store::set_secret(transaction, *row, overlap));
  const jsonapi::Json detail = {{"overlap-seconds", overlap.count() / 1000}};
  RETURN_IF_ERROR(impl.audit(transaction, *row, "webhook.rotate-secret", actor, detail));
  return impl.want(transaction, *row, HookStatus::kPending, row->hook.token);
}

base::Status Registrar::Impl::forget_former_secret(Transaction& transaction, const store::HookRow& row) {
  if (row.former_secret.empty()) return {};
  RETURN_IF_ERROR(dependencies.vault.erase(transaction, row.former_secret));
  RETURN_IF_ERROR(store::drop_former_secret(transaction, row.hook.id));
  forget_on_commit(transaction, row.hook.uuid);
  return {};
}

base::Status Registrar::Impl::erase_secrets(Transaction& transaction, const store::HookRow& row) {
  if (!row.former_secret.empty()) RETURN_IF_ERROR(dependencies.vault.erase(transaction, row.former_secret));
  return dependencies.vault.erase(transaction, row.secret);
}

base::Status Registrar::Impl::end_of_overlap(Transaction& transaction, const HookId& hook) {
  ASSIGN_OR_RETURN(const auto row, store::find_hook(transaction, hook));
  if (!row || !row->hook.former_secret_until) return {};
  forget_on_commit(transaction, row->hook.uuid);
  return jobs::enqueue(transaction,
                       {"hook.forget-secret", row->former_secret.str(), hook.str(), *row->hook.former_secret_until});
}

jobs::Outcome Registrar::Impl::forget_secret(const jobs::Job& job) {
  auto done = dependencies.database.write([&](Transaction& transaction) -> base::Status {
    RETURN_IF_ERROR(store::lock_hook(transaction, HookId(job.payload)));
    ASSIGN_OR_RETURN(const auto row, store::find_hook(transaction, HookId(job.payload)));
    // Changed again meanwhile: that change has forgotten it, and has a job of its own.
    if (!row || row->former_secret.str() != job.key) return {};
    return forget_former_secret(transaction, *row);
  });
  return done ? jobs::Outcome::done() : jobs::Outcome::retry(done.error().message);
}

}  // namespace webhooks
