#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalogue/catalogue.h"
#include "catalogue/validate.h"
#include "connections/verification.h"

namespace connections {

struct Option {
  std::string value, label;
};
struct Options {
  std::vector<Option> options;  // in the service's order
  bool complete = true;         // false: the service has more than was read
};

// Asks the outside service for the choices of a parameter (catalogue::live_options). Blocks for as long as that takes.
// Safe to call from many threads. Its errors are for people.
using Lister = std::function<base::Result<Options>(const Attempt&, const catalogue::Parameter&)>;

}  // namespace connections
