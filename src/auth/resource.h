#pragma once

#include <cstdint>
#include <optional>

#include "auth/ids.h"
#include "auth/principal.h"
#include "base/result.h"
#include "jsonapi/resource.h"
#include "storage/database.h"

namespace auth {

// The JSON:API forms that answers of this folder show and those of folders above include. `reader`: whose rights the
// permissions in them are. Nothing for what is not there.

base::Result<std::optional<jsonapi::Resource>> organization_resource(storage::Connection& connection,
                                                                     const Principal& reader,
                                                                     const OrganizationId& organization);
// `workspaces`: how many the project has.
base::Result<std::optional<jsonapi::Resource>> project_resource(storage::Connection& connection,
                                                                const Principal& reader, const ProjectId& project,
                                                                std::int64_t workspaces);
base::Result<std::optional<jsonapi::Resource>> user_resource(storage::Connection& connection, const Principal& reader,
                                                             const UserId& user);

}  // namespace auth
