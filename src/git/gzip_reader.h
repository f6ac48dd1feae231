#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace git {

// The contents of a file that is exactly one gzip member (RFC 1952), piece by piece. kInvalid: not gzip, damaged,
// cut off, or followed by anything; kTooLarge: more than `ratio` times what was read, beyond the first 10 MB.
class GzipReader {
 public:
  static base::Result<std::unique_ptr<GzipReader>> open(const std::filesystem::path& file, std::uint64_t ratio);
  ~GzipReader();
  // The next piece, valid until the next call; empty at the end, which is reached only if all was sound.
  base::Result<std::string_view> next();

 private:
  class Impl;
  explicit GzipReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace git
