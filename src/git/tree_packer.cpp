#include "git/tree_packer.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "base/strings.h"
#include "git/archive_writer.h"
#include "git/tree_names.h"

namespace git {
namespace {

constexpr std::size_t kMostNotes = 100;
constexpr std::size_t kListingLimit = std::size_t{256} << 20U;
constexpr std::int64_t kLongestLink = 4'096;

struct Entry {
  std::string path, id;
  std::int64_t size = 0;
  bool executable = false, is_link = false;
};

void note(ArchiveSummary& summary, std::string_view path, std::string_view why) {
  if (summary.left_out.size() < kMostNotes) {
    summary.left_out.push_back(base::printable(path, 200) + ": " + std::string(why));
  }
}

// "<mode> <type> <id> <size, padded>\t<path>"
std::optional<Entry> parse_entry(std::string_view line, std::string& mode) {
  const auto tab = line.find('\t');
  if (tab == std::string_view::npos) return std::nullopt;
  std::vector<std::string> words;
  for (auto& word : base::split(line.substr(0, tab), ' ')) {
    if (!word.empty()) words.push_back(std::move(word));
  }
  if (words.size() != 4) return std::nullopt;
  mode = words[0];
  Entry entry;
  entry.id = words[2];
  entry.size = base::to_integer(words[3]).value_or(0);
  entry.path = std::string(line.substr(tab + 1));
  entry.executable = mode == "100755";
  entry.is_link = mode == "120000";
  return entry;
}

// Why an entry is not packed, or nothing. An empty text: left out without a word.
std::optional<std::string> reason_to_skip(const Entry& entry, const std::string& mode) {
  if (is_never_packed(entry.path)) return "";
  if (mode == "160000") return "a submodule, not included";
  if (!mode.starts_with("100") && mode != "120000") return "neither a file nor a link";
  if (entry.is_link && entry.size > kLongestLink) return "the link's target is too long";
  return problem_of_name(entry.path);
}

base::Error damaged() {
  return make_error(Problem::kDamaged, "the copy of the repository is damaged; it is fetched anew on the next attempt");
}

base::Error too_large(const MirrorOptions& options) {
  return make_error(Problem::kLimit, "the commit holds more than " + std::to_string(options.archive_files) +
                                         " files or " + std::to_string(options.archive_bytes >> 20U) + " MB");
}

// What the trees hold together so far.
struct Totals {
  std::uint64_t bytes = 0;
  std::int64_t files = 0;
};

base::Result<std::vector<Entry>> list_tree(const PackedTree& tree, const std::set<std::string>& included,
                                           const MirrorOptions& options, Totals& totals, ArchiveSummary& summary) {
  GitRun run = tree.run;
  run.arguments = {"ls-tree", "-r", "-z", "-l", "--full-tree", tree.sha};
  run.output_limit = kListingLimit;
  ASSIGN_OR_RETURN(base::ProcessResult result, run_git(run));
  if (result.end == base::ProcessResult::End::kLimit || result.end == base::ProcessResult::End::kTimedOut) {
    return too_large(options);
  }
  if (!result.succeeded()) return damaged();
  std::vector<Entry> entries;
  std::string mode;
  for (std::string_view rest = result.output; !rest.empty();) {
    const auto end = rest.find('\0');
    auto entry = parse_entry(rest.substr(0, end), mode);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (!entry) return damaged();
    if (!tree.path.empty()) entry->path = tree.path + "/" + entry->path;
    if (mode == "160000" && included.contains(entry->path)) continue;
    if (const auto why = reason_to_skip(*entry, mode)) {
      if (!why->empty()) note(summary, entry->path, *why);
      continue;
    }
    totals.bytes += static_cast<std::uint64_t>(entry->size);
    ++totals.files;
    entries.push_back(std::move(*entry));
    if (totals.bytes > options.archive_bytes || totals.files > options.archive_files) {
      return too_large(options);
    }
  }
  // By bytes of the whole path, whatever order git has.
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.path < b.path; });
  return entries;
}

// Turns the stream of `git cat-file --batch` ("<id> blob <size>\n<bytes>\n" for each asked id) into members.
class StreamPacker {
 public:
  StreamPacker(const std::vector<Entry>& entries, ArchiveWriter& writer, ArchiveSummary& summary)
      : entries_(entries), writer_(writer), summary_(summary) {}

