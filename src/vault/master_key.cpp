#include "vault/master_key.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/file.h"
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
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(file, ignored))) {
    return base::conflict(name_of(file) + " exists already");
  }
  base::Secret key = crypto::random_key();
  std::string text = base::to_hex(key.reveal()) + "\n";
  const auto written = base::write_file(file, text, 0600);
  base::wipe(text.data(), text.size());
  if (!written) return base::invalid(name_of(file) + " cannot be made: " + written.error().message);
  return key;
}

}  // namespace vault
