#pragma once

#include <string>
#include <vector>

#include "storage/value.h"

namespace runs::store {

// "($1, $2)" for two ids: what follows IN. Of an empty list: a value that no id has.
struct IdList {
  explicit IdList(const std::vector<std::string>& ids) : values(ids.begin(), ids.end()) {
    if (values.empty()) values.emplace_back("");
    for (std::size_t i = 1; i <= values.size(); ++i) text += (i == 1 ? "($" : ", $") + std::to_string(i);
    text += ")";
  }
  std::string text;
  std::vector<storage::Value> values;
};

}  // namespace runs::store
