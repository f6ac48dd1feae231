#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "git/git_program.h"
#include "git/mirror.h"

namespace git {

struct PackedTree {
  GitRun run;  // repository and home filled in
  std::string sha;
  std::string path;  // where its files go; empty: the top
};

// Writes the trees of commits as one archive; see Mirrors::archive. The limits hold for all of them together.
base::Result<ArchiveSummary> pack_trees(const std::vector<PackedTree>& trees, base::Time time,
                                        const MirrorOptions& options, const std::filesystem::path& destination);

}  // namespace git
