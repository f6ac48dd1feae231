#include "signin/identity.h"

#include <utility>

#define IDENTITY_COLUMNS "id, issuer, subject, user_id, email, created_at"

namespace signin {
namespace {

Identity identity_from(const storage::Row& row) {
  return {row.id<IdentityId>(0), row.text(1), row.text(2), row.id<auth::UserId>(3), row.text(4), row.time(5)};
}

}  // namespace

base::Result<std::optional<Identity>> find_identity(storage::Connection& connection, std::string_view issuer,
                                                    std::string_view subject) {
  ASSIGN_OR_RETURN(const auto row,
                   connection.find("SELECT " IDENTITY_COLUMNS " FROM identities WHERE issuer = $1 AND subject = $2",
                                   {std::string(issuer), std::string(subject)}));
  return row ? std::optional(identity_from(*row)) : std::nullopt;
}

base::Result<std::vector<Identity>> identities_of(storage::Connection& connection, const auth::UserId& user) {
  ASSIGN_OR_RETURN(const auto rows, connection.query("SELECT " IDENTITY_COLUMNS
                                                     " FROM identities WHERE user_id = $1 ORDER BY created_at, id",
                                                     {user}));
  std::vector<Identity> identities;
  for (const auto& row : rows) identities.push_back(identity_from(row));
  return identities;
}

base::Status insert_identity(storage::Transaction& transaction, const Identity& identity) {
  ASSIGN_OR_RETURN(
      const auto made,
      transaction.execute(
          "INSERT INTO identities (id, issuer, subject, user_id, email, created_at) VALUES ($1, $2, "
          "$3, $4, $5, $6) ON CONFLICT (issuer, subject) DO NOTHING",
          {identity.id, identity.issuer, identity.subject, identity.user, identity.email, identity.created_at}));
  if (made == 1) return {};
  return base::conflict("This person of the sign-on provider is linked to a user already.");
}

base::Result<std::int64_t> delete_identity(storage::Transaction& transaction, const auth::UserId& user,
                                           const IdentityId& id) {
  return transaction.execute("DELETE FROM identities WHERE id = $1 AND user_id = $2", {id, user});
}

base::Result<bool> spend_sign_on(storage::Transaction& transaction, std::string_view key, base::Time now,
                                 base::Time expires_at) {
  RETURN_IF_ERROR(transaction.execute("DELETE FROM spent_sign_ons WHERE expires_at <= $1", {now}));
  ASSIGN_OR_RETURN(const auto made,
                   transaction.execute("INSERT INTO spent_sign_ons (hash, expires_at) VALUES ($1, $2) ON CONFLICT "
                                       "(hash) DO NOTHING",
                                       {std::string(key), expires_at}));
  return made == 1;
}

}  // namespace signin
