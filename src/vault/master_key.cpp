#include "vault/master_key.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/file.h"
#include "base/random.h"
#include "base/strings.h"
#include "crypto/aead.h"

namespace vault {
namespace {

std::string name_of(const std::filesystem::path& file) { return "the master key file " + file.string(); }

base::Status check_facts(const std::filesystem::path& file, const struct stat& facts) {
  if (!S_ISREG(facts.st_mode)) return base::invalid(name_of(file) + " is not a regular file");
  if ((facts.st_mode & 077U) != 0) {
    return base::invalid(name_of(file) + " may be read by others. Mend it: chmod 600 " + file.string() +
                         " (and think about who may have read it)");
  }
  if (facts.st_uid != ::geteuid()) {
    return base::invalid(name_of(file) + " belongs to another user. Mend it: chown it to the user who runs the server");
  }
  return {};
}

base::Result<std::string> read_text(const std::filesystem::path& file) {
  const base::FileDescriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!opened && errno == ENOENT) return base::not_found(name_of(file) + " is missing");
  if (!opened && errno == ELOOP) return base::invalid(name_of(file) + " is a symbolic link; give the file itself");
  if (!opened) return base::invalid(name_of(file) + " cannot be read: " + std::strerror(errno));
  struct stat facts {};
  if (::fstat(opened.get(), &facts) != 0)
    return base::invalid(name_of(file) + " cannot be read: " + std::strerror(errno));
  RETURN_IF_ERROR(check_facts(file, facts));
  std::string text(256, '\0');
  const ssize_t got = ::read(opened.get(), text.data(), text.size());
  if (got < 0) return base::invalid(name_of(file) + " cannot be read: " + std::strerror(errno));
  text.resize(static_cast<std::size_t>(got));
  return text;
}

// The name must be on disk before the first secret is: without it a power loss would leave secrets nobody can open.
base::Status flush_directory(const std::filesystem::path& file) {
  const auto path = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  const base::FileDescriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory && ::fsync(directory.get()) == 0) return {};
  return base::invalid(name_of(file) + " cannot be flushed to the disk: " + std::strerror(errno));
}

}  // namespace

base::Result<base::Secret> read_master_key(const std::filesystem::path& file) {
  ASSIGN_OR_RETURN(std::string text, read_text(file));
  auto bytes = base::from_hex(base::trim(text));
  base::wipe(text.data(), text.size());
  if (!bytes || bytes->size() != crypto::kKeyBytes) {
    return base::invalid(name_of(file) +
                         " does not hold a key of 64 hexadecimal digits (too short, cut or altered). "
                         "Put the right file back from your backup");
  }
  base::Secret key(*bytes);
  base::wipe(bytes->data(), bytes->size());
  return key;
}

base::Result<base::Secret> make_master_key(const std::filesystem::path& file) {
  base::Secret key = crypto::random_key();
  const base::Secret text(base::to_hex(key.reveal()) + "\n");
  // A whole file appears or none, and link() never replaces one.
  const std::filesystem::path temporary = file.string() + ".new-" + base::random_base58(8);
  const auto written = base::write_file(temporary, text.reveal(), 0600);
  if (!written) return base::invalid(name_of(file) + " cannot be made: " + written.error().message);
  const bool linked = ::link(temporary.c_str(), file.c_str()) == 0;
  const int number = errno;
  ::unlink(temporary.c_str());
  if (!linked && number == EEXIST) return base::conflict(name_of(file) + " exists already");
  if (!linked) return base::invalid(name_of(file) + " cannot be made: " + std::strerror(number));
  RETURN_IF_ERROR(flush_directory(file));
  return key;
}

}  // namespace vault