  base::Status take(std::string_view piece) {
    while (!piece.empty()) {
      if (state_ == State::kHeader) {
        RETURN_IF_ERROR(take_header(piece));
      } else if (state_ == State::kBody) {
        RETURN_IF_ERROR(take_body(piece));
      } else {
        if (piece.front() != '\n') return damaged();
        piece.remove_prefix(1);
        RETURN_IF_ERROR(end_member());
      }
    }
    return {};
  }

  bool complete() const { return next_ == entries_.size() && state_ == State::kHeader && header_.empty(); }

 private:
  enum class State { kHeader, kBody, kEnd };

  base::Status take_header(std::string_view& piece) {
    const auto end = piece.find('\n');
    header_.append(piece.substr(0, end));
    if (header_.size() > 200 || next_ >= entries_.size()) return damaged();
    if (end == std::string_view::npos) {
      piece = {};
      return {};
    }
    piece.remove_prefix(end + 1);
    const Entry& entry = entries_[next_];
    if (header_ != entry.id + " blob " + std::to_string(entry.size)) return damaged();
    header_.clear();
    left_ = static_cast<std::size_t>(entry.size);
    state_ = left_ > 0 ? State::kBody : State::kEnd;
    return entry.is_link ? base::Status() : writer_.begin_file(entry.path, entry.size, entry.executable);
  }

  base::Status take_body(std::string_view& piece) {
    const auto part = piece.substr(0, left_);
    piece.remove_prefix(part.size());
    left_ -= part.size();
    if (left_ == 0) state_ = State::kEnd;
    if (entries_[next_].is_link) {
      target_.append(part);
      return {};
    }
    return writer_.data(part);
  }

  base::Status end_member() {
    const Entry& entry = entries_[next_++];
    state_ = State::kHeader;
    if (entry.is_link) {
      const std::string target = std::exchange(target_, {});
      if (const auto why = problem_of_link(entry.path, target)) {
        note(summary_, entry.path, *why);
        return {};
      }
      RETURN_IF_ERROR(writer_.link(entry.path, target));
    }
    ++summary_.files;
    summary_.bytes += entry.is_link ? 0 : entry.size;
    return {};
  }

  const std::vector<Entry>& entries_;
  ArchiveWriter& writer_;
  ArchiveSummary& summary_;
  State state_ = State::kHeader;
  std::size_t next_ = 0, left_ = 0;
  std::string header_, target_;
};

base::Status stream_blobs(const GitRun& base_run, const std::vector<Entry>& entries, StreamPacker& packer,
                          const MirrorOptions& options) {
  std::string ids;
  for (const auto& entry : entries) ids += entry.id + "\n";
  base::Status packed;
  GitRun run = base_run;
  run.arguments = {"cat-file", "--batch", "--buffer"};
  run.input = ids;
  run.timeout = options.fetch_timeout;
  run.on_output = [&](std::string_view piece) {
    packed = packer.take(piece);
    return packed.has_value();
  };
  ASSIGN_OR_RETURN(base::ProcessResult result, run_git(run));
  RETURN_IF_ERROR(std::move(packed));
  if (result.end == base::ProcessResult::End::kTimedOut) return too_large(options);
  if (!result.succeeded() || !packer.complete()) return damaged();
  return {};
}

}  // namespace

base::Result<ArchiveSummary> pack_trees(const std::vector<PackedTree>& trees, base::Time time,
                                        const MirrorOptions& options, const std::filesystem::path& destination) {
  ArchiveSummary summary;
  std::set<std::string> included;
  for (const auto& tree : trees) included.insert(tree.path);
  ASSIGN_OR_RETURN(auto writer, ArchiveWriter::create(destination, time));
  Totals totals;
  for (const auto& tree : trees) {
    ASSIGN_OR_RETURN(const std::vector<Entry> entries, list_tree(tree, included, options, totals, summary));
    StreamPacker packer(entries, *writer, summary);
    RETURN_IF_ERROR(stream_blobs(tree.run, entries, packer, options));
  }
  RETURN_IF_ERROR(writer->finish());
  return summary;
}

}  // namespace git
