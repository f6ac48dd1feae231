#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/file.h"
#include "base/result.h"

namespace git {

// Makes files below one directory and nowhere else: every parent is opened with openat2(RESOLVE_BENEATH |
// RESOLVE_NO_SYMLINKS), nothing that exists is opened or replaced.
class TreeWriter {
 public:
  static base::Result<TreeWriter> open(const std::filesystem::path& directory);

  base::Status make_directory(const std::string& path);  // with its parents; an existing one is fine
  base::Result<base::FileDescriptor> make_file(const std::string& path, bool executable);
  base::Status make_link(const std::string& path, const std::string& target);

 private:
  explicit TreeWriter(base::FileDescriptor root) : root_(std::move(root)) {}
  base::Result<base::FileDescriptor> parent_of(const std::string& path);

  base::FileDescriptor root_;
  std::string last_made_;  // the directory made last: archives come sorted
};

}  // namespace git
