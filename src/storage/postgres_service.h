#pragma once

#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace storage {

// The connection that `url` names as a section of a connection service file, so that PostgreSQL's own programs get a
// password by neither argument nor environment. https://www.postgresql.org/docs/15/libpq-pgservice.html
// kInvalid: no address of PostgreSQL, or a value with a line break in it.
base::Result<base::Secret> postgres_service(const base::Secret& url, std::string_view name);

}  // namespace storage
