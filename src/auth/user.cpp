#include "auth/user.h"

#include "auth/sql.h"

#define USER_COLUMNS "id, username, email, site_admin, created_at"

namespace auth {
namespace {

User user_from(const storage::Row& row) {
  return {row.id<UserId>(0), row.text(1), row.text(2), row.boolean(3), row.time(4)};
}

base::Result<std::optional<User>> find_one(storage::Connection& connection, std::string_view sql,
                                           const storage::Value& value) {
  ASSIGN_OR_RETURN(const auto row, connection.find(sql, {value}));
  if (!row) return std::optional<User>();
  return std::optional<User>(user_from(*row));
}

// Which of the two unique columns it was cannot be told portably; the name is looked up.
base::Status what_is_taken(storage::Connection& connection, const User& user) {
  ASSIGN_OR_RETURN(const auto other, find_user_by_name(connection, user.username));
  if (other && other->id != user.id) {
    return base::invalid("The username has already been taken.", "/data/attributes/username");
  }
  return base::invalid("The email has already been taken.", "/data/attributes/email");
}

// Before the write: a failed statement ends a PostgreSQL transaction.
base::Status require_free(storage::Transaction& transaction, const User& user) {
  ASSIGN_OR_RETURN(const auto row, transaction.find("SELECT COUNT(*) FROM users WHERE id <> $1 AND "
                                                    "(username_key = $2 OR email_key = $3)",
                                                    {user.id, key_of(user.username), key_of(user.email)}));
  if (row->integer(0) == 0) return {};
  return what_is_taken(transaction, user);
}

}  // namespace

base::Result<std::optional<User>> find_user(storage::Connection& connection, const UserId& id) {
  return find_one(connection, "SELECT " USER_COLUMNS " FROM users WHERE id = $1", id);
}

base::Result<std::optional<User>> find_user_by_name(storage::Connection& connection, std::string_view username) {
  return find_one(connection, "SELECT " USER_COLUMNS " FROM users WHERE username_key = $1", key_of(username));
}

base::Result<std::optional<User>> find_user_by_email(storage::Connection& connection, std::string_view email) {
  return find_one(connection, "SELECT " USER_COLUMNS " FROM users WHERE email_key = $1", key_of(email));
}

base::Result<std::vector<User>> find_users(storage::Connection& connection, const std::vector<UserId>& ids) {
  std::vector<User> users;
  for (const UserId& id : ids) {
    ASSIGN_OR_RETURN(auto user, find_user(connection, id));
    if (user) users.push_back(*std::move(user));
  }
  return users;
}

base::Result<base::Page<User>> list_users(storage::Connection& connection, std::string_view contains,
                                          const base::PageRequest& page) {
  const std::string pattern = contains_pattern(contains);
  base::Page<User> result{.request = page};
  ASSIGN_OR_RETURN(const auto count,
                   connection.find("SELECT COUNT(*) FROM users WHERE username_key LIKE $1 ESCAPE '\\' "
                                   "OR email_key LIKE $1 ESCAPE '\\'",
                                   {pattern}));
  result.total = count->integer(0);
  ASSIGN_OR_RETURN(const auto rows,
                   connection.query("SELECT " USER_COLUMNS " FROM users WHERE username_key LIKE $1 ESCAPE '\\' "
                                    "OR email_key LIKE $1 ESCAPE '\\' ORDER BY username_key LIMIT $2 OFFSET $3",
                                    {pattern, page.size, page.offset()}));
  for (const storage::Row& row : rows) result.items.push_back(user_from(row));
  return result;
}

base::Result<std::int64_t> count_site_admins(storage::Connection& connection) {
  ASSIGN_OR_RETURN(const auto row, connection.find("SELECT COUNT(*) FROM users WHERE site_admin = 1"));
  return row->integer(0);
}

base::Result<bool> share_organization(storage::Connection& connection, const UserId& a, const UserId& b) {
  ASSIGN_OR_RETURN(const auto row,
                   connection.find("SELECT 1 FROM organization_memberships a JOIN organization_memberships b "
                                   "ON a.organization_id = b.organization_id WHERE a.user_id = $1 AND b.user_id = $2 "
                                   "LIMIT 1",
                                   {a, b}));
  return row.has_value();
}

base::Status insert_user(storage::Transaction& transaction, const User& user) {
  RETURN_IF_ERROR(require_free(transaction, user));
  const auto done = transaction.execute("INSERT INTO users (" USER_COLUMNS
                                        ", username_key, email_key) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                                        {user.id, user.username, user.email, user.site_admin, user.created_at,
                                         key_of(user.username), key_of(user.email)});
  if (!done) return taken(done.error(), "username");
  return {};
}

base::Status update_user(storage::Transaction& transaction, const User& user) {
  RETURN_IF_ERROR(require_free(transaction, user));
  const auto done = transaction.execute(
      "UPDATE users SET username = $2, email = $3, site_admin = $4, username_key = $5, email_key = $6 WHERE id = $1",
      {user.id, user.username, user.email, user.site_admin, key_of(user.username), key_of(user.email)});
  if (!done) return taken(done.error(), "username");
  return {};
}

base::Status delete_user(storage::Transaction& transaction, const UserId& id) {
  RETURN_IF_ERROR(transaction.execute("DELETE FROM users WHERE id = $1", {id}));
  return {};
}

}  // namespace auth
