#include "tests/vcs/all_kinds.h"

#include "vcs/ado_server/kinds.h"
#include "vcs/bitbucket_cloud/kinds.h"
#include "vcs/bitbucket_data_center/kinds.h"
#include "vcs/github/kinds.h"

namespace vcs_test {

const vcs::Registry& all_kinds() {
  static const vcs::Registry kRegistry = [] {
    vcs::Registry registry;
    for (auto kinds : {vcs::github::kinds(), vcs::ado_server::kinds(), vcs::bitbucket_cloud::kinds(),
                       vcs::bitbucket_data_center::kinds()}) {
      for (auto& kind : kinds) registry.add(std::move(kind));
    }
    return registry;
  }();
  return kRegistry;
}

}  // namespace vcs_test
