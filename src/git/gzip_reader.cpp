#include "git/gzip_reader.h"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/file.h"

namespace git {
namespace {

constexpr int kGzipOnly = MAX_WBITS + 16;
constexpr std::uint64_t kFree = std::uint64_t{10} << 20U;
constexpr std::size_t kPiece = std::size_t{256} << 10U;

base::Error damaged(const char* how) { return base::invalid(std::string("the archive is not a sound tar.gz: ") + how); }

}  // namespace

class GzipReader::Impl {
 public:
  Impl(base::FileDescriptor file, std::uint64_t ratio) : file_(std::move(file)), ratio_(ratio), output_(kPiece) {}
  ~Impl() { ::inflateEnd(&stream_); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  bool start() { return ::inflateInit2(&stream_, kGzipOnly) == Z_OK; }

  base::Result<std::string_view> next() {
    if (ended_) return std::string_view();
    while (true) {
      if (stream_.avail_in == 0) RETURN_IF_ERROR(fill());
      stream_.next_out = output_.data();
      stream_.avail_out = static_cast<uInt>(output_.size());
      const int outcome = ::inflate(&stream_, Z_NO_FLUSH);
      const std::size_t got = output_.size() - stream_.avail_out;
      if (outcome != Z_OK && outcome != Z_STREAM_END) return damaged("it is damaged or another format");
      written_ += got;
      if (written_ > kFree && written_ / ratio_ > read_) {
        return base::Error{base::Code::kTooLarge, "the archive grows more than " + std::to_string(ratio_) +
                                                      " times when unpacked; it is not taken"};
      }
      if (outcome == Z_STREAM_END) RETURN_IF_ERROR(check_end());
      if (got > 0 || ended_) return std::string_view(reinterpret_cast<const char*>(output_.data()), got);
    }
  }

 private:
  base::Result<std::size_t> read_some() {
    ssize_t got = 0;
    do {
      got = ::read(file_.get(), input_.data(), input_.size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) return base::unavailable("cannot read the archive", std::strerror(errno));
    read_ += static_cast<std::uint64_t>(got);
    return static_cast<std::size_t>(got);
  }

  base::Status fill() {
    ASSIGN_OR_RETURN(const std::size_t got, read_some());
    if (got == 0) return damaged("it is cut off");
    stream_.next_in = input_.data();
    stream_.avail_in = static_cast<uInt>(got);
    return {};
  }

  base::Status check_end() {
    ended_ = true;
    if (stream_.avail_in > 0) return damaged("something follows its end");
    ASSIGN_OR_RETURN(const std::size_t more, read_some());
    return more == 0 ? base::Status() : base::Status(damaged("something follows its end"));
  }

  base::FileDescriptor file_;
  std::uint64_t ratio_;
  std::vector<unsigned char> output_;
  std::array<unsigned char, 65536> input_{};
  z_stream stream_{};
  std::uint64_t read_ = 0, written_ = 0;
  bool ended_ = false;
};

base::Result<std::unique_ptr<GzipReader>> GzipReader::open(const std::filesystem::path& file, std::uint64_t ratio) {
  base::FileDescriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor) return base::not_found("cannot read the archive: " + std::string(std::strerror(errno)));
  auto impl = std::make_unique<Impl>(std::move(descriptor), ratio);
  if (!impl->start()) return base::unavailable("no memory to unpack the archive");
  return std::unique_ptr<GzipReader>(new GzipReader(std::move(impl)));
}

GzipReader::GzipReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GzipReader::~GzipReader() = default;
base::Result<std::string_view> GzipReader::next() { return impl_->next(); }

}  // namespace git
