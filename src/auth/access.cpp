#include "auth/access.h"

#include <algorithm>
#include <functional>
#include <string>
#include <unordered_map>
#include <utility>

#include "auth/team.h"
#include "auth/token.h"
#include "auth/token_usage.h"
#include "base/guarded.h"

namespace auth {
namespace {

constexpr std::size_t kShortestToken = 20;
constexpr std::size_t kLongestToken = 512;
constexpr std::size_t kMostEntries = 20'000;

base::Error refused() {
  return base::unauthorized(
      "The token is missing or not valid. Send a valid one as \"Authorization: Bearer <token>\".");
}

bool looks_like_a_token(std::string_view text) {
  return text.size() >= kShortestToken && text.size() <= kLongestToken &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7F'; });
}

struct Identity {
  Principal principal;
  std::optional<base::Time> expires_at;
};

constexpr std::string_view kIdentity =
    "SELECT k.id, k.kind, k.user_id, k.team_id, COALESCE(k.organization_id, t.organization_id), k.expires_at, "
    "u.username, u.site_admin, t.name, o.name FROM tokens k LEFT JOIN users u ON u.id = k.user_id "
    "LEFT JOIN teams t ON t.id = k.team_id LEFT JOIN organizations o ON o.id = k.organization_id WHERE k.hash = $1";

Identity identity_from(const storage::Row& row) {
  Identity identity{.principal = {}, .expires_at = row.optional_time(5)};
  Principal& principal = identity.principal;
  principal.token = row.id<TokenId>(0);
  const std::string kind = row.text(1);
  if (kind == "user") {
    principal.kind = Principal::Kind::kUser;
    principal.user = row.id<UserId>(2);
    principal.name = row.text(6);
    principal.site_admin = row.boolean(7);
  } else if (kind == "team") {
    principal.kind = Principal::Kind::kTeam;
    principal.team = row.id<TeamId>(3);
    principal.organization = row.id<OrganizationId>(4);
    principal.name = row.text(8);
  } else {
    principal.kind = Principal::Kind::kOrganization;
    principal.organization = row.id<OrganizationId>(4);
    principal.name = row.text(9);
    principal.audit_only = kind == "audit";
  }
  return identity;
}

base::Result<std::optional<Identity>> find_identity(storage::Connection& connection, const std::string& hash) {
  ASSIGN_OR_RETURN(const auto row, connection.find(kIdentity, {hash}));
  if (!row) return std::optional<Identity>();
  return std::optional<Identity>(identity_from(*row));
}

base::Result<std::optional<OrganizationId>> find_organization_id(storage::Connection& connection,
                                                                 const std::string& name) {
  ASSIGN_OR_RETURN(const auto row,
                   connection.find("SELECT id FROM organizations WHERE name = $1 AND deleted_at IS NULL", {name}));
  if (!row) return std::optional<OrganizationId>();
  return std::optional<OrganizationId>(row->id<OrganizationId>(0));
}

// What was read since the last change. An answer that was under way during a change is not kept.
struct Memory {
  std::uint64_t generation = 0;
  std::unordered_map<std::string, Identity> identities;           // by hash of the token
  std::unordered_map<std::string, Rights> rights;                 // by token or session id + organization id
  std::unordered_map<std::string, OrganizationId> organizations;  // by name
};

}  // namespace

class Access::Impl {
 public:
  Impl(storage::Database& database, const base::Clock& clock)
      : database_(database),
        clock_(clock),
        remembers_(database.dialect() == storage::Dialect::kSqlite),
        usage_(database) {}

  base::Result<Principal> identify(std::string_view text) {
    if (!looks_like_a_token(text)) return refused();
    const std::string hash = token_hash(text);
    ASSIGN_OR_RETURN(const auto identity, remembered(&Memory::identities, hash, [&](storage::Connection& connection) {
                       return find_identity(connection, hash);
                     }));
    const base::Time now = clock_.now();
    if (!identity || (identity->expires_at && *identity->expires_at <= now)) return refused();
    usage_.record(identity->principal.token, now);
    return identity->principal;
  }

  base::Result<Rights> rights(const Principal& principal, const OrganizationId& organization) {
    const std::string& proof = principal.token.empty() ? principal.session : principal.token.str();
    const std::string key = proof + "/" + organization.str();
    ASSIGN_OR_RETURN(const auto rights, remembered(&Memory::rights, key, [&](storage::Connection& connection) {
                       return found(rights_in(connection, principal, organization));
                     }));
    return *rights;
  }

  base::Result<std::optional<OrganizationId>> organization_named(std::string_view name) {
    const std::string key(name);
    return remembered(&Memory::organizations, key,
                      [&](storage::Connection& connection) { return find_organization_id(connection, key); });
  }

  void invalidate() {
    memory_.with([](Memory& memory) { memory = Memory{.generation = memory.generation + 1}; });
  }

  TokenUsage& usage() { return usage_; }

 private:
  static base::Result<std::optional<Rights>> found(base::Result<Rights> rights) {
    if (!rights) return rights.error();
    return std::optional<Rights>(*rights);
  }

  // The entry of one of the maps, read from the database by `read` if it is not there. What is not found is not kept:
  // guesses must not fill the memory.
  template <class T, class Read>
  base::Result<std::optional<T>> remembered(std::unordered_map<std::string, T> Memory::*map, const std::string& key,
                                            const Read& read) {
    std::uint64_t generation = 0;
    if (remembers_) {
      auto entry = memory_.with([&](Memory& memory) -> std::optional<T> {
        generation = memory.generation;
        const auto place = (memory.*map).find(key);
        return place == (memory.*map).end() ? std::nullopt : std::optional<T>(place->second);
      });
      if (entry) return entry;
    }
    ASSIGN_OR_RETURN(std::optional<T> value, database_.read(read));
    if (remembers_ && value) {
      memory_.with([&](Memory& memory) {
        if (memory.generation != generation) return;
        if ((memory.*map).size() >= kMostEntries) (memory.*map).clear();
        (memory.*map)[key] = *value;
      });
    }
    return value;
  }

  storage::Database& database_;
  const base::Clock& clock_;
  const bool remembers_;
  base::Guarded<Memory> memory_;
  TokenUsage usage_;
};

Access::Access(storage::Database& database, const base::Clock& clock)
    : impl_(std::make_unique<Impl>(database, clock)) {}
Access::~Access() = default;

base::Result<Principal> Access::identify(std::string_view token_text) { return impl_->identify(token_text); }

base::Result<Rights> Access::rights(const Principal& principal, const OrganizationId& organization) {
  return impl_->rights(principal, organization);
}

base::Result<std::optional<OrganizationId>> Access::organization_named(std::string_view name) {
  return impl_->organization_named(name);
}

void Access::invalidate() { impl_->invalidate(); }
void Access::flush_usage() { impl_->usage().flush(); }

base::Result<Rights> rights_in(storage::Connection& connection, const Principal& principal,
                               const OrganizationId& organization) {
  switch (principal.kind) {
    case Principal::Kind::kAnonymous: return Rights{};
    case Principal::Kind::kUser: {
      ASSIGN_OR_RETURN(Rights rights, user_rights(connection, principal.user, organization));
      rights.site_admin = principal.site_admin;
      return rights;
    }
    case Principal::Kind::kTeam: return team_rights(connection, principal.team, organization);
    case Principal::Kind::kOrganization: {
      Rights rights;
      const bool is_its_own = principal.organization == organization;
      rights.organization_token = is_its_own && !principal.audit_only;
      rights.audit_only = is_its_own && principal.audit_only;
      return rights;
    }
  }
  return Rights{};
}

}  // namespace auth
