#include "git/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/random.h"
#include "base/strings.h"
#include "git/gzip_reader.h"
#include "git/tree_names.h"
#include "git/tree_writer.h"

namespace git {
namespace {

namespace fs = std::filesystem;

struct Freed {
  void operator()(archive* handle) const { archive_read_free(handle); }
};

base::Error damaged(const std::string& how) { return base::invalid("the archive is not a sound tar.gz: " + how); }

base::Error too_large(const std::string& what) {
  return {base::Code::kTooLarge, "the archive holds more than " + what};
}

class Unpacker {
 public:
  Unpacker(GzipReader& input, TreeWriter& tree, const UnpackLimits& limits)
      : input_(input), tree_(tree), limits_(limits), handle_(archive_read_new()) {}

  base::Result<UnpackSummary> run() {
    archive* handle = handle_.get();
    if (handle == nullptr || archive_read_support_format_tar(handle) != ARCHIVE_OK ||
        archive_read_open(handle, this, nullptr, &Unpacker::read_piece, nullptr) != ARCHIVE_OK) {
      return failure();
    }
    archive_entry* entry = nullptr;
    for (std::int64_t members = 0;; ++members) {
      const int outcome = archive_read_next_header(handle, &entry);
      if (outcome == ARCHIVE_EOF) break;
      if (outcome != ARCHIVE_OK && outcome != ARCHIVE_WARN) return failure();
      if (members >= limits_.members) return too_large(std::to_string(limits_.members) + " members");
      RETURN_IF_ERROR(take(entry));
    }
    RETURN_IF_ERROR(check_rest());
    // Links last: while files are written there is none to go through.
    for (const auto& [path, target] : links_) RETURN_IF_ERROR(tree_.make_link(path, target));
    return summary_;
  }

 private:
  static la_ssize_t read_piece(archive* handle, void* self, const void** buffer) {
    auto& unpacker = *static_cast<Unpacker*>(self);
    auto piece = unpacker.input_.next();
    if (!piece) {
      unpacker.input_error_ = piece.error();
      archive_set_error(handle, EIO, "input");
      return ARCHIVE_FATAL;
    }
    unpacker.note_piece(*piece);
    *buffer = piece->data();
    return static_cast<la_ssize_t>(piece->size());
  }

  base::Error failure() {
    if (input_error_) return *input_error_;
    const char* text = archive_error_string(handle_.get());
    return damaged(text == nullptr ? "it cannot be read" : base::printable(text, 200));
  }

  // libarchive gives what it can convert to the locale; other names come as UTF-8.
  static std::string text_of(const char* local, const char* utf8) {
    if (local != nullptr) return local;
    return utf8 == nullptr ? std::string() : std::string(utf8);
  }

  base::Status take(archive_entry* entry) {
    std::string path = text_of(archive_entry_pathname(entry), archive_entry_pathname_utf8(entry));
    const auto type = archive_entry_filetype(entry);
    if (type == AE_IFDIR) {
      // "./" and "dir/" are how tar writes directories.
      while (path.ends_with('/')) path.pop_back();
      if (path == ".") return {};
    }
    if (path.starts_with("./")) path.erase(0, 2);
    const auto refuse = [&](const std::string& why) {
      return base::invalid("the archive's member '" + base::printable(path, 200) + "' is not accepted: " + why);
    };
    if (const auto why = problem_of_name(path)) return refuse(*why);
    if (archive_entry_hardlink(entry) != nullptr || archive_entry_hardlink_utf8(entry) != nullptr) {
      return refuse("it is a hard link");
    }
    if (type == AE_IFDIR) return tree_.make_directory(path);
    if (type == AE_IFLNK) {
      std::string target = text_of(archive_entry_symlink(entry), archive_entry_symlink_utf8(entry));
      if (const auto why = problem_of_link(path, target)) return refuse(*why);
      links_.emplace_back(std::move(path), std::move(target));
      ++summary_.files;
      return {};
    }
    if (type != AE_IFREG) return refuse("it is neither a file, a directory nor a link");
    return take_file(entry, path);
  }

