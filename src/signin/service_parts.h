#pragma once

#include <string>

#include "auth/service.h"
#include "auth/user.h"
#include "signin/ids.h"
#include "storage/database.h"

// What the parts of the service share.
namespace signin {

auth::Principal principal_for(const auth::User& user, const SessionId& session);

// A line of the site's audit log.
base::Status note(storage::Transaction& transaction, const base::Clock& clock, const auth::Actor& actor,
                  std::string action, std::string target_type, std::string target);

// Empty if the user has none.
base::Result<std::string> password_hash_of(storage::Connection& connection, const auth::UserId& user);
base::Status put_password(storage::Transaction& transaction, const auth::UserId& user, const std::string& hash,
                          base::Time now);

}  // namespace signin
