#pragma once

#include <filesystem>

#include "base/result.h"
#include "base/secret.h"

namespace vault {

// The file that opens everything: 64 hexadecimal digits and a line end, mode 0600, a regular file, owned by whoever
// runs the server.

// kNotFound if there is none; kInvalid, naming what is wrong and the mend, for a link, a loose mode, another's file, or
// text that is no key.
base::Result<base::Secret> read_master_key(const std::filesystem::path& file);

// Makes the file with a fresh key; kConflict if there is one already.
base::Result<base::Secret> make_master_key(const std::filesystem::path& file);

}  // namespace vault
