#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace connections {

using Secrets = std::map<std::string, base::Secret, std::less<>>;

// All secrets of one connection as one text for the vault, and back. kInternal for a text that is none of ours.
base::Secret pack(const Secrets& secrets);
base::Result<Secrets> unpack(const base::Secret& packed);

}  // namespace connections
