#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace git {

// A tar.gz that depends on nothing but what is put in: no owner, no time but the given one. Written beside
// `destination` and renamed by finish(); without finish() nothing is left. Errors: kUnavailable (disk).
class ArchiveWriter {
 public:
  static base::Result<std::unique_ptr<ArchiveWriter>> create(const std::filesystem::path& destination, base::Time time);
  ~ArchiveWriter();

  base::Status begin_file(const std::string& path, std::int64_t size, bool executable);
  base::Status data(std::string_view piece);  // of the file begun last
  base::Status link(const std::string& path, const std::string& target);
  base::Status finish();

 private:
  class Impl;
  explicit ArchiveWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace git
