#pragma once

#include "storage/migrations.h"

namespace providers {

// oauth_clients, oauth_tokens, oauth_client_projects, oauth_client_health, vcs_events. After auth's.
storage::Component migrations();

}  // namespace providers
