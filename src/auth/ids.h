#pragma once

#include "base/id.h"

namespace auth {

struct OrganizationTag {
  static constexpr std::string_view kPrefix = "org";
};
struct UserTag {
  static constexpr std::string_view kPrefix = "user";
};
struct TeamTag {
  static constexpr std::string_view kPrefix = "team";
};
struct ProjectTag {
  static constexpr std::string_view kPrefix = "prj";
};
struct TokenTag {
  static constexpr std::string_view kPrefix = "at";
};
struct MembershipTag {
  static constexpr std::string_view kPrefix = "ou";
};

// The internal id. The API shows the organization's name as its id.
using OrganizationId = base::Id<OrganizationTag>;
using UserId = base::Id<UserTag>;
using TeamId = base::Id<TeamTag>;
using ProjectId = base::Id<ProjectTag>;
using TokenId = base::Id<TokenTag>;
using MembershipId = base::Id<MembershipTag>;

}  // namespace auth
