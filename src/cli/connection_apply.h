#pragma once

#include <string>

#include "cli/connection_files.h"

namespace cli {

struct ApplyOptions {
  std::string directory, project;
  bool plan_only = false, yes = false, no_verify = false;
};

// Makes the project's connections as the files of a directory have them. Everything is read and checked first, and
// nothing is changed if anything is wrong; then the plan is shown, and what it says is done in its order. Connections
// without a file stay as they are. One that fails does not keep the others back; the error names them all.
base::Status apply_directory(Context& context, const ApplyOptions& options);

// Type and scheme of a connection cannot change.
base::Status check_kind(const ConnectionFile& file, const Json& connection);

}  // namespace cli
