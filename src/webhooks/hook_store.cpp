#include "webhooks/hook_store.h"

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "jsonapi/json.h"

namespace webhooks {

const char* hook_status_name(HookStatus status) {
  switch (status) {
    case HookStatus::kPending: return "pending";
    case HookStatus::kInstalled: return "installed";
    case HookStatus::kFailed: return "failed";
    case HookStatus::kRemoving: return "removing";
    case HookStatus::kLeftOver: return "left-over";
  }
  return "pending";
}

namespace store {
namespace {

#define HOOK_COLUMNS                                                                                              \
  "SELECT h.id, h.uuid, h.organization_id, h.client_id, h.token_id, h.kind, h.repository_id, h.repository_path, " \
  "h.display_path, h.default_branch, h.http_url, h.https_clone_url, h.ssh_clone_url, h.secret_id, h.status, "     \
  "h.enabled, h.generation, h.installed_ids, h.last_error, h.installed_at, h.rejected, h.created_at, "            \
  "(SELECT MAX(d.received_at) FROM deliveries d WHERE d.hook_id = h.id), h.former_secret_id, h.former_until "     \
  "FROM vcs_hooks h "

base::Status done(base::Result<std::int64_t> result) {
  if (!result) return std::move(result).error();
  return {};
}

HookStatus status_from(const std::string& name) {
  for (const auto status :
       {HookStatus::kInstalled, HookStatus::kFailed, HookStatus::kRemoving, HookStatus::kLeftOver}) {
    if (name == hook_status_name(status)) return status;
  }
  return HookStatus::kPending;
}

std::vector<std::string> ids_from(const std::string& text) {
  std::vector<std::string> out;
  const auto parsed = jsonapi::parse(text);
  if (!parsed || !parsed->is_array()) return out;
  for (const auto& item : *parsed) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

vcs::Repository read_repository(const storage::Row& row) {
  vcs::Repository repository;
  repository.id = row.text(6);
  repository.path = row.text(7);
  repository.display_path = row.text(8);
  repository.default_branch = row.text(9);
  repository.http_url = row.text(10);
  repository.https_clone_url = row.text(11);
  repository.ssh_clone_url = row.text(12);
  return repository;
}

HookRow read_hook(const storage::Row& row) {
  HookRow out;
  out.repository = read_repository(row);
  auto& hook = out.hook;
  hook.id = row.id<HookId>(0);
  hook.uuid = row.text(1);
  hook.organization = row.id<auth::OrganizationId>(2);
  hook.client = row.id<providers::OAuthClientId>(3);
  hook.token = row.id<providers::OAuthTokenId>(4);
  hook.kind = row.text(5);
  hook.repository_id = out.repository.id;
  hook.repository_path = out.repository.path;
  hook.repository_url = out.repository.http_url;
  out.secret = row.id<vault::SecretId>(13);
  hook.status = status_from(row.text(14));
  hook.enabled = row.boolean(15);
  out.generation = row.integer(16);
  out.installed_ids = ids_from(row.text(17));
  hook.last_error = row.text(18);
  hook.installed_at = row.optional_time(19);
  hook.rejected = row.integer(20);
  hook.created_at = row.time(21);
  hook.last_event_at = row.optional_time(22);
  out.former_secret = row.id<vault::SecretId>(23);
  hook.former_secret_counts = !out.former_secret.empty();
  hook.former_secret_until = row.optional_time(24);
  return out;
}

std::optional<HookRow> read_one(const std::optional<storage::Row>& row) {
  return row ? std::optional(read_hook(*row)) : std::nullopt;
}

}  // namespace

vault::Owner secret_owner(const auth::OrganizationId& organization, const HookId& hook) {
  return {organization.str(), "vcs_hooks", hook.str(), "secret"};
}

base::Result<bool> insert_hook(storage::Transaction& transaction, const HookRow& row) {
  const auto& hook = row.hook;
  const auto& repository = row.repository;
  ASSIGN_OR_RETURN(
      const auto inserted,
      transaction.execute(
          "INSERT INTO vcs_hooks (id, uuid, organization_id, client_id, token_id, kind, repository_id, "
          "repository_path, display_path, default_branch, http_url, https_clone_url, ssh_clone_url, secret_id, status, "
          "enabled, generation, installed_ids, last_error, rejected, lease_by, lease_until, created_at) "
          "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1, $16, '[]', '', 0, '', 0, $17) "
          "ON CONFLICT (client_id, repository_id) DO NOTHING",
          {hook.id, hook.uuid, hook.organization, hook.client, hook.token, hook.kind, repository.id, repository.path,
           repository.display_path, repository.default_branch, repository.http_url, repository.https_clone_url,
           repository.ssh_clone_url, row.secret, hook_status_name(hook.status), row.generation, hook.created_at}));
  return inserted == 1;
}

base::Result<std::optional<HookRow>> find_hook(storage::Connection& connection, const HookId& id) {
  ASSIGN_OR_RETURN(const auto row, connection.find(HOOK_COLUMNS "WHERE h.id = $1", {id}));
  return read_one(row);
}

base::Result<std::optional<HookRow>> find_hook_by_uuid(storage::Connection& connection, std::string_view uuid) {
  ASSIGN_OR_RETURN(const auto row, connection.find(HOOK_COLUMNS "JOIN organizations o ON o.id = h.organization_id "
                                                                "WHERE h.uuid = $1 AND o.deleted_at IS NULL",
                                                   {uuid}));
  return read_one(row);
}

base::Result<std::optional<HookRow>> find_hook_of(storage::Connection& connection,
                                                  const providers::OAuthClientId& client,
                                                  std::string_view repository_id) {
  ASSIGN_OR_RETURN(const auto row, connection.find(HOOK_COLUMNS "WHERE h.client_id = $1 AND h.repository_id = $2",
                                                   {client, repository_id}));
  return read_one(row);
}

base::Result<std::vector<HookRow>> hooks_of_token(storage::Connection& connection,
                                                  const providers::OAuthTokenId& token) {
  ASSIGN_OR_RETURN(const auto rows, connection.query(HOOK_COLUMNS "WHERE h.token_id = $1 ORDER BY h.id", {token}));
  std::vector<HookRow> out;
  for (const auto& row : rows) out.push_back(read_hook(row));
  return out;
}

base::Result<base::Page<HookRow>> list_hooks(storage::Connection& connection, const auth::OrganizationId& organization,
                                             const base::PageRequest& page) {
  base::Page<HookRow> out;
  out.request = page;
  ASSIGN_OR_RETURN(const auto count,
                   connection.find("SELECT COUNT(*) FROM vcs_hooks WHERE organization_id = $1", {organization}));
  out.total = count->integer(0);
  ASSIGN_OR_RETURN(
      const auto rows,
      connection.query(HOOK_COLUMNS "WHERE h.organization_id = $1 ORDER BY h.created_at, h.id LIMIT $2 OFFSET $3",
                       {organization, page.size, page.offset()}));
  for (const auto& row : rows) out.items.push_back(read_hook(row));
  return out;
}

base::Status lock_hook(storage::Transaction& transaction, const HookId& id) {
  return done(transaction.execute("UPDATE vcs_hooks SET generation = generation WHERE id = $1", {id}));
}

base::Result<std::int64_t> set_wanted(storage::Transaction& transaction, const HookId& id, HookStatus status,
                                      const providers::OAuthTokenId& token) {
  ASSIGN_OR_RETURN(const auto row, transaction.find("UPDATE vcs_hooks SET status = $2, token_id = $3, last_error = '', "
                                                    "generation = generation + 1 WHERE id = $1 RETURNING generation",
                                                    {id, hook_status_name(status), token}));
  if (!row) return base::not_found("not found");
  return row->integer(0);
}

base::Status set_repository(storage::Transaction& transaction, const HookId& id, const vcs::Repository& repository) {
  return done(transaction.execute(
      "UPDATE vcs_hooks SET repository_path = $2, display_path = $3, default_branch = $4, http_url = $5, "
      "https_clone_url = $6, ssh_clone_url = $7 WHERE id = $1",
      {id, repository.path, repository.display_path, repository.default_branch, repository.http_url,
       repository.https_clone_url, repository.ssh_clone_url}));
}

base::Status set_secret(storage::Transaction& transaction, const HookRow& row, base::Millis overlap) {
  return done(
      transaction.execute("UPDATE vcs_hooks SET secret_id = $2, former_secret_id = $3, former_until = NULL, "
                          "secret_overlap = $4 WHERE id = $1",
                          {row.hook.id, row.secret, row.former_secret, std::int64_t{overlap.count()}}));
}

base::Status drop_former_secret(storage::Transaction& transaction, const HookId& id) {
  return done(
      transaction.execute("UPDATE vcs_hooks SET former_secret_id = '', former_until = NULL WHERE id = $1", {id}));
}

base::Result<bool> take_lease(storage::Transaction& transaction, const HookId& id, std::string_view by, base::Time now,
                              base::Time until) {
  ASSIGN_OR_RETURN(const auto taken,
                   transaction.execute("UPDATE vcs_hooks SET lease_by = $2, lease_until = $4 "
                                       "WHERE id = $1 AND (lease_by = '' OR lease_by = $2 OR lease_until < $3)",
                                       {id, by, now, until}));
  return taken == 1;
}

base::Status give_lease_back(storage::Transaction& transaction, const HookId& id, std::string_view by) {
  return done(transaction.execute("UPDATE vcs_hooks SET lease_by = '' WHERE id = $1 AND lease_by = $2", {id, by}));
}

base::Status set_installed(storage::Transaction& transaction, const HookRow& row, const vcs::InstalledHook& installed,
                           base::Time now) {
  return done(
      transaction.execute("UPDATE vcs_hooks SET status = $3, installed_ids = $4, installed_at = $5, last_error = '', "
                          "former_until = CASE WHEN former_secret_id = '' THEN NULL "
                          "ELSE COALESCE(former_until, $5 + secret_overlap) END "
                          "WHERE id = $1 AND generation = $2",
                          {row.hook.id, row.generation, hook_status_name(HookStatus::kInstalled),
                           jsonapi::dump(jsonapi::Json(installed.ids)), now}));
}

base::Status set_problem(storage::Transaction& transaction, const HookRow& row, HookStatus status,
                         std::string_view error, base::Time now) {
  return done(
      transaction.execute("UPDATE vcs_hooks SET status = $3, last_error = $4, last_error_at = $5 "
                          "WHERE id = $1 AND generation = $2",
                          {row.hook.id, row.generation, hook_status_name(status), base::printable(error, 2000), now}));
}

base::Result<bool> erase_hook(storage::Transaction& transaction, const HookRow& row) {
  ASSIGN_OR_RETURN(const auto erased,
                   transaction.execute("DELETE FROM vcs_hooks WHERE id = $1 AND generation = $2 AND status = $3",
                                       {row.hook.id, row.generation, hook_status_name(HookStatus::kRemoving)}));
  return erased == 1;
}

base::Status drop_hook(storage::Transaction& transaction, const HookId& id) {
  return done(transaction.execute("DELETE FROM vcs_hooks WHERE id = $1", {id}));
}

base::Status add_rejected(storage::Transaction& transaction, const HookId& id, std::int64_t count) {
  return done(transaction.execute("UPDATE vcs_hooks SET rejected = rejected + $2 WHERE id = $1", {id, count}));
}

base::Result<std::optional<HookId>> hook_of_consumer(storage::Connection& connection, std::string_view consumer) {
  ASSIGN_OR_RETURN(const auto row,
                   connection.find("SELECT hook_id FROM hook_consumers WHERE consumer = $1", {consumer}));
  return row ? std::optional(row->id<HookId>(0)) : std::nullopt;
}

base::Status put_consumer(storage::Transaction& transaction, std::string_view consumer, const HookId& hook,
                          base::Time now) {
  return done(
      transaction.execute("INSERT INTO hook_consumers (consumer, hook_id, created_at) VALUES ($1, $2, $3) "
                          "ON CONFLICT (consumer) DO UPDATE SET hook_id = excluded.hook_id",
                          {consumer, hook, now}));
}

base::Status drop_consumer(storage::Transaction& transaction, std::string_view consumer) {
  return done(transaction.execute("DELETE FROM hook_consumers WHERE consumer = $1", {consumer}));
}

base::Status drop_consumers(storage::Transaction& transaction, const HookId& hook) {
  return done(transaction.execute("DELETE FROM hook_consumers WHERE hook_id = $1", {hook}));
}

base::Result<std::vector<std::string>> consumers(storage::Connection& connection, const HookId& hook) {
  ASSIGN_OR_RETURN(
      const auto rows,
      connection.query("SELECT consumer FROM hook_consumers WHERE hook_id = $1 ORDER BY consumer", {hook}));
  std::vector<std::string> out;
  for (const auto& row : rows) out.push_back(row.text(0));
  return out;
}

}  // namespace store
}  // namespace webhooks
