#include "git/mirror.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/strings.h"
#include "crypto/hash.h"
#include "git/access.h"
#include "git/mirror_store.h"
#include "git/remote_url.h"
#include "git/submodules.h"
#include "git/tree_packer.h"

namespace git {
namespace {

namespace fs = std::filesystem;
using base::ProcessResult;

constexpr const char* kAllBranches = "+refs/heads/*:refs/branches/*";
constexpr std::size_t kPacksBeforeCompaction = 50;
constexpr std::string_view kTagRefs = "refs/tags/";
constexpr std::size_t kLongestMessage = std::size_t{64} << 10U;

// Where a ref of the server is kept. Hashed, so that "a" and "a/b" do not get into each other's way.
std::string local_ref(const std::string& full_ref) {
  return "refs/mirror/" + base::to_hex(crypto::sha256(full_ref)).substr(0, 32);
}

std::string commit_ref(const std::string& sha) { return "refs/commits/" + sha; }

base::Status check_commit(const std::string& sha) {
  if (is_commit_id(sha)) return {};
  return base::invalid("'" + base::printable(sha, 80) + "' is not a full commit id");
}

base::Status check_request(const FetchRequest& request) {
  for (const auto& sha : request.commits) RETURN_IF_ERROR(check_commit(sha));
  for (const auto& ref : request.refs) {
    if (!is_full_ref(ref)) return base::invalid("'" + base::printable(ref, 80) + "' is not a ref (refs/heads/main)");
  }
  if (request.commits.empty() && request.refs.empty()) return base::invalid("neither a commit nor a ref is named");
  return {};
}

std::vector<std::string> split_nul(std::string_view text) {
  auto parts = base::split(text, '\0');
  if (!parts.empty() && parts.back().empty()) parts.pop_back();
  return parts;
}

std::string clean_line(std::string_view text) {
  std::string line = base::to_valid_utf8(text);
  for (char& letter : line) {
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) letter = ' ';
  }
  return std::string(base::trim(line));
}

base::Time time_of(const std::string& seconds) {
  // Histories hold any number; what does not fit the calendar becomes 1970.
  const auto value = base::to_integer(seconds).value_or(0);
  return base::from_millis(value >= 0 && value < 253'402'300'800 ? value * 1000 : 0);
}

constexpr char kFactsFormat[] = "--format=format:%H%x00%P%x00%an%x00%ae%x00%at%x00%ct%x00%s%x00%B";

constexpr std::size_t kFacts = 8;

// One commit of what `git log` printed in that format.
CommitFacts facts_of(std::span<const std::string> parts) {
  CommitFacts facts;
  facts.sha = parts[0];
  if (!parts[1].empty()) facts.parents = base::split(parts[1], ' ');
  facts.author_name = base::shorten(clean_line(parts[2]), 500);
  facts.author_email = base::shorten(clean_line(parts[3]), 500);
  facts.author_time = time_of(parts[4]);
  facts.commit_time = time_of(parts[5]);
  facts.subject = base::shorten(clean_line(parts[6]), 1'000);
  facts.message = base::shorten(base::to_valid_utf8(base::trim(parts[7])), kLongestMessage);
  return facts;
}

std::size_t count_packs(const fs::path& repository) {
  std::error_code ignored;
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(repository / "objects" / "pack", ignored)) {
    count += entry.path().extension() == ".pack" ? 1U : 0U;
  }
  return count;
}

// Whether the kernel ended a half-received pack at the limit: git itself only says that its helper died.
bool stands_at_limit(const fs::path& repository, std::uint64_t limit) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(repository / "objects" / "pack", ignored)) {
    const bool is_half = entry.path().filename().string().starts_with("tmp_");
    if (is_half && entry.file_size(ignored) >= limit) return true;
  }
  return false;
}

ChangedPaths unknown(std::string reason) { return {.known = false, .reason = std::move(reason), .paths = {}}; }

}  // namespace

class Mirrors::Impl {
 public:
  Impl(std::unique_ptr<MirrorStore> store, MirrorOptions options) : store_(std::move(store)), options_(options) {}

