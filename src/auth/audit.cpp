#include "auth/audit.h"

#include <limits>
#include <span>
#include <vector>

#include "auth/audit_log.h"
#include "auth/sql.h"
#include "base/strings.h"

namespace auth {
namespace {

struct AuditTag {
  static constexpr std::string_view kPrefix = "ae";
};

const char* kind_name(Principal::Kind kind) {
  switch (kind) {
    case Principal::Kind::kAnonymous: return "system";
    case Principal::Kind::kUser: return "user";
    case Principal::Kind::kTeam: return "team";
    case Principal::Kind::kOrganization: return "organization";
  }
  return "system";
}

AuditEvent event_from(const storage::Row& row) {
  AuditEvent event;
  event.id = row.text(0);
  event.created_at = row.time(1);
  event.actor_kind = row.text(2);
  event.actor_id = row.text(3);
  event.actor_name = row.text(4);
  event.token_id = row.text(5);
  event.action = row.text(6);
  event.target_type = row.text(7);
  event.target_id = row.text(8);
  event.detail = row.text(9);
  event.request_id = row.text(10);
  return event;
}

// The times are bounds of the index.
#define AUDIT_FILTER                                                                         \
  " FROM audit_events WHERE organization_id = $1 AND created_at >= $2 AND created_at <= $3 " \
  "AND ($4 = '' OR substr(action, 1, length($4)) = $4) AND ($5 = '' OR target_id = $5) "     \
  "AND ($6 = '' OR target_type = $6) AND ($7 = '' OR actor_id = $7 OR lower(actor_name) LIKE $8 ESCAPE '\\')"

std::vector<storage::Value> values_of(const OrganizationId& organization, const AuditFilter& filter) {
  return {storage::Value(organization),
          storage::Value(filter.from.value_or(base::from_millis(0))),
          storage::Value(filter.to.value_or(base::from_millis(std::numeric_limits<std::int64_t>::max()))),
          storage::Value(filter.action),
          storage::Value(filter.target_id),
          storage::Value(filter.target_type),
          storage::Value(filter.actor),
          storage::Value(contains_pattern(base::to_lower(filter.actor)))};
}

}  // namespace

base::Status audit(storage::Transaction& transaction, const base::Clock& clock, const AuditEntry& entry) {
  RETURN_IF_ERROR(transaction.execute(
      "INSERT INTO audit_events (id, organization_id, created_at, actor_kind, actor_id, actor_name, token_id, action, "
      "target_type, target_id, detail, request_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
      {base::Id<AuditTag>::make(), entry.organization, clock.now(), kind_name(entry.who.kind), actor_id(entry.who),
       entry.who.name, entry.who.token.empty() ? entry.who.session : entry.who.token.str(), entry.action,
       entry.target_type, entry.target_id, entry.detail, entry.request_id}));
  return {};
}

Principal system_principal() {
  Principal principal;
  principal.name = "runbridge";
  return principal;
}

std::string actor_id(const Principal& principal) {
  switch (principal.kind) {
    case Principal::Kind::kAnonymous: return {};
    case Principal::Kind::kUser: return principal.user.str();
    case Principal::Kind::kTeam: return principal.team.str();
    case Principal::Kind::kOrganization: return principal.organization.str();
  }
  return {};
}

base::Result<base::Page<AuditEvent>> list_audit_events(storage::Connection& connection,
                                                       const OrganizationId& organization, const AuditFilter& filter,
                                                       const base::PageRequest& page) {
  base::Page<AuditEvent> result{.request = page};
  auto values = values_of(organization, filter);
  ASSIGN_OR_RETURN(const auto count,
                   connection.query("SELECT COUNT(*)" AUDIT_FILTER, std::span<const storage::Value>(values)));
  result.total = count.front().integer(0);
  values.emplace_back(page.size);
  values.emplace_back(page.offset());
  ASSIGN_OR_RETURN(const auto rows,
                   connection.query("SELECT id, created_at, actor_kind, actor_id, actor_name, token_id, action, "
                                    "target_type, target_id, detail, request_id" AUDIT_FILTER
                                    " ORDER BY created_at DESC, id DESC LIMIT $9 OFFSET $10",
                                    std::span<const storage::Value>(values)));
  for (const storage::Row& row : rows) result.items.push_back(event_from(row));
  return result;
}

}  // namespace auth
