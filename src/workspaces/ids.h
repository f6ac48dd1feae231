#pragma once

#include "base/id.h"

namespace workspaces {

struct WorkspaceTag {
  static constexpr std::string_view kPrefix = "ws";
};
struct VariableTag {
  static constexpr std::string_view kPrefix = "var";
};
struct DecisionTag {
  static constexpr std::string_view kPrefix = "td";
};

using WorkspaceId = base::Id<WorkspaceTag>;
using VariableId = base::Id<VariableTag>;
using DecisionId = base::Id<DecisionTag>;

}  // namespace workspaces