  base::Status fetch(const FetchRequest& request) {
    RETURN_IF_ERROR(check_request(request));
    ASSIGN_OR_RETURN(RemoteUrl url, parse_remote_url(request.url));
    const std::lock_guard lock(store_->lock_of(request.repository));
    if (!request.commits.empty() && missing(request).empty()) return {};
    ASSIGN_OR_RETURN(auto access, Access::prepare(request, url, options_, store_->temporary()));
    const bool had_one = store_->exists(request.repository);
    auto fetched = fetch_locked(request, url, *access);
    if (!fetched && had_one && problem_of(fetched.error()) == Problem::kDamaged) {
      // Perhaps it is our copy that is damaged: once more from nothing.
      RETURN_IF_ERROR(store_->remove(request.repository));
      fetched = fetch_locked(request, url, *access);
    }
    if (!fetched) MirrorStore::sweep(store_->path_of(request.repository));
    if (fetched && count_packs(store_->path_of(request.repository)) > kPacksBeforeCompaction) {
      static_cast<void>(compact_locked(request.repository));
    }
    return fetched;
  }

  base::Status probe(const FetchRequest& request) {
    ASSIGN_OR_RETURN(RemoteUrl url, parse_remote_url(request.url));
    ASSIGN_OR_RETURN(auto access, Access::prepare(request, url, options_, store_->temporary()));
    ASSIGN_OR_RETURN(
        const auto listed,
        at_each_address(request, url, *access, {"ls-remote", "--quiet", "--end-of-options", url.text, "HEAD"}));
    static_cast<void>(listed);
    return {};
  }

  base::Result<std::vector<std::string>> remote_tags(const FetchRequest& request) {
    ASSIGN_OR_RETURN(RemoteUrl url, parse_remote_url(request.url));
    ASSIGN_OR_RETURN(auto access, Access::prepare(request, url, options_, store_->temporary()));
    ASSIGN_OR_RETURN(const auto listed,
                     at_each_address(request, url, *access,
                                     {"ls-remote", "--quiet", "--tags", "--refs", "--end-of-options", url.text}));
    std::vector<std::string> tags;
    for (const auto& line : base::split(listed, '\n')) {
      const auto name = line.find(kTagRefs);
      if (name != std::string::npos) tags.push_back(base::to_valid_utf8(line.substr(name + kTagRefs.size())));
    }
    return tags;
  }

  bool has_commit(const RepositoryKey& key, const std::string& sha) {
    return is_commit_id(sha) && store_->exists(key) && missing_of(key, {sha}).empty();
  }

  base::Result<std::string> ref_head(const RepositoryKey& key, const std::string& full_ref) {
    if (!is_full_ref(full_ref)) return base::invalid("'" + base::printable(full_ref, 80) + "' is not a ref");
    auto result = query(key, {"rev-parse", "--verify", "--quiet", local_ref(full_ref) + "^{commit}"});
    if (!result) return std::move(result).error();
    const std::string sha(base::trim(result->output));
    if (!result->succeeded() || !is_commit_id(sha))
      return base::not_found("the ref " + full_ref + " was not fetched yet");
    return sha;
  }

  base::Result<ChangedPaths> changed_by_push(const RepositoryKey& key, const std::string& before,
                                             const std::string& after, const std::string& default_ref) {
    RETURN_IF_ERROR(require(key, after));
    if (!before.empty()) {
      RETURN_IF_ERROR(check_commit(before));
      if (!has_commit(key, before)) return unknown("the commit before the push is not there any more");
      return difference(key, before, after);
    }
    if (default_ref.empty()) return unknown("a new branch, and the default branch is not known");
    const auto head = ref_head(key, default_ref);
    if (!head) return unknown("a new branch, and the default branch was not fetched");
    return since_merge_base(key, *head, after);
  }

  base::Result<ChangedPaths> since_merge_base(const RepositoryKey& key, const std::string& base_sha,
                                              const std::string& head) {
    RETURN_IF_ERROR(require(key, head));
    RETURN_IF_ERROR(check_commit(base_sha));
    if (!has_commit(key, base_sha)) return unknown("the base commit is not there any more");
    ASSIGN_OR_RETURN(ProcessResult result, query(key, {"merge-base", base_sha, head}));
    const std::string common(base::trim(result.output.substr(0, result.output.find('\n'))));
    if (!result.succeeded() || !is_commit_id(common)) return unknown("the two have no common history");
    return difference(key, common, head);
  }

  base::Result<CommitFacts> commit_facts(const RepositoryKey& key, const std::string& sha) {
    ASSIGN_OR_RETURN(auto commits, history(key, sha, 1));
    return std::move(commits.front());
  }

