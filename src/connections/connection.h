#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "auth/ids.h"
#include "base/clock.h"
#include "connections/ids.h"
#include "connections/role.h"
#include "vault/vault.h"

namespace connections {

// A named way to an outside service, without its secrets: those are in the vault, all of one connection together.
struct ServiceConnection {
  ServiceConnectionId id;
  auth::OrganizationId organization;
  auth::ProjectId project;  // where it lives; see shared_with
  std::string name;         // unique in its project and in each it is shared with, compared without case
  std::string description;
  std::string owner;  // who looks after the account behind it, in words
  std::map<std::string, std::string> tags;
  std::string type, scheme;                   // of the catalogue; neither ever changes
  std::string target;                         // as the catalogue assembles it
  std::map<std::string, std::string> fields;  // by parameter; none of them secret
  std::vector<std::string> secret_fields;     // which secrets are set
  bool allow_all = false;                     // every workspace of its projects may use it
  bool inherits_roles = true;                 // its project's Endpoint Administrators are administrators
  std::string verification_result;            // "ok", "ok_with_warning", "unproven", "failed"; empty: never tried
  std::string verification_message;
  std::map<std::string, std::string> learned;  // by verifications: "known_host_line"
  base::Time verify_after;                     // when the daily verification is due
  std::optional<base::Time> last_verified_at, last_used_at;
  std::string created_by;
  base::Time created_at, updated_at;
  std::int64_t revision = 0;  // grows with every change

  std::vector<auth::ProjectId> shared_with;
};

// A connection as somebody sees it, and what he may do with it.
struct Seen {
  ServiceConnection connection;
  Role role = Role::kNone;
};

// One that uses a connection, in words for people.
struct Use {
  std::string type;  // "workspaces", "service-connections"
  std::string id;
  std::string name;
};

}  // namespace connections
