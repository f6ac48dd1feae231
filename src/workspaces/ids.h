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

struct TagTag {
  static constexpr std::string_view kPrefix = "tag";
};
struct TagBindingTag {
  static constexpr std::string_view kPrefix = "tb";
};

using TagId = base::Id<TagTag>;
using TagBindingId = base::Id<TagBindingTag>;
using WorkspaceId = base::Id<WorkspaceTag>;
using VariableId = base::Id<VariableTag>;
using DecisionId = base::Id<DecisionTag>;

}  // namespace workspaces
