#include "auth/token.h"

#include "base/random.h"
#include "base/strings.h"
#include "crypto/hash.h"

#define TOKEN_COLUMNS                                                                                   \
  "id, kind, user_id, team_id, organization_id, is_single, hash, description, created_by, created_at, " \
  "last_used_at, expires_at"

namespace auth {
namespace {

constexpr std::size_t kBodyLength = 40;

struct KindRow {
  TokenKind kind;
  std::string_view name;
  std::string_view prefix;
  std::string_view by_owner;  // SELECT … of one owner, $1
  std::string_view count;
};

#define TOKEN_KIND(kind, name, prefix, owner)                                        \
  KindRow {                                                                          \
    kind, name, prefix,                                                              \
        "SELECT " TOKEN_COLUMNS " FROM tokens WHERE kind = '" name "' AND " owner    \
        " = $1 AND is_single >= $2 ORDER BY created_at DESC, id LIMIT $3 OFFSET $4", \
        "SELECT COUNT(*) FROM tokens WHERE kind = '" name "' AND " owner " = $1"     \
  }

constexpr KindRow kKinds[] = {
    TOKEN_KIND(TokenKind::kUser, "user", "rbu_", "user_id"),
    TOKEN_KIND(TokenKind::kTeam, "team", "rbt_", "team_id"),
    TOKEN_KIND(TokenKind::kOrganization, "organization", "rbo_", "organization_id"),
    TOKEN_KIND(TokenKind::kAudit, "audit", "rbo_", "organization_id"),
};

const KindRow& row_of(TokenKind kind) {
  for (const KindRow& row : kKinds) {
    if (row.kind == kind) return row;
  }
  return kKinds[0];
}

TokenKind kind_named(std::string_view name) {
  for (const KindRow& row : kKinds) {
    if (row.name == name) return row.kind;
  }
  return TokenKind::kUser;
}

Token token_from(const storage::Row& row) {
  Token token;
  token.id = row.id<TokenId>(0);
  token.kind = kind_named(row.text(1));
  token.user = row.id<UserId>(2);
  token.team = row.id<TeamId>(3);
  token.organization = row.id<OrganizationId>(4);
  token.is_single = row.boolean(5);
  token.hash = row.text(6);
  token.description = row.text(7);
  token.created_by = row.text(8);
  token.created_at = row.time(9);
  token.last_used_at = row.optional_time(10);
  token.expires_at = row.optional_time(11);
  return token;
}

std::optional<Token> first(const std::optional<storage::Row>& row) {
  if (!row) return std::nullopt;
  return token_from(*row);
}

template <class IdType>
std::optional<std::string> id_or_null(const IdType& id) {
  return id.empty() ? std::optional<std::string>() : std::optional(id.str());
}

}  // namespace

base::Secret make_token_text(TokenKind kind) {
  return base::Secret(std::string(row_of(kind).prefix) + base::random_base58(kBodyLength));
}

std::string token_hash(std::string_view text) { return base::to_hex(crypto::sha256(text)); }

base::Result<std::optional<Token>> find_token(storage::Connection& connection, const TokenId& id) {
  ASSIGN_OR_RETURN(const auto row, connection.find("SELECT " TOKEN_COLUMNS " FROM tokens WHERE id = $1", {id}));
  return first(row);
}

base::Result<std::optional<Token>> find_token_by_hash(storage::Connection& connection, std::string_view hash) {
  ASSIGN_OR_RETURN(const auto row, connection.find("SELECT " TOKEN_COLUMNS " FROM tokens WHERE hash = $1", {hash}));
  return first(row);
}

base::Result<std::optional<Token>> find_single_token(storage::Connection& connection, TokenKind kind,
                                                     std::string_view owner) {
  ASSIGN_OR_RETURN(const auto row, connection.find(row_of(kind).by_owner, {owner, 1, 1, 0}));
  return first(row);
}

base::Result<base::Page<Token>> list_tokens(storage::Connection& connection, TokenKind kind, std::string_view owner,
                                            const base::PageRequest& page) {
  base::Page<Token> result{.request = page};
  ASSIGN_OR_RETURN(const auto count, connection.find(row_of(kind).count, {owner}));
  result.total = count->integer(0);
  ASSIGN_OR_RETURN(const auto rows, connection.query(row_of(kind).by_owner, {owner, 0, page.size, page.offset()}));
  for (const storage::Row& row : rows) result.items.push_back(token_from(row));
  return result;
}

base::Status insert_token(storage::Transaction& transaction, const Token& token) {
  RETURN_IF_ERROR(transaction.execute(
      "INSERT INTO tokens (" TOKEN_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
      {token.id, row_of(token.kind).name, id_or_null(token.user), id_or_null(token.team),
       id_or_null(token.organization), token.is_single, token.hash, token.description, token.created_by,
       token.created_at, token.last_used_at, token.expires_at}));
  return {};
}

base::Status delete_token(storage::Transaction& transaction, const TokenId& id) {
  RETURN_IF_ERROR(transaction.execute("DELETE FROM tokens WHERE id = $1", {id}));
  return {};
}

base::Status touch_token(storage::Transaction& transaction, const TokenId& id, base::Time now) {
  RETURN_IF_ERROR(transaction.execute(
      "UPDATE tokens SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)", {id, now}));
  return {};
}

}  // namespace auth
