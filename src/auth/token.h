#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/ids.h"
#include "base/clock.h"
#include "base/page.h"
#include "base/result.h"
#include "base/secret.h"
#include "storage/database.h"

namespace auth {

// Who a token speaks for; decides its prefix, which secret scanners and the log know.
enum class TokenKind {
  kUser,          // rbu_
  kTeam,          // rbt_
  kOrganization,  // rbo_
  kAudit,         // rbo_, reads the audit log only
};

// What is stored of a token: never its text.
struct Token {
  TokenId id;
  TokenKind kind = TokenKind::kUser;
  UserId user;
  TeamId team;
  OrganizationId organization;
  // The one token of a team or organization that its unnumbered address gives; making it anew replaces it.
  bool is_single = false;
  std::string hash;  // SHA-256 of the text, in hex
  std::string description;
  std::string created_by;  // a user's, team's or organization's id
  base::Time created_at = {};
  std::optional<base::Time> last_used_at = {};
  std::optional<base::Time> expires_at = {};
};

// A new text: prefix and 40 random base58 characters (234 bits).
base::Secret make_token_text(TokenKind kind);
std::string token_hash(std::string_view text);

base::Result<std::optional<Token>> find_token(storage::Connection& connection, const TokenId& id);
base::Result<std::optional<Token>> find_token_by_hash(storage::Connection& connection, std::string_view hash);
base::Result<std::optional<Token>> find_single_token(storage::Connection& connection, TokenKind kind,
                                                     std::string_view owner);
// All tokens of that kind of a user, team or organization, newest first.
base::Result<base::Page<Token>> list_tokens(storage::Connection& connection, TokenKind kind, std::string_view owner,
                                            const base::PageRequest& page);

// For the service.
base::Status insert_token(storage::Transaction& transaction, const Token& token);
base::Status delete_token(storage::Transaction& transaction, const TokenId& id);
base::Status touch_token(storage::Transaction& transaction, const TokenId& id, base::Time now);

}  // namespace auth
