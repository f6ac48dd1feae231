#include "git/archive_writer.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "base/file.h"
#include "base/random.h"

namespace git {
namespace {

namespace fs = std::filesystem;

struct Freed {
  void operator()(archive* handle) const { archive_write_free(handle); }
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

}  // namespace

class ArchiveWriter::Impl {
 public:
  Impl(fs::path destination, base::Time time)
      : destination_(std::move(destination)),
        temporary_(destination_.string() + ".new-" + base::random_base58(8)),
        seconds_(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count()) {}

  ~Impl() {
    handle_.reset();
    if (file_) ::unlink(temporary_.c_str());
  }

  base::Status open() {
    file_ =
        base::FileDescriptor(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file_) return base::unavailable("cannot write " + temporary_.string() + ": " + std::strerror(errno));
    handle_.reset(archive_write_new());
    archive* handle = handle_.get();
    if (handle == nullptr || archive_write_set_format_gnutar(handle) != ARCHIVE_OK ||
        archive_write_add_filter_gzip(handle) != ARCHIVE_OK ||
        archive_write_set_options(handle, "gzip:!timestamp,gzip:compression-level=5") != ARCHIVE_OK ||
        archive_write_open_fd(handle, file_.get()) != ARCHIVE_OK) {
      return failed();
    }
    return {};
  }

  base::Status begin_file(const std::string& path, std::int64_t size, bool executable) {
    auto entry = new_entry(path);
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), executable ? 0755 : 0644);
    archive_entry_set_size(entry.get(), size);
    return write_header(entry.get());
  }

  base::Status link(const std::string& path, const std::string& target) {
    auto entry = new_entry(path);
    archive_entry_set_filetype(entry.get(), AE_IFLNK);
    archive_entry_set_perm(entry.get(), 0777);
    archive_entry_set_symlink(entry.get(), target.c_str());
    return write_header(entry.get());
  }

  base::Status data(std::string_view piece) {
    const auto written = archive_write_data(handle_.get(), piece.data(), piece.size());
    if (written < 0 || static_cast<std::size_t>(written) != piece.size()) return failed();
    return {};
  }

  base::Status finish() {
    if (archive_write_close(handle_.get()) != ARCHIVE_OK) return failed();
    handle_.reset();
    if (::fsync(file_.get()) != 0 || ::rename(temporary_.c_str(), destination_.c_str()) != 0) {
      return base::unavailable("cannot write " + destination_.string() + ": " + std::strerror(errno));
    }
    file_.reset();
    return {};
  }

 private:
  std::unique_ptr<archive_entry, Freed> new_entry(const std::string& path) const {
    std::unique_ptr<archive_entry, Freed> entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), path.c_str());
    archive_entry_set_mtime(entry.get(), seconds_, 0);
    archive_entry_set_uid(entry.get(), 0);
    archive_entry_set_gid(entry.get(), 0);
    return entry;
  }

  base::Status write_header(archive_entry* entry) {
    const int outcome = archive_write_header(handle_.get(), entry);
    if (outcome != ARCHIVE_OK && outcome != ARCHIVE_WARN) return failed();
    return {};
  }

  base::Error failed() {
    const char* text = handle_ ? archive_error_string(handle_.get()) : nullptr;
    return base::unavailable("cannot write the archive " + destination_.string() + "; is the disk full?",
                             text == nullptr ? "no memory" : text);
  }

  fs::path destination_, temporary_;
  std::int64_t seconds_;
  base::FileDescriptor file_;
  std::unique_ptr<archive, Freed> handle_;
};

base::Result<std::unique_ptr<ArchiveWriter>> ArchiveWriter::create(const fs::path& destination, base::Time time) {
  auto impl = std::make_unique<Impl>(destination, time);
  RETURN_IF_ERROR(impl->open());
  return std::unique_ptr<ArchiveWriter>(new ArchiveWriter(std::move(impl)));
}

ArchiveWriter::ArchiveWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ArchiveWriter::~ArchiveWriter() = default;
base::Status ArchiveWriter::begin_file(const std::string& path, std::int64_t size, bool executable) {
  return impl_->begin_file(path, size, executable);
}
base::Status ArchiveWriter::data(std::string_view piece) { return impl_->data(piece); }
base::Status ArchiveWriter::link(const std::string& path, const std::string& target) {
  return impl_->link(path, target);
}
base::Status ArchiveWriter::finish() { return impl_->finish(); }

}  // namespace git