  base::Result<std::vector<CommitFacts>> history(const RepositoryKey& key, const std::string& sha, std::size_t count) {
    RETURN_IF_ERROR(require(key, sha));
    ASSIGN_OR_RETURN(ProcessResult result,
                     query(key, {"log", "-z", "--first-parent", "--max-count=" + std::to_string(count), "--no-notes",
                                 "--no-mailmap", "--encoding=UTF-8", "--no-show-signature", kFactsFormat, sha}));
    const auto parts = base::split(result.output, '\0');
    if (!result.succeeded() || parts.size() % kFacts != 0) return failed_query(result);
    std::vector<CommitFacts> commits;
    for (std::size_t at = 0; at < parts.size(); at += kFacts) {
      commits.push_back(facts_of(std::span(parts).subspan(at, kFacts)));
    }
    return commits;
  }

  base::Result<ChangedPaths> files(const RepositoryKey& key, const std::string& sha) {
    RETURN_IF_ERROR(require(key, sha));
    ASSIGN_OR_RETURN(ProcessResult result,
                     query(key, {"ls-tree", "-r", "-z", "--name-only", "--full-tree", "--end-of-options", sha}));
    return paths_of(result, "the repository has too many files to list them");
  }

  base::Result<bool> is_ancestor(const RepositoryKey& key, const std::string& ancestor, const std::string& descendant) {
    RETURN_IF_ERROR(require(key, ancestor));
    RETURN_IF_ERROR(require(key, descendant));
    ASSIGN_OR_RETURN(ProcessResult result, query(key, {"merge-base", "--is-ancestor", ancestor, descendant}));
    if (result.end != ProcessResult::End::kExited || result.exit_code > 1) return failed_query(result);
    return result.exit_code == 0;
  }

  base::Result<ArchiveSummary> archive(const std::vector<ArchivePart>& parts, const fs::path& destination) {
    ASSIGN_OR_RETURN(CommitFacts facts, commit_facts(parts.front().repository, parts.front().sha));
    std::vector<PackedTree> trees;
    for (const auto& part : parts) {
      RETURN_IF_ERROR(require(part.repository, part.sha));
      trees.push_back({run_in(part.repository, {}), part.sha, part.path});
    }
    auto packed = pack_trees(trees, facts.commit_time, options_, destination);
    if (packed || problem_of(packed.error()) != Problem::kDamaged) return packed;
    for (const auto& part : parts) RETURN_IF_ERROR(remove(part.repository));
    return packed;
  }

  base::Result<std::vector<Submodule>> submodules(const RepositoryKey& key, const std::string& sha) {
    RETURN_IF_ERROR(require(key, sha));
    return list_submodules(run_in(key, {}), sha);
  }

  base::Status remove(const RepositoryKey& key) {
    const std::lock_guard lock(store_->lock_of(key));
    return store_->remove(key);
  }

  base::Status compact(const RepositoryKey& key) {
    const std::lock_guard lock(store_->lock_of(key));
    return store_->exists(key) ? compact_locked(key) : base::Status();
  }

 private:
  GitRun run_in(const RepositoryKey& key, std::vector<std::string> arguments) const {
    GitRun run;
    run.arguments = std::move(arguments);
    run.repository = store_->path_of(key);
    run.home = store_->home();
    run.timeout = options_.query_timeout;
    return run;
  }

  base::Result<ProcessResult> query(const RepositoryKey& key, std::vector<std::string> arguments,
                                    std::string_view input = {}) const {
    auto run = run_in(key, std::move(arguments));
    run.input = input;
    run.output_limit = options_.changed_bytes;
    return run_git(run);
  }

  static base::Error failed_query(const ProcessResult& result) {
    if (result.end == ProcessResult::End::kTimedOut) {
      return make_error(Problem::kTimeout, "git took too long to read the repository", result.errors);
    }
    return make_error(Problem::kDamaged, "the copy of the repository cannot be read; it is fetched anew when damaged",
                      result.errors);
  }

  base::Status require(const RepositoryKey& key, const std::string& sha) {
    RETURN_IF_ERROR(check_commit(sha));
    if (has_commit(key, sha)) return {};
    return make_error(Problem::kCommitGone, "the commit " + sha + " is not in the copy of the repository");
  }

  std::vector<std::string> missing(const FetchRequest& request) {
    return missing_of(request.repository, request.commits);
  }

  std::vector<std::string> missing_of(const RepositoryKey& key, const std::vector<std::string>& commits) {
    if (!store_->exists(key)) return commits;
    std::string input;
    for (const auto& sha : commits) input += sha + "^{commit}\n";
    const auto result = query(key, {"cat-file", "--batch-check=%(objectname) %(objecttype)"}, input);
    if (!result || !result->succeeded()) return commits;
    std::vector<std::string> gone;
    for (const auto& sha : commits) {
      if (result->output.find(sha + " commit\n") == std::string::npos) gone.push_back(sha);
    }
    return gone;
  }

