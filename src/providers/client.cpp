#include "providers/client.h"

namespace providers {

const char* health_name(Health health) {
  switch (health) {
    case Health::kUnknown: return "unknown";
    case Health::kHealthy: return "healthy";
    case Health::kWarning: return "warning";
    case Health::kFailing: return "failing";
  }
  return "unknown";
}

}  // namespace providers
