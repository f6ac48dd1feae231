#include "runs/pictures.h"

#include <utility>

#include "base/thread.h"
#include "runs/trigger.h"

namespace runs {
namespace {

constexpr char kBranchPointer[] = "/data/attributes/vcs-repo/branch";

std::string key_of(const Pictures::Wanted& wanted) {
  const auto& repository = wanted.repository;
  return repository.organization.str() + '\n' + repository.token.str() + '\n' + repository.path + '\n' + wanted.branch +
         (wanted.tags ? "\ntags" : "");
}

}  // namespace

base::Result<Pictures::Picture> Pictures::get(const Wanted& wanted, base::Millis patience) {
  const std::string key = key_of(wanted);
  std::unique_lock lock(mutex_);
  forget_old();
  if (!entries_.contains(key)) {
    if (entries_.size() >= kMost) return base::unavailable("too many repositories are being read; try again soon");
    entries_[key];
    waiting_.emplace_back(key, wanted);
    if (!thread_.joinable()) {
      thread_ = base::start_thread("previews", [this](const std::stop_token& stop) { work(stop); });
    }
    changed_.notify_all();
  }
  const auto made = [&] {
    const auto found = entries_.find(key);
    return found == entries_.end() || found->second.made;
  };
  changed_.wait_for(lock, patience, made);
  const auto found = entries_.find(key);
  if (found == entries_.end() || !found->second.made) return Picture();
  return *found->second.made;
}

void Pictures::forget_old() {
  const auto now = clock_.now();
  std::erase_if(entries_, [&](const auto& item) {
    const Entry& entry = item.second;
    return entry.made && now - entry.at > (*entry.made ? kFresh : kFailureFresh);
  });
}

void Pictures::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [&] { return !waiting_.empty(); })) {
    const auto [key, wanted] = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    auto made = make(wanted);
    lock.lock();
    entries_[key] = {std::move(made), clock_.now()};
    changed_.notify_all();
  }
}

base::Result<Pictures::Picture> Pictures::make(const Wanted& wanted) {
  SourceRepository repository = wanted.repository;
  ASSIGN_OR_RETURN(const auto found, source_.find(repository));
  repository.id = found.id;
  auto picture = std::make_shared<workspaces::RepositoryPicture>();
  picture->default_branch = found.default_branch;
  picture->branch = wanted.branch.empty() ? found.default_branch : wanted.branch;
  if (picture->branch.empty()) return base::conflict("the repository is empty: push something first");
  const auto head = source_.branch_head(repository, picture->branch);
  if (!head && head.error().code == base::Code::kNotFound) {
    return base::invalid("the repository has no branch '" + picture->branch + "'", kBranchPointer);
  }
  if (!head) return head.error();
  RETURN_IF_ERROR(source_.fetch(repository, {*head}, {"refs/heads/" + picture->branch}));
  ASSIGN_OR_RETURN(const auto history, source_.history(repository, *head, kCommits));
  for (const auto& facts : history) {
    ASSIGN_OR_RETURN(picture->commits.emplace_back(), pushed(repository, facts));
  }
  ASSIGN_OR_RETURN(auto files, source_.files(repository, *head));
  picture->files_known = files.known;
  picture->files = std::move(files.paths);
  if (wanted.tags) {
    ASSIGN_OR_RETURN(picture->tags, source_.tags(repository));
    picture->tags_known = true;
  }
  return Picture(std::move(picture));
}

base::Result<workspaces::PushedCommit> Pictures::pushed(const SourceRepository& repository,
                                                        const git::CommitFacts& facts) {
  workspaces::PushedCommit commit;
  commit.sha = facts.sha;
  commit.subject = facts.subject;
  commit.author = facts.author_name;
  commit.at = facts.commit_time;
  // The first commit of all changed every file that it has.
  ASSIGN_OR_RETURN(auto changed, facts.parents.empty()
                                     ? source_.files(repository, facts.sha)
                                     : source_.changed_by_push(repository, facts.parents.front(), facts.sha, {}));
  if (!changed.known) {
    commit.paths_unknown = changed.reason;
  } else if (changed.paths.size() > Trigger::kMostPaths) {
    commit.paths_unknown = "more than " + std::to_string(Trigger::kMostPaths) + " files changed";
  } else {
    commit.paths = std::move(changed.paths);
  }
  return commit;
}

}  // namespace runs
