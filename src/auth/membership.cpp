#include "auth/membership.h"

#include "auth/sql.h"

#define MEMBERSHIP_COLUMNS "o.id, o.organization_id, o.user_id, o.email, o.created_at"

namespace auth {
namespace {

Membership membership_from(const storage::Row& row) {
  return {row.id<MembershipId>(0), row.id<OrganizationId>(1), row.id<UserId>(2), row.text(3), row.time(4)};
}

std::optional<Membership> first(const std::optional<storage::Row>& row) {
  if (!row) return std::nullopt;
  return membership_from(*row);
}

// " AND o.email_key IN ($4, $5, …)": placeholders only.
std::string any_of_emails(const std::vector<std::string>& emails, std::vector<storage::Value>& parameters) {
  if (emails.empty()) return {};
  std::string clause;
  for (const std::string& email : emails) {
    parameters.emplace_back(key_of(email));
    clause += (clause.empty() ? "$" : ", $") + std::to_string(parameters.size());
  }
  return " AND o.email_key IN (" + clause + ")";
}

}  // namespace

base::Result<std::optional<Membership>> find_membership(storage::Connection& connection, const MembershipId& id) {
  ASSIGN_OR_RETURN(
      const auto row,
      connection.find("SELECT " MEMBERSHIP_COLUMNS " FROM organization_memberships o WHERE o.id = $1", {id}));
  return first(row);
}

base::Result<std::optional<Membership>> find_membership(storage::Connection& connection,
                                                        const OrganizationId& organization, const UserId& user) {
  ASSIGN_OR_RETURN(const auto row, connection.find("SELECT " MEMBERSHIP_COLUMNS " FROM organization_memberships o "
                                                   "WHERE o.organization_id = $1 AND o.user_id = $2",
                                                   {organization, user}));
  return first(row);
}

base::Result<std::vector<Membership>> memberships_of(storage::Connection& connection, const UserId& user) {
  ASSIGN_OR_RETURN(const auto rows, connection.query("SELECT " MEMBERSHIP_COLUMNS " FROM organization_memberships o "
                                                     "WHERE o.user_id = $1 ORDER BY o.id",
                                                     {user}));
  std::vector<Membership> memberships;
  for (const storage::Row& row : rows) memberships.push_back(membership_from(row));
  return memberships;
}

base::Result<base::Page<Membership>> list_memberships(storage::Connection& connection,
                                                      const OrganizationId& organization,
                                                      const MembershipFilter& filter, const base::PageRequest& page) {
  std::vector<storage::Value> parameters = {organization, contains_pattern(filter.contains), filter.status};
  const std::string where =
      " FROM organization_memberships o LEFT JOIN users u ON u.id = o.user_id WHERE o.organization_id = $1 "
      "AND (o.email_key LIKE $2 ESCAPE '\\' OR u.username_key LIKE $2 ESCAPE '\\') "
      "AND ($3 = '' OR ($3 = 'active' AND o.user_id IS NOT NULL) OR ($3 = 'invited' AND o.user_id IS NULL))" +
      any_of_emails(filter.emails, parameters);
  return page_of(connection, {"SELECT " MEMBERSHIP_COLUMNS, where, " ORDER BY o.email_key", std::move(parameters)},
                 page, membership_from);
}

base::Status insert_membership(storage::Transaction& transaction, const Membership& membership) {
  const std::optional<std::string> user =
      membership.is_active() ? std::optional(membership.user.str()) : std::optional<std::string>();
  const auto done = transaction.execute(
      "INSERT INTO organization_memberships (id, organization_id, user_id, email, created_at, email_key) "
      "VALUES ($1, $2, $3, $4, $5, $6)",
      {membership.id, membership.organization, user, membership.email, membership.created_at,
       key_of(membership.email)});
  if (!done) return taken(done.error(), "email");
  return {};
}

base::Status delete_membership(storage::Transaction& transaction, const MembershipId& id) {
  RETURN_IF_ERROR(transaction.execute("DELETE FROM organization_memberships WHERE id = $1", {id}));
  return {};
}

base::Status accept_invitations(storage::Transaction& transaction, const UserId& user, std::string_view email) {
  RETURN_IF_ERROR(
      transaction.execute("UPDATE organization_memberships SET user_id = $1 WHERE user_id IS NULL AND email_key = $2",
                          {user, key_of(email)}));
  return {};
}

base::Status change_membership_email(storage::Transaction& transaction, const UserId& user, std::string_view email) {
  const auto done =
      transaction.execute("UPDATE organization_memberships SET email = $2, email_key = $3 WHERE user_id = $1",
                          {user, email, key_of(email)});
  if (!done) return taken(done.error(), "email");
  return {};
}

}  // namespace auth
