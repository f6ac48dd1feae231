#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "jsonapi/resource.h"

namespace jsonapi {

// The `included` of an answer: each resource once, in the order in which they came.
class Included {
 public:
  bool has(const std::string& type, const std::string& id) const { return known_.contains({type, id}); }
  void add(Resource resource) {
    if (known_.emplace(resource.type, resource.id).second) resources_.push_back(std::move(resource));
  }
  std::vector<Resource> take() { return std::move(resources_); }

 private:
  std::set<std::pair<std::string, std::string>> known_;
  std::vector<Resource> resources_;
};

}  // namespace jsonapi
