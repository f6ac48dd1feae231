#pragma once

#include "base/id.h"

namespace webhooks {

struct HookTag {
  static constexpr std::string_view kPrefix = "hook";
};
struct DeliveryTag {
  static constexpr std::string_view kPrefix = "dlv";
};

using HookId = base::Id<HookTag>;
using DeliveryId = base::Id<DeliveryTag>;

}  // namespace webhooks
