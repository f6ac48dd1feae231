#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "git/mirror.h"
#include "git/remote_url.h"

namespace runs {

// Brings the submodules of a commit, and theirs, into mirrors of their own. At most three levels deep and fifty in all
// (threat G03); every address is checked as that of a repository is.
class SubmoduleFetcher {
 public:
  using Request = std::function<base::Result<git::FetchRequest>(const git::RemoteUrl&)>;
  using Note = std::function<void(const git::FetchRequest&, const base::Status&)>;
  SubmoduleFetcher(git::Mirrors& mirrors, Request request, Note note)
      : mirrors_(mirrors), request_(std::move(request)), note_(std::move(note)) {}

  static constexpr int kMostLevels = 3;
  static constexpr std::size_t kMost = 50;

  // `top` and everything below it, for Mirrors::archive; `url` is where `top` came from.
  base::Result<std::vector<git::ArchivePart>> collect(const git::ArchivePart& top, const std::string& url);

 private:
  base::Status add(const git::ArchivePart& part, const git::RemoteUrl& url, int level);
  base::Status fetch(const git::ArchivePart& part, git::FetchRequest request);

  git::Mirrors& mirrors_;
  Request request_;
  Note note_;
  std::vector<git::ArchivePart> parts_;
};

}  // namespace runs
