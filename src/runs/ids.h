#pragma once

#include "base/id.h"

namespace runs {

struct RunTag {
  static constexpr std::string_view kPrefix = "run";
};
struct PlanTag {
  static constexpr std::string_view kPrefix = "plan";
};
struct ApplyTag {
  static constexpr std::string_view kPrefix = "apply";
};
struct ConfigurationVersionTag {
  static constexpr std::string_view kPrefix = "cv";
};
struct IngressTag {
  static constexpr std::string_view kPrefix = "ia";
};
struct RunEventTag {
  static constexpr std::string_view kPrefix = "re";
};
struct CommentTag {
  static constexpr std::string_view kPrefix = "wsc";
};

using RunId = base::Id<RunTag>;
using ConfigurationVersionId = base::Id<ConfigurationVersionTag>;
using IngressId = base::Id<IngressTag>;
using RunEventId = base::Id<RunEventTag>;
using CommentId = base::Id<CommentTag>;

}  // namespace runs