  base::Result<ChangedPaths> difference(const RepositoryKey& key, const std::string& from, const std::string& to) {
    ASSIGN_OR_RETURN(ProcessResult result,
                     query(key, {"diff-tree", "-r", "-z", "--name-only", "--no-renames", "--no-ext-diff",
                                 "--no-textconv", "--ignore-submodules=none", "--end-of-options", from, to}));
    return paths_of(result, "too many files changed to list them");
  }

  static base::Result<ChangedPaths> paths_of(const ProcessResult& result, const std::string& too_many) {
    if (result.end == ProcessResult::End::kLimit || result.end == ProcessResult::End::kTimedOut) {
      return unknown(too_many);
    }
    if (!result.succeeded()) return failed_query(result);
    ChangedPaths changed{.known = true, .reason = {}, .paths = split_nul(result.output)};
    std::sort(changed.paths.begin(), changed.paths.end());
    changed.paths.erase(std::unique(changed.paths.begin(), changed.paths.end()), changed.paths.end());
    return changed;
  }

  base::Status fetch_locked(const FetchRequest& request, const RemoteUrl& url, const Access& access) {
    if (!store_->exists(request.repository)) {
      const bool sha256 = !request.commits.empty() && request.commits.front().size() == 64;
      RETURN_IF_ERROR(store_->create(request.repository, sha256));
    }
    auto by_ref = fetch_refs(request, url, access);
    if (request.commits.empty()) return by_ref;
    auto gone = missing(request);
    if (gone.empty()) return {};
    if (!by_ref && problem_of(by_ref.error()) != Problem::kCommitGone) return by_ref;
    return fetch_commits(request, url, access, gone);
  }

  // A ref that is gone makes git refuse all of them; it is taken off the list and the rest asked for again.
  base::Status fetch_refs(const FetchRequest& request, const RemoteUrl& url, const Access& access) {
    auto refs = request.refs;
    base::Status last;
    while (!refs.empty()) {
      std::vector<std::string> wanted;
      for (const auto& ref : refs) wanted.push_back("+" + ref + ":" + local_ref(ref));
      auto fetched = fetch_these(request, url, access, wanted);
      if (fetched) return last;
      if (problem_of(fetched.error()) != Problem::kCommitGone) return fetched;
      const auto is_named = [&](const std::string& ref) {
        return fetched.error().detail.find("remote ref " + ref) != std::string::npos;
      };
      const auto found = std::find_if(refs.begin(), refs.end(), is_named);
      last = std::move(fetched);
      if (found == refs.end()) return last;
      refs.erase(found);
    }
    return last;
  }

  base::Status fetch_commits(const FetchRequest& request, const RemoteUrl& url, const Access& access,
                             const std::vector<std::string>& commits) {
    std::vector<std::string> wanted;
    for (const auto& sha : commits) wanted.push_back("+" + sha + ":" + commit_ref(sha));
    const auto fetched = fetch_these(request, url, access, wanted);
    if (!fetched && problem_of(fetched.error()) != Problem::kCommitGone) return fetched;
    if (!fetched) {
      // The server gives out refs only. One of its branches may still lead there.
      RETURN_IF_ERROR(fetch_these(request, url, access, {kAllBranches}));
    }
    const auto gone = missing(request);
    if (gone.empty()) return {};
    return make_error(Problem::kCommitGone, "the commit " + gone.front() +
                                                " is not in the repository (any more): it was deleted or forced away");
  }

  base::Status fetch_these(const FetchRequest& request, const RemoteUrl& url, const Access& access,
                           const std::vector<std::string>& wanted) {
    std::vector<std::string> arguments{"fetch",
                                       "--quiet",
                                       "--no-tags",
                                       "--force",
                                       "--no-write-fetch-head",
                                       "--no-recurse-submodules",
                                       "--no-auto-maintenance",
                                       "--end-of-options",
                                       url.text};
    // Branches that are gone make room for others ("a" for "a/b").
    if (wanted.front() == kAllBranches) arguments.insert(arguments.begin() + 1, "--prune");
    arguments.insert(arguments.end(), wanted.begin(), wanted.end());
    ASSIGN_OR_RETURN(const auto output, at_each_address(request, url, access, arguments, true));
    static_cast<void>(output);
    return {};
  }

