#pragma once

#include <optional>
#include <string>

#include "auth/audit.h"
#include "base/page.h"

namespace auth {

// One line of the audit log as it is read back.
struct AuditEvent {
  std::string id;
  base::Time created_at = {};
  std::string actor_kind;  // "user", "team", "organization", "system"
  std::string actor_id;
  std::string actor_name;
  std::string token_id;  // or the session's
  std::string action;
  std::string target_type;
  std::string target_id;
  std::string detail;  // JSON
  std::string request_id;
};

// What is empty does not narrow.
struct AuditFilter {
  std::string action = {};  // how it begins: "workspace." for all of workspaces
  std::string target_id = {};
  std::string target_type = {};
  std::string actor = {};                        // id, or part of the name in any case
  std::optional<base::Time> from = {}, to = {};  // both included
};

// Newest first.
base::Result<base::Page<AuditEvent>> list_audit_events(storage::Connection& connection,
                                                       const OrganizationId& organization, const AuditFilter& filter,
                                                       const base::PageRequest& page);

// The id of the user, team or organization; empty for the server itself.
std::string actor_id(const Principal& principal);

}  // namespace auth