  base::Status take_file(archive_entry* entry, const std::string& path) {
    const auto size = archive_entry_size(entry);
    if (size < 0 || static_cast<std::uint64_t>(size) > limits_.bytes - bytes_) return too_many_bytes();
    ASSIGN_OR_RETURN(const base::FileDescriptor file, tree_.make_file(path, (archive_entry_perm(entry) & 0100U) != 0));
    while (true) {
      const void* data = nullptr;
      std::size_t count = 0;
      la_int64_t offset = 0;
      const int outcome = archive_read_data_block(handle_.get(), &data, &count, &offset);
      if (outcome == ARCHIVE_EOF) break;
      if (outcome != ARCHIVE_OK && outcome != ARCHIVE_WARN) return failure();
      if (count > limits_.bytes - bytes_) return too_many_bytes();
      bytes_ += count;
      RETURN_IF_ERROR(write_at(file.get(), data, count, offset, path));
    }
    ++summary_.files;
    summary_.bytes = static_cast<std::int64_t>(bytes_);
    return {};
  }

  base::Error too_many_bytes() const { return too_large(std::to_string(limits_.bytes >> 20U) + " MB of files"); }

  static base::Status write_at(int file, const void* data, std::size_t count, la_int64_t offset,
                               const std::string& path) {
    const char* at = static_cast<const char*>(data);
    while (count > 0) {
      const ssize_t written = ::pwrite(file, at, count, offset);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) {
        return base::unavailable("cannot write '" + base::printable(path, 200) + "': " + std::strerror(errno));
      }
      at += written;
      offset += written;
      count -= static_cast<std::size_t>(written);
    }
    return {};
  }

  // After the tar's end mark only zeros may come: what fills its last record. The library has read past the mark.
  base::Status check_rest() {
    const auto end_mark = static_cast<std::uint64_t>(archive_read_header_position(handle_.get()));
    while (true) {
      ASSIGN_OR_RETURN(const std::string_view piece, input_.next());
      if (piece.empty()) break;
      note_piece(piece);
    }
    return text_end_ <= end_mark ? base::Status() : base::Status(damaged("something follows its end"));
  }

  // Keeps where the last byte that is not zero was.
  void note_piece(std::string_view piece) {
    const auto last = piece.find_last_not_of('\0');
    if (last != std::string_view::npos) text_end_ = read_ + last + 1;
    read_ += piece.size();
  }

  GzipReader& input_;
  TreeWriter& tree_;
  const UnpackLimits& limits_;
  std::unique_ptr<archive, Freed> handle_;
  std::optional<base::Error> input_error_;
  std::vector<std::pair<std::string, std::string>> links_;
  std::uint64_t bytes_ = 0, read_ = 0, text_end_ = 0;
  UnpackSummary summary_;
};

}  // namespace

base::Result<UnpackSummary> unpack(const fs::path& archive, const fs::path& directory, const UnpackLimits& limits) {
  if (fs::exists(fs::symlink_status(directory))) {
    return base::conflict("the directory " + directory.string() + " is there already");
  }
  ASSIGN_OR_RETURN(auto input, GzipReader::open(archive, limits.ratio));
  // Beside its place, so that the rename stays within one file system.
  ASSIGN_OR_RETURN(base::TemporaryDirectory temporary,
                   base::TemporaryDirectory::create(fs::absolute(directory).parent_path(), ".unpacking-"));
  const auto fresh = temporary.path() / "tree";
  if (::mkdir(fresh.c_str(), 0755) != 0) return base::unavailable("cannot make a directory", std::strerror(errno));
  ASSIGN_OR_RETURN(TreeWriter tree, TreeWriter::open(fresh));
  Unpacker unpacker(*input, tree, limits);
  ASSIGN_OR_RETURN(UnpackSummary summary, unpacker.run());
  if (::rename(fresh.c_str(), directory.c_str()) != 0) {
    return base::unavailable("cannot make " + directory.string() + ": " + std::strerror(errno));
  }
  return summary;
}

}  // namespace git