  // The next address is tried only if nobody answered at the one before.
  base::Result<std::string> at_each_address(const FetchRequest& request, const RemoteUrl& url, const Access& access,
                                            const std::vector<std::string>& arguments, bool in_repository = false) {
    auto addresses = request.addresses;
    if (addresses.empty()) addresses.emplace_back();
    base::Result<std::string> last = std::string();
    for (const auto& address : addresses) {
      auto run = run_in(request.repository, arguments);
      if (!in_repository) run.repository.clear();
      run.timeout = options_.fetch_timeout;
      run.stop = request.stop;
      run.file_size_limit = options_.pack_bytes;
      access.apply(run, address);
      ASSIGN_OR_RETURN(ProcessResult result, run_git(run));
      if (result.succeeded()) return std::move(result.output);
      result.errors = access.cleaned(result.errors);
      if (in_repository && stands_at_limit(run.repository, options_.pack_bytes))
        result.end = ProcessResult::End::kLimit;
      last = explain_failure(result, url.host);
      if (problem_of(last.error()) != Problem::kConnect) break;
    }
    return last;
  }

  base::Status compact_locked(const RepositoryKey& key) {
    auto run = run_in(key, {"repack", "-a", "-d", "-k", "--quiet"});
    run.timeout = options_.fetch_timeout;
    run.config = {{"repack.writeBitmaps", "false"}};
    ASSIGN_OR_RETURN(ProcessResult result, run_git(run));
    MirrorStore::sweep(store_->path_of(key));
    return result.succeeded() ? base::Status() : base::Status(failed_query(result));
  }

  std::unique_ptr<MirrorStore> store_;
  MirrorOptions options_;
};

base::Result<std::unique_ptr<Mirrors>> Mirrors::open(const fs::path& root, MirrorOptions options) {
  ASSIGN_OR_RETURN(auto store, MirrorStore::open(root));
  return std::unique_ptr<Mirrors>(new Mirrors(std::make_unique<Impl>(std::move(store), options)));
}

Mirrors::Mirrors(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Mirrors::~Mirrors() = default;

base::Status Mirrors::fetch(const FetchRequest& request) { return impl_->fetch(request); }
bool Mirrors::has_commit(const RepositoryKey& repository, const std::string& sha) {
  return impl_->has_commit(repository, sha);
}
base::Result<std::string> Mirrors::ref_head(const RepositoryKey& repository, const std::string& full_ref) {
  return impl_->ref_head(repository, full_ref);
}
base::Result<ChangedPaths> Mirrors::changed_by_push(const RepositoryKey& repository, const std::string& before,
                                                    const std::string& after, const std::string& default_ref) {
  return impl_->changed_by_push(repository, before, after, default_ref);
}
base::Result<ChangedPaths> Mirrors::changed_by_pull_request(const RepositoryKey& repository, const std::string& base,
                                                            const std::string& head) {
  return impl_->since_merge_base(repository, base, head);
}
base::Result<CommitFacts> Mirrors::commit_facts(const RepositoryKey& repository, const std::string& sha) {
  return impl_->commit_facts(repository, sha);
}
base::Result<std::vector<CommitFacts>> Mirrors::history(const RepositoryKey& repository, const std::string& sha,
                                                        std::size_t count) {
  return impl_->history(repository, sha, count);
}
base::Result<ChangedPaths> Mirrors::files(const RepositoryKey& repository, const std::string& sha) {
  return impl_->files(repository, sha);
}
base::Result<std::vector<std::string>> Mirrors::remote_tags(const FetchRequest& request) {
  return impl_->remote_tags(request);
}
base::Result<bool> Mirrors::is_ancestor(const RepositoryKey& repository, const std::string& ancestor,
                                        const std::string& descendant) {
  return impl_->is_ancestor(repository, ancestor, descendant);
}
base::Result<ArchiveSummary> Mirrors::archive(const RepositoryKey& repository, const std::string& sha,
                                              const fs::path& destination) {
  return impl_->archive({{repository, sha, ""}}, destination);
}
base::Result<ArchiveSummary> Mirrors::archive(const std::vector<ArchivePart>& parts, const fs::path& destination) {
  return impl_->archive(parts, destination);
}
base::Result<std::vector<Submodule>> Mirrors::submodules(const RepositoryKey& repository, const std::string& sha) {
  return impl_->submodules(repository, sha);
}
base::Status Mirrors::remove(const RepositoryKey& repository) { return impl_->remove(repository); }
base::Status Mirrors::compact(const RepositoryKey& repository) { return impl_->compact(repository); }
base::Status Mirrors::probe(const FetchRequest& request) { return impl_->probe(request); }

}  // namespace git
