#include "providers/vcs_event.h"

#include "base/strings.h"
#include "providers/store.h"

namespace providers {
namespace {

const char* level_name(VcsEvent::Level level) { return level == VcsEvent::Level::kError ? "error" : "info"; }

}  // namespace

base::Status record_event(storage::Transaction& transaction, const base::Clock& clock, const VcsEvent& event) {
  auto inserted = transaction.execute(
      "INSERT INTO vcs_events (id, organization_id, client_id, token_id, level, message, suggested_action, "
      "repository_path, created_at) VALUES ($1, $2, "
      "COALESCE((SELECT client_id FROM oauth_tokens WHERE id = $3), ''), $3, $4, $5, $6, $7, $8)",
      {VcsEventId::make(), event.organization, event.token, level_name(event.level),
       base::printable(event.message, 2000), base::printable(event.suggested_action, 2000),
       base::printable(event.repository_path, 500), clock.now()});
  if (!inserted) return std::move(inserted).error();
  return {};
}

namespace store {
namespace {

bool wanted(const std::vector<std::string>& levels, const char* level) {
  return levels.empty() || std::find(levels.begin(), levels.end(), level) != levels.end();
}

// A list of ids as one parameter: ",a,b,". Ids hold no comma.
std::string listed(const std::vector<std::string>& ids) { return ids.empty() ? "" : "," + base::join(ids, ",") + ","; }

EventRow read_event(const storage::Row& row) {
  EventRow out;
  out.id = row.id<VcsEventId>(0);
  out.event.organization = row.id<auth::OrganizationId>(1);
  out.client = row.id<OAuthClientId>(2);
  out.event.token = row.id<OAuthTokenId>(3);
  out.event.level = row.text(4) == "error" ? VcsEvent::Level::kError : VcsEvent::Level::kInfo;
  out.event.message = row.text(5);
  out.event.suggested_action = row.text(6);
  out.event.repository_path = row.text(7);
  out.created_at = row.time(8);
  return out;
}

}  // namespace

base::Result<base::Page<EventRow>> list_events(storage::Connection& connection, const EventFilter& filter,
                                               const base::PageRequest& page) {
#define EVENT_FILTER                                                                          \
  "FROM vcs_events WHERE organization_id = $1 AND created_at >= $2 AND created_at <= $3 AND " \
  "level IN ($4, $5) AND ($6 = '' OR $6 LIKE '%,' || client_id || ',%') "
  const auto from = filter.from.value_or(base::from_millis(0));
  const auto to = filter.to.value_or(base::from_millis(253'402'300'799'999));  // the year 9999
  const std::string info = wanted(filter.levels, "info") ? "info" : "";
  const std::string error = wanted(filter.levels, "error") ? "error" : "";
  const auto clients = listed(filter.clients);
  base::Page<EventRow> out;
  out.request = page;
  ASSIGN_OR_RETURN(const auto count, connection.find("SELECT COUNT(*) " EVENT_FILTER,
                                                     {filter.organization, from, to, info, error, clients}));
  out.total = count->integer(0);
  ASSIGN_OR_RETURN(
      const auto rows,
      connection.query("SELECT id, organization_id, client_id, token_id, level, message, suggested_action, "
                       "repository_path, created_at " EVENT_FILTER
                       "ORDER BY created_at DESC, id DESC LIMIT $7 OFFSET $8",
                       {filter.organization, from, to, info, error, clients, page.size, page.offset()}));
  for (const auto& row : rows) out.items.push_back(read_event(row));
  return out;
}

}  // namespace store
}  // namespace providers
