#pragma once

#include <filesystem>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "git/git_program.h"
#include "git/mirror.h"

namespace git {

// Writes the tree of a commit as an archive; see Mirrors::archive. `run` has repository and home filled in.
base::Result<ArchiveSummary> pack_tree(const GitRun& run, const std::string& sha, base::Time time,
                                       const MirrorOptions& options, const std::filesystem::path& destination);

}  // namespace git
