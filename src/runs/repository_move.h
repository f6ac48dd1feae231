#pragma once

#include "base/clock.h"
#include "runs/source.h"
#include "storage/database.h"
#include "vcs/provider.h"
#include "webhooks/delivery_handler.h"

namespace runs {

// A repository that got another name or place: the workspaces connected to it follow.

// The delivery's repository as the provider tells it now; kConflict if that path is another repository's.
base::Result<vcs::Repository> moved_repository(SourceAccess& source, const webhooks::DeliveryContext& context);

// Workspaces keep the new place from now on. Each has a trigger decision ("repository-renamed") and a line in the audit
// log about it, and the organization an event.
base::Status follow_repository(storage::Transaction& transaction, const base::Clock& clock,
                               const webhooks::DeliveryContext& context, const vcs::Repository& repository);

}  // namespace runs
