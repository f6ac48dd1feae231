#pragma once

#include <optional>
#include <string>

#include "auth/ids.h"
#include "base/clock.h"
#include "base/result.h"
#include "providers/ids.h"
#include "storage/database.h"

namespace providers {

// One line of an organization's vcs-events: what happened between us and a provider, in words for people.
struct VcsEvent {
  enum class Level { kInfo, kError };
  auth::OrganizationId organization;
  OAuthTokenId token;  // may be empty
  Level level = Level::kInfo;
  std::string message;           // "Processing skipped for duplicate commit SHA"
  std::string suggested_action;  // may be empty
  std::string repository_path;   // may be empty
};

// Adds the line in the caller's transaction.
base::Status record_event(storage::Transaction& transaction, const base::Clock& clock, const VcsEvent& event);

}  // namespace providers
