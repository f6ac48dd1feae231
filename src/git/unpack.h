#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.h"

namespace git {

struct UnpackLimits {
  std::uint64_t bytes = std::uint64_t{2} << 30U;  // of all files
  std::uint64_t ratio = 200;                      // of what is unpacked to what was read, beyond the first 10 MB
  std::int64_t members = 200'000;
};

struct UnpackSummary {
  std::int64_t files = 0;
  std::int64_t bytes = 0;
};

// Unpacks a tar.gz (one gzip member, one tar, nothing after it) into `directory`, which must not exist yet and shows
// up complete or not at all. Only regular files, directories and symbolic links that stay inside; names are relative,
// without "..", backslash or control characters, at most 255 bytes a part and 4,096 in all; no name twice. Every
// parent is opened with openat2(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS). Owners, times and special bits are ignored.
// Names that differ only in case are two files, as they are on this system.
// kInvalid: says which member breaks which rule, or that the archive is damaged. kTooLarge: a limit.
base::Result<UnpackSummary> unpack(const std::filesystem::path& archive, const std::filesystem::path& directory,
                                   const UnpackLimits& limits = {});

}  // namespace git
