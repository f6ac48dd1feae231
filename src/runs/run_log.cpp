#include "runs/run_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/random.h"
#include "base/strings.h"
#include "jsonapi/json.h"
#include "jsonapi/resource.h"

namespace runs {
namespace {

constexpr std::size_t kShortest = 6;
constexpr char kStart = '\x02';
constexpr char kEnd = '\x03';

base::Error log_error(const char* what) {
  return base::unavailable(std::string("a run's log could not be ") + what + ": is the disk full?",
                           std::strerror(errno));
}

}  // namespace

Masker::Masker(const std::vector<base::Secret>& secrets, const std::vector<base::Secret>& exact) {
  for (const auto& text : exact) {
    if (text.empty()) continue;
    longest_ = std::max(longest_, text.size());
    needles_.push_back(text);
  }
  const auto add = [this](std::string text) {
    if (text.size() < kShortest) return;
    longest_ = std::max(longest_, text.size());
    needles_.emplace_back(std::move(text));
  };
  for (const auto& secret : secrets) {
    const std::string& text = secret.reveal();
    if (text.size() < kShortest) continue;
    add(text);
    std::string encoded = base::to_base64(text);
    while (!encoded.empty() && encoded.back() == '=') encoded.pop_back();
    add(std::move(encoded));
    add(base::to_base64url(text));
    add(base::url_encode(text));
    add(base::to_hex(text));
    const std::string quoted = jsonapi::dump(jsonapi::Json(text));
    add(quoted.substr(1, quoted.size() - 2));
    for (const auto& line : base::split(text, '\n')) add(std::string(base::trim(line)));
  }
  for (const auto& needle : needles_) first_bytes_.set(static_cast<unsigned char>(needle.reveal().front()));
}

std::size_t Masker::beginning(std::size_t from) const {
  const std::size_t first = pending_.size() < longest_ ? 0 : pending_.size() - longest_ + 1;
  for (std::size_t at = std::max(from, first); at < pending_.size(); ++at) {
    const std::string_view rest = std::string_view(pending_).substr(at);
    if (!first_bytes_[static_cast<unsigned char>(rest.front())]) continue;
    const bool begins = std::any_of(needles_.begin(), needles_.end(), [&](const base::Secret& needle) {
      return needle.size() > rest.size() && needle.reveal().starts_with(rest);
    });
    if (begins) return at;
  }
  return pending_.size();
}

std::string Masker::replaced(bool more_may_come) {
  std::string out;
  std::size_t from = 0;
  std::size_t kept = pending_.size();  // from here on it may be the beginning of a secret
  while (true) {
    if (more_may_come) kept = beginning(from);
    std::size_t at = std::string::npos;
    std::size_t length = 0;
    for (const auto& needle : needles_) {
      const auto found = pending_.find(needle.reveal(), from);
      if (found == std::string::npos || found > at || (found == at && needle.size() <= length)) continue;
      at = found;
      length = needle.size();
    }
    if (at == std::string::npos || at >= kept) break;
    out.append(pending_, from, at - from).append("***");
    from = at + length;
  }
  out.append(pending_, from, kept - from);
  pending_.erase(0, kept);
  return out;
}

std::string Masker::feed(std::string_view text) {
  pending_ += text;
  return replaced(true);
}

std::string Masker::finish() { return replaced(false); }

namespace {

// What was written goes on as a copy: an earlier attempt that only slept writes into a file that nobody reads.
base::Status take_over(const std::filesystem::path& file) {
  std::error_code problem;
  if (!std::filesystem::exists(file, problem)) return {};
  const auto copy = file.string() + "." + base::random_base58(8);
  std::filesystem::copy_file(file, copy, problem);
  if (!problem) std::filesystem::rename(copy, file, problem);
  if (!problem) return {};
  std::error_code ignored;
  std::filesystem::remove(copy, ignored);
  return base::unavailable("the run's log could not be taken over", problem.message());
}

}  // namespace

base::Result<std::unique_ptr<RunLog>> RunLog::open(const std::filesystem::path& file,
                                                   const std::vector<base::Secret>& secrets,
                                                   const std::vector<base::Secret>& exact) {
  RETURN_IF_ERROR(take_over(file));
  base::FileDescriptor fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  struct stat facts {};
  if (!fd || ::fstat(fd.get(), &facts) != 0) return log_error("opened");
  std::unique_ptr<RunLog> log(new RunLog(std::move(fd), secrets, exact));
  if (facts.st_size == 0) log->put(std::string_view(&kStart, 1));
  return log;
}

void RunLog::put(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file_.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // a full disk costs the rest of the log, not the run
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void RunLog::write(std::string_view text) {
  // The two marks of the protocol are ours.
  std::string own(text);
  std::replace(own.begin(), own.end(), kStart, ' ');
  std::replace(own.begin(), own.end(), kEnd, ' ');
  put(masker_.feed(own));
}

void RunLog::line(std::string_view text) {
  flush();
  write(std::string(text) + "\n");
  flush();
}

void RunLog::flush() { put(masker_.finish()); }

base::Status RunLog::end(const std::filesystem::path& file) {
  const base::FileDescriptor fd(::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  struct stat facts {};
  if (!fd || ::fstat(fd.get(), &facts) != 0) return log_error("closed");
  char last = 0;
  if (facts.st_size > 0 && ::pread(fd.get(), &last, 1, facts.st_size - 1) == 1 && last == kEnd) return {};
  const std::string text = facts.st_size == 0 ? std::string{kStart, kEnd} : std::string{kEnd};
  if (::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) return log_error("closed");
  return {};
}

base::Result<std::string> read_log_part(const std::filesystem::path& file, std::uint64_t offset, std::uint64_t limit) {
  const base::FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return std::string();
  std::string text(static_cast<std::size_t>(std::min<std::uint64_t>(limit, std::uint64_t{1} << 20U)), '\0');
  const ssize_t length = ::pread(fd.get(), text.data(), text.size(), static_cast<off_t>(offset));
  if (length < 0) return log_error("read");
  text.resize(static_cast<std::size_t>(length));
  return text;
}

}  // namespace runs
