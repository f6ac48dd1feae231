#pragma once

#include "base/page.h"
#include "connections/verification.h"
#include "storage/database.h"

// The SQL of verifications.
namespace connections::store {

// Keeps the newest 30 of each connection.
base::Status insert(storage::Transaction& transaction, const Verification& verification);
base::Result<base::Page<Verification>> list(storage::Connection& connection, const ServiceConnectionId& id,
                                            const base::PageRequest& page);

}  // namespace connections::store
