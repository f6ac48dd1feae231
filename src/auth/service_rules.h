#pragma once

#include <string>
#include <string_view>

#include "auth/audit.h"
#include "auth/service.h"

// What the parts of the service share.
namespace auth {

AuditEntry entry(const Actor& actor, const OrganizationId& organization, std::string action, std::string target_type,
                 std::string target_id, std::string detail = "{}");

// {"name": "…"} for the audit log.
std::string named(std::string_view name);

// The row, its team "owners" with the creator in it, and "Default Project".
base::Status found_organization(storage::Transaction& transaction, const Organization& organization,
                                const User& creator);

// Takes the organization's row, so that two changes of its members cannot pass each other on PostgreSQL. kNotFound.
base::Status lock_organization(storage::Transaction& transaction, const OrganizationId& id, base::Time now);

// kForbidden when the actor would hand out, or take, more than he has: the team's access, or owners by a non-owner.
base::Status require_may_grant(storage::Connection& connection, const Actor& actor, const Team& team);

// kInvalid if the team "owners" has no active member left.
base::Status require_owner_left(storage::Connection& connection, const OrganizationId& organization);

// The team with this id, or kNotFound.
base::Result<Team> require_team(storage::Connection& connection, const TeamId& id);

}  // namespace auth
