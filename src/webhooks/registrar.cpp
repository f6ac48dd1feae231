#include "webhooks/registrar.h"

#include <utility>

#include "auth/organization.h"
#include "base/random.h"
#include "jsonapi/json.h"
#include "jsonapi/resource.h"
#include "webhooks/registrar_impl.h"

namespace webhooks {
namespace {

using storage::Transaction;

bool is_wanted(HookStatus status) { return status != HookStatus::kRemoving && status != HookStatus::kLeftOver; }

bool same_place(const vcs::Repository& a, const vcs::Repository& b) {
  return a.path == b.path && a.display_path == b.display_path && a.default_branch == b.default_branch &&
         a.http_url == b.http_url && a.https_clone_url == b.https_clone_url && a.ssh_clone_url == b.ssh_clone_url;
}

}  // namespace

Registrar::Registrar(Dependencies dependencies) : impl_(std::make_unique<Impl>(std::move(dependencies))) {
  impl_->dependencies.providers.on_deleted(
      [impl = impl_.get()](Transaction& transaction, const providers::OAuthTokenId& token) {
        return impl->token_deleted(transaction, token);
      },
      [impl = impl_.get()](storage::Connection& connection, const providers::OAuthTokenId& token) {
        return impl->token_in_use(connection, token);
      },
      [impl = impl_.get()](Transaction& transaction, const providers::OAuthTokenId& token) {
        return impl->token_erased(transaction, token);
      });
}
Registrar::~Registrar() = default;

Hook Registrar::Impl::shown(const store::HookRow& row) const {
  Hook hook = row.hook;
  hook.url = url_of(hook.uuid);
  return hook;
}

void Registrar::Impl::forget_on_commit(Transaction& transaction, const std::string& uuid) const {
  transaction.on_commit([&cache = dependencies.cache, uuid] { cache.forget(uuid); });
}

base::Result<store::HookRow> Registrar::Impl::make_hook(Transaction& transaction, const providers::TokenInfo& token,
                                                        const vcs::Repository& repository) {
  store::HookRow row;
  row.repository = repository;
  row.hook.id = HookId::make();
  row.hook.uuid = base::random_uuid();
  row.hook.organization = token.organization;
  row.hook.client = token.client_id;
  row.hook.token = token.id;
  row.hook.kind = token.kind;
  row.hook.created_at = dependencies.clock.now();
  ASSIGN_OR_RETURN(row.secret, dependencies.vault.put(transaction, store::secret_owner(token.organization, row.hook.id),
                                                      new_hook_secret()));
  ASSIGN_OR_RETURN(const bool inserted, store::insert_hook(transaction, row));
  if (!inserted) RETURN_IF_ERROR(dependencies.vault.erase(transaction, row.secret));  // another node was faster
  ASSIGN_OR_RETURN(auto found, store::find_hook_of(transaction, token.client_id, repository.id));
  if (!found) return base::unavailable("the webhook is being changed by someone else; try again");
  if (inserted) RETURN_IF_ERROR(want(transaction, *found, HookStatus::kPending, token.id));
  return *std::move(found);
}

base::Status Registrar::Impl::want(Transaction& transaction, const store::HookRow& row, HookStatus status,
                                   const providers::OAuthTokenId& token) {
  ASSIGN_OR_RETURN(const auto generation, store::set_wanted(transaction, row.hook.id, status, token));
  const std::string kind = is_wanted(status) ? "hook.install" : "hook.remove";
  // A key for each generation: a job that is under way with an older wish must not swallow the newer one.
  const auto key = row.hook.id.str() + ":" + std::to_string(generation);
  RETURN_IF_ERROR(jobs::enqueue(transaction, {kind, key, row.hook.id.str(), {}}));
  forget_on_commit(transaction, row.hook.uuid);
  return {};
}

base::Result<Hook> Registrar::attach(Transaction& transaction, const providers::OAuthTokenId& token,
                                     const vcs::Repository& repository, std::string_view consumer) {
  if (repository.id.empty()) return base::internal("a repository without an id cannot have a hook");
  ASSIGN_OR_RETURN(const auto info, impl_->dependencies.providers.find_token(transaction, token));
  ASSIGN_OR_RETURN(auto row, store::find_hook_of(transaction, info.client_id, repository.id));
  if (!row) {
    ASSIGN_OR_RETURN(row, impl_->make_hook(transaction, info, repository));
  }
  RETURN_IF_ERROR(store::lock_hook(transaction, row->hook.id));
  ASSIGN_OR_RETURN(row, store::find_hook(transaction, row->hook.id));
  if (!row) return base::unavailable("the webhook is being changed by someone else; try again");
  if (!is_wanted(row->hook.status) || row->hook.token != token) {
    RETURN_IF_ERROR(impl_->want(transaction, *row, HookStatus::kPending, token));
  }
  if (!same_place(row->repository, repository)) {
    RETURN_IF_ERROR(update_repository(transaction, row->hook.id, repository));
  }
  ASSIGN_OR_RETURN(const auto former, store::hook_of_consumer(transaction, consumer));
  RETURN_IF_ERROR(store::put_consumer(transaction, consumer, row->hook.id, impl_->dependencies.clock.now()));
  if (former && *former != row->hook.id) RETURN_IF_ERROR(impl_->release(transaction, *former));
  ASSIGN_OR_RETURN(row, store::find_hook(transaction, row->hook.id));
  return impl_->shown(*row);
}

base::Status Registrar::Impl::release(Transaction& transaction, const HookId& hook) {
  RETURN_IF_ERROR(store::lock_hook(transaction, hook));
  ASSIGN_OR_RETURN(const auto left, store::consumers(transaction, hook));
  if (!left.empty()) return {};
  ASSIGN_OR_RETURN(const auto row, store::find_hook(transaction, hook));
  if (!row || !is_wanted(row->hook.status)) return {};
  return want(transaction, *row, HookStatus::kRemoving, row->hook.token);
}

base::Status Registrar::detach(Transaction& transaction, std::string_view consumer) {
  ASSIGN_OR_RETURN(const auto hook, store::hook_of_consumer(transaction, consumer));
  if (!hook) return {};
  RETURN_IF_ERROR(store::drop_consumer(transaction, consumer));
  return impl_->release(transaction, *hook);
}

base::Status Registrar::Impl::token_deleted(Transaction& transaction, const providers::OAuthTokenId& token) {
  ASSIGN_OR_RETURN(const auto rows, store::hooks_of_token(transaction, token));
  for (const auto& row : rows) {
    RETURN_IF_ERROR(store::drop_consumers(transaction, row.hook.id));
    RETURN_IF_ERROR(release(transaction, row.hook.id));
  }
  return {};
}

// Nothing can be removed at the provider any more. What an organization that is deleted leaves there, nobody will look
// at here either: its rows and secrets go.
base::Status Registrar::Impl::token_erased(Transaction& transaction, const providers::OAuthTokenId& token) {
  ASSIGN_OR_RETURN(const auto rows, store::hooks_of_token(transaction, token));
  for (const auto& row : rows) {
    RETURN_IF_ERROR(audit(transaction, row, "webhook.left-over",
                          "it could not be removed at the provider before its token was erased: delete it there"));
    ASSIGN_OR_RETURN(const bool alone, auth::is_deleted(transaction, row.hook.organization));
    if (!alone) continue;
    RETURN_IF_ERROR(erase_secrets(transaction, row));
    RETURN_IF_ERROR(store::drop_hook(transaction, row.hook.id));
    forget_on_commit(transaction, row.hook.uuid);
  }
  return {};
}

base::Status Registrar::Impl::audit(Transaction& transaction, const store::HookRow& row, const std::string& action,
                                    const std::string& why) const {
  return audit(transaction, row, action, {auth::system_principal()},
               {{"why", why}, {"last-error", row.hook.last_error}});
}

base::Status Registrar::Impl::audit(Transaction& transaction, const store::HookRow& row, const std::string& action,
                                    const auth::Actor& actor, jsonapi::Json detail) const {
  auth::AuditEntry entry;
  entry.organization = row.hook.organization;
  entry.who = actor.who;
  entry.action = action;
  entry.target_type = "vcs-hooks";
  entry.target_id = row.hook.id.str();
  detail["repository"] = row.repository.path;
  entry.detail = jsonapi::dump(detail);
  entry.request_id = actor.request_id;
  return auth::audit(transaction, dependencies.clock, entry);
}

base::Result<bool> Registrar::Impl::token_in_use(storage::Connection& connection,
                                                 const providers::OAuthTokenId& token) {
  ASSIGN_OR_RETURN(const auto row,
                   connection.find("SELECT 1 FROM vcs_hooks WHERE token_id = $1 AND status = $2 LIMIT 1",
                                   {token, hook_status_name(HookStatus::kRemoving)}));
  return row.has_value();
}

base::Result<std::optional<Hook>> Registrar::hook_of(storage::Connection& connection, std::string_view consumer) {
  ASSIGN_OR_RETURN(const auto id, store::hook_of_consumer(connection, consumer));
  if (!id) return std::optional<Hook>();
  ASSIGN_OR_RETURN(const auto row, store::find_hook(connection, *id));
  return row ? std::optional(impl_->shown(*row)) : std::nullopt;
}

base::Result<std::vector<std::string>> Registrar::consumers(storage::Connection& connection, const HookId& hook) {
  return store::consumers(connection, hook);
}

base::Result<std::optional<Hook>> Registrar::find(storage::Connection& connection, const HookId& id) {
  ASSIGN_OR_RETURN(const auto row, store::find_hook(connection, id));
  return row ? std::optional(impl_->shown(*row)) : std::nullopt;
}

base::Result<base::Page<Hook>> Registrar::list(const auth::OrganizationId& organization,
                                               const base::PageRequest& page) {
  return impl_->dependencies.database.read([&](storage::Connection& connection) -> base::Result<base::Page<Hook>> {
    ASSIGN_OR_RETURN(const auto rows, store::list_hooks(connection, organization, page));
    base::Page<Hook> out{{}, rows.total, rows.request};
    for (const auto& row : rows.items) out.items.push_back(impl_->shown(row));
    return out;
  });
}

base::Status Registrar::install(Transaction& transaction, const HookId& hook) {
  RETURN_IF_ERROR(store::lock_hook(transaction, hook));
  ASSIGN_OR_RETURN(const auto row, store::find_hook(transaction, hook));
  if (!row) return base::not_found("not found");
  if (!is_wanted(row->hook.status)) return base::conflict("no workspace uses this webhook any more");
  return impl_->want(transaction, *row, HookStatus::kPending, row->hook.token);
}

base::Status Registrar::forget(Transaction& transaction, const HookId& hook, const auth::Actor& actor) {
  RETURN_IF_ERROR(store::lock_hook(transaction, hook));
  ASSIGN_OR_RETURN(const auto row, store::find_hook(transaction, hook));
  if (!row) return base::not_found("not found");
  if (is_wanted(row->hook.status)) {
    return base::conflict("a workspace uses this webhook: it goes by itself once no workspace follows " +
                          row->repository.path);
  }
  RETURN_IF_ERROR(impl_->erase_secrets(transaction, *row));
  RETURN_IF_ERROR(store::drop_hook(transaction, hook));
  impl_->forget_on_commit(transaction, row->hook.uuid);
  const jsonapi::Json detail = {{"status", hook_status_name(row->hook.status)}};
  RETURN_IF_ERROR(impl_->audit(transaction, *row, "webhook.forget", actor, detail));
  return impl_->dependencies.providers.erase_if_unused(transaction, row->hook.token);
}

base::Status Registrar::update_repository(Transaction& transaction, const HookId& hook,
                                          const vcs::Repository& repository) {
  ASSIGN_OR_RETURN(const auto row, store::find_hook(transaction, hook));
  if (!row) return base::not_found("not found");
  if (row->repository.id != repository.id) return base::conflict("that is another repository");
  RETURN_IF_ERROR(store::set_repository(transaction, hook, repository));
  impl_->forget_on_commit(transaction, row->hook.uuid);
  return {};
}

}  // namespace webhooks
