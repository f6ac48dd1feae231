#include "app/kinds.h"

#include "vcs/ado_server/kinds.h"
#include "vcs/bitbucket_cloud/kinds.h"
#include "vcs/bitbucket_data_center/kinds.h"
#include "vcs/github/kinds.h"

namespace app {

void add_kinds(vcs::Registry& registry) {
  for (auto& kind : vcs::ado_server::kinds()) registry.add(std::move(kind));
  for (auto& kind : vcs::github::kinds()) registry.add(std::move(kind));
  for (auto& kind : vcs::bitbucket_cloud::kinds()) registry.add(std::move(kind));
  for (auto& kind : vcs::bitbucket_data_center::kinds()) registry.add(std::move(kind));
}

}  // namespace app
