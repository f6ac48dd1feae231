#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "workspaces/decision.h"
#include "workspaces/workspace.h"

// "What would this trigger?": the rules of a workspace, saved or not, against what was pushed before. Pure; decided by
// decide() and PathMatcher, as for a delivery.
namespace workspaces {

struct PushedCommit {
  std::string sha, subject, author;
  base::Time at;
  std::vector<std::string> paths;  // that it changed
  std::string paths_unknown;       // why there is no such list; empty: there is
};

// What is known of a repository.
struct RepositoryPicture {
  std::string branch;  // whose commits they are
  std::string default_branch;
  std::vector<PushedCommit> commits;  // newest first
  std::vector<std::string> files;     // of the newest commit
  bool files_known = false;
  std::vector<std::string> tags;
  bool tags_known = false;
};

struct Preview {
  // A commit of the branch or, for a workspace that waits for tags, a tag.
  struct Push {
    PushedCommit commit;  // of a tag: empty
    std::string tag;
    Decision decision;
    std::string rule, path;  // what made it a hit: "pattern '/a/*'" and the first path that hit
  };
  // A rule that does something else than its writer probably thinks.
  struct Warning {
    std::string code;     // stable: "matches-nothing"
    std::string rule;     // as written
    std::string message;  // what is the matter, and what to write instead
  };
  std::vector<Push> pushes;
  std::vector<Warning> warnings;
};

Preview preview(const Workspace& workspace, const RepositoryPicture& picture);

}  // namespace workspaces
