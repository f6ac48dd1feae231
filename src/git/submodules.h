#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/git_program.h"
#include "git/remote_url.h"

namespace git {

// A repository that a commit refers to, as the commit's tree and its .gitmodules tell.
struct Submodule {
  std::string path;  // in the tree
  std::string sha;   // the commit the tree names
  std::string url;   // as written: "../modules.git", "https://…"
};

// Those of a commit, by path; without the ones that are switched off ("update = none"). `run` has repository and home
// filled in. kInvalid: a name, path or file that is not accepted, or a submodule without an address (threat G03).
base::Result<std::vector<Submodule>> list_submodules(const GitRun& run, const std::string& sha);

// The address of a submodule of what came from `parent`: "./" and "../" are relative to it, as git has it. Only what
// parse_remote_url takes; nothing that leads out of the parent's server by "..".
base::Result<RemoteUrl> submodule_url(const RemoteUrl& parent, std::string_view url);

}  // namespace git
