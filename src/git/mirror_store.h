#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/file.h"
#include "base/guarded.h"
#include "base/result.h"
#include "git/git_program.h"
#include "git/mirror.h"

namespace git {

// The directories of all mirrors: who is where, locks, what a killed process left behind.
//   ROOT/lock  ROOT/home (empty)  ROOT/temporary/…  ROOT/repositories/<sha256 of the key>.git
class MirrorStore {
 public:
  static base::Result<std::unique_ptr<MirrorStore>> open(const std::filesystem::path& root);

  std::filesystem::path path_of(const RepositoryKey& key) const;
  std::filesystem::path home() const { return root_ / "home"; }
  std::filesystem::path temporary() const { return root_ / "temporary"; }
  bool exists(const RepositoryKey& key) const;

  // One writer a repository. Locks are never removed: there are as many as repositories.
  std::mutex& lock_of(const RepositoryKey& key);

  // Makes an empty bare repository, complete or not at all. `sha256`: for 64-digit ids.
  base::Status create(const RepositoryKey& key, bool sha256);
  base::Status remove(const RepositoryKey& key);
  // Removes what an interrupted git left (half packs, stale locks). Only under the repository's lock.
  static void sweep(const std::filesystem::path& repository);

 private:
  explicit MirrorStore(std::filesystem::path root) : root_(std::move(root)) {}
  base::Status prepare();

  std::filesystem::path root_;
  base::FileDescriptor lock_file_;
  base::Guarded<std::unordered_map<std::string, std::unique_ptr<std::mutex>>> locks_;
};

}  // namespace git
