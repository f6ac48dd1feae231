#include "auth/audit.h"

#include "auth/audit_log.h"

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

#define AUDIT_FILTER \
  " FROM audit_events WHERE organization_id = $1 AND ($2 = '' OR action = $2) AND ($3 = '' OR target_id = $3)"

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
  ASSIGN_OR_RETURN(const auto count,
                   connection.find("SELECT COUNT(*)" AUDIT_FILTER, {organization, filter.action, filter.target_id}));
  result.total = count->integer(0);
  ASSIGN_OR_RETURN(const auto rows,
                   connection.query("SELECT id, created_at, actor_kind, actor_id, actor_name, token_id, action, "
                                    "target_type, target_id, detail, request_id" AUDIT_FILTER
                                    " ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5",
                                    {organization, filter.action, filter.target_id, page.size, page.offset()}));
  for (const storage::Row& row : rows) result.items.push_back(event_from(row));
  return result;
}

}  // namespace auth
