#include "runs/submodule_fetcher.h"

#include "base/strings.h"
#include "git/submodules.h"

namespace runs {
namespace {

// The same error, with which submodule it was.
base::Error of(const std::string& path, const std::string& url, base::Error error) {
  error.message =
      "submodule '" + base::printable(path, 200) + "' (" + base::printable(url, 300) + "): " + error.message;
  return error;
}

}  // namespace

base::Result<std::vector<git::ArchivePart>> SubmoduleFetcher::collect(const git::ArchivePart& top,
                                                                      const std::string& url) {
  ASSIGN_OR_RETURN(const auto address, git::parse_remote_url(url));
  parts_ = {top};
  RETURN_IF_ERROR(add(top, address, 1));
  return parts_;
}

base::Status SubmoduleFetcher::add(const git::ArchivePart& part, const git::RemoteUrl& url, int level) {
  ASSIGN_OR_RETURN(const auto submodules, mirrors_.submodules(part.repository, part.sha));
  for (const auto& submodule : submodules) {
    git::ArchivePart below;
    below.path = part.path.empty() ? submodule.path : part.path + "/" + submodule.path;
    below.sha = submodule.sha;
    if (level > kMostLevels) {
      return of(below.path, submodule.url,
                base::invalid("submodules are fetched " + std::to_string(kMostLevels) + " levels deep"));
    }
    if (parts_.size() > kMost) {
      return of(below.path, submodule.url,
                base::invalid("at most " + std::to_string(kMost) + " submodules are fetched"));
    }
    const auto address = git::submodule_url(url, submodule.url);
    if (!address) return of(below.path, submodule.url, address.error());
    auto request = request_(*address);
    if (!request) return of(below.path, submodule.url, request.error());
    // A copy of its own: what a repository calls its submodule says nothing about who may read it elsewhere.
    below.repository = {part.repository.organization, part.repository.provider, "submodule " + address->text};
    if (auto fetched = fetch(below, *std::move(request)); !fetched) {
      return of(below.path, submodule.url, fetched.error());
    }
    parts_.push_back(below);
    RETURN_IF_ERROR(add(below, *address, level + 1));
  }
  return {};
}

base::Status SubmoduleFetcher::fetch(const git::ArchivePart& part, git::FetchRequest request) {
  if (mirrors_.has_commit(part.repository, part.sha)) return {};
  request.repository = part.repository;
  request.commits = {part.sha};
  auto outcome = mirrors_.fetch(request);
  if (note_) note_(request, outcome);
  return outcome;
}

}  // namespace runs
