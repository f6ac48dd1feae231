#include "git/mirror_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/random.h"
#include "base/strings.h"
#include "crypto/hash.h"

namespace git {
namespace {

namespace fs = std::filesystem;

base::Error cannot(const char* what, const fs::path& path, const std::error_code& code) {
  return base::unavailable(std::string("cannot ") + what + " " + path.string() + ": " + code.message());
}

base::Status make_directory(const fs::path& path) {
  std::error_code code;
  fs::create_directories(path, code);
  if (code) return cannot("create", path, code);
  ::chmod(path.c_str(), 0700);
  return {};
}

bool is_left_over(const std::string& name) {
  return name.ends_with(".lock") || name.starts_with("tmp_") || name.starts_with("incoming-") ||
         name.starts_with(".tmp-");
}

std::string directory_name(const RepositoryKey& key) {
  std::string text;
  for (const auto* part : {&key.organization, &key.provider, &key.repository}) {
    text += std::to_string(part->size()) + ":" + *part;  // with lengths, so that no two keys run together
  }
  return base::to_hex(crypto::sha256(text)).substr(0, 40) + ".git";
}

}  // namespace

base::Result<std::unique_ptr<MirrorStore>> MirrorStore::open(const fs::path& root) {
  std::unique_ptr<MirrorStore> store(new MirrorStore(fs::absolute(root)));
  RETURN_IF_ERROR(store->prepare());
  return store;
}

base::Status MirrorStore::prepare() {
  RETURN_IF_ERROR(make_directory(root_));
  const auto lock = root_ / "lock";
  lock_file_ = base::FileDescriptor(::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock_file_) return cannot("open", lock, std::error_code(errno, std::generic_category()));
  if (::flock(lock_file_.get(), LOCK_EX | LOCK_NB) != 0) {
    return base::conflict("another process uses the directory " + root_.string());
  }
  // Only the owner of the lock gets here, so nothing below is in use.
  std::error_code ignored;
  fs::remove_all(temporary(), ignored);
  fs::remove_all(home(), ignored);
  for (const auto& path : {temporary(), home(), root_ / "repositories"}) RETURN_IF_ERROR(make_directory(path));
  for (const auto& entry : fs::directory_iterator(root_ / "repositories", ignored)) {
    if (entry.path().extension() == ".git") {
      sweep(entry.path());
    } else {
      fs::remove_all(entry.path(), ignored);
    }
  }
  return {};
}

fs::path MirrorStore::path_of(const RepositoryKey& key) const { return root_ / "repositories" / directory_name(key); }

bool MirrorStore::exists(const RepositoryKey& key) const { return fs::exists(path_of(key) / "HEAD"); }

std::mutex& MirrorStore::lock_of(const RepositoryKey& key) {
  return locks_.with([&](auto& locks) -> std::mutex& {
    auto& lock = locks[directory_name(key)];
    if (!lock) lock = std::make_unique<std::mutex>();
    return *lock;
  });
}

base::Status MirrorStore::create(const RepositoryKey& key, bool sha256) {
  ASSIGN_OR_RETURN(base::TemporaryDirectory fresh, base::TemporaryDirectory::create(temporary(), "new-"));
  const auto made = fresh.path() / "repository";
  GitRun run;
  run.arguments = {"init",
                   "--quiet",
                   "--bare",
                   "--template=",
                   sha256 ? "--object-format=sha256" : "--object-format=sha1",
                   "--end-of-options",
                   made.string()};
  run.home = home();
  ASSIGN_OR_RETURN(base::ProcessResult result, run_git(run));
  if (!result.succeeded()) return base::unavailable("cannot create a repository", base::printable(result.errors, 1000));
  std::error_code code;
  fs::rename(made, path_of(key), code);
  if (code) return cannot("create", path_of(key), code);
  return {};
}

base::Status MirrorStore::remove(const RepositoryKey& key) {
  // Renamed first: a repository is there as a whole or not at all.
  const auto doomed = temporary() / ("gone-" + base::random_base58(12));
  std::error_code code;
  fs::rename(path_of(key), doomed, code);
  if (code == std::errc::no_such_file_or_directory) return {};
  if (code) return cannot("remove", path_of(key), code);
  fs::remove_all(doomed, code);
  return {};
}

void MirrorStore::sweep(const fs::path& repository) {
  std::error_code ignored;
  std::vector<fs::path> left_over;
  for (auto entry = fs::recursive_directory_iterator(repository, ignored); entry != fs::recursive_directory_iterator();
       entry.increment(ignored)) {
    if (is_left_over(entry->path().filename().string())) left_over.push_back(entry->path());
  }
  for (const auto& path : left_over) fs::remove_all(path, ignored);
}

}  // namespace git
