#pragma once

#include <string>

#include "auth/ids.h"
#include "base/result.h"
#include "http/request.h"

namespace auth {

// Who is asking, proven by a token or by the cookie of a session.
struct Principal {
  enum class Kind { kAnonymous, kUser, kTeam, kOrganization };
  Kind kind = Kind::kAnonymous;
  UserId user;                  // kUser
  TeamId team;                  // kTeam
  OrganizationId organization;  // kTeam and kOrganization: the only one it may touch
  TokenId token;
  std::string session;  // instead of a token: the id of the session whose cookie proved the user
  std::string name;     // for messages, run events and the audit log
  bool site_admin = false;
  bool audit_only = false;  // kOrganization: a token for reading the audit log and nothing else
};

// What may be done, within one organization unless it says site. One table (permissions.cpp) says which action each
// route needs; one function (can.h) says who has it.
enum class Action {
  kReadOrganization,
  kUpdateOrganization,
  kDeleteOrganization,
  kReadTeams,
  kManageTeams,
  kManageMembership,
  kReadProjects,
  kManageProjects,
  kReadVcs,
  kManageVcs,  // providers, hooks, deliveries, host keys
  kReadSshKeys,
  kManageSshKeys,
  kReadWorkspaces,
  kManageWorkspaces,
  kLockWorkspaces,
  kReadVariables,
  kManageVariables,
  kReadRuns,
  kQueueRuns,
  kApplyRuns,
  kSeeConnections,  // to ask for service connections; the roles of each decide the rest
  kReadAudit,
  kSiteAdmin,
};

// Set by the guard before a handler runs.
const Principal& principal_of(const http::Request& request);
// The organization of the route's resource, found and checked by the guard. A route without one throws.
const OrganizationId& organization_of(const http::Request& request);

}  // namespace auth
