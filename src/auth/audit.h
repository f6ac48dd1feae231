#pragma once

#include <string>

#include "auth/principal.h"
#include "base/clock.h"
#include "storage/database.h"

namespace auth {

// One line of the audit log: who did what to which thing. Written in the transaction of the change itself, so there
// is no change without its row. `detail` is JSON without secrets.
struct AuditEntry {
  OrganizationId organization;  // empty for site-wide acts
  Principal who;
  std::string action;       // "oauth-client.create", "secret.use"
  std::string target_type;  // "oauth-clients"
  std::string target_id;
  std::string detail = "{}";
  std::string request_id = {};
};

base::Status audit(storage::Transaction& transaction, const base::Clock& clock, const AuditEntry& entry);

// Acts of the server itself (a worker, the reconciler).
Principal system_principal();

}  // namespace auth
