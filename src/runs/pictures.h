#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/result.h"
#include "runs/source.h"
#include "workspaces/preview.h"

namespace runs {

// What previews need of repositories, read once and remembered for a minute. A first clone takes longer than anybody
// waits for an answer, so a thread of its own does it, one repository after the other. Thread-safe.
class Pictures {
 public:
  Pictures(SourceAccess& source, const base::Clock& clock) : source_(source), clock_(clock) {}

  static constexpr std::size_t kCommits = 20;
  static constexpr base::Millis kFresh{60'000};
  static constexpr base::Millis kFailureFresh{5'000};

  struct Wanted {
    SourceRepository repository;  // the id may be empty
    std::string branch;           // empty: the default branch
    bool tags = false;
  };
  using Picture = std::shared_ptr<const workspaces::RepositoryPicture>;
  // Waits for it a little; null: it is being read, ask again. kUnavailable while too many others wait.
  base::Result<Picture> get(const Wanted& wanted, base::Millis patience);

 private:
  static constexpr std::size_t kMost = 64;
  struct Entry {
    std::optional<base::Result<Picture>> made;  // empty: waits or is being read
    base::Time at;
  };
  void work(const std::stop_token& stop);
  void forget_old();
  base::Result<Picture> make(const Wanted& wanted);
  base::Result<workspaces::PushedCommit> pushed(const SourceRepository& repository, const git::CommitFacts& facts);

  SourceAccess& source_;
  const base::Clock& clock_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, Entry> entries_;
  std::deque<std::pair<std::string, Wanted>> waiting_;
  std::jthread thread_;  // last: it uses the rest
};

}  // namespace runs
