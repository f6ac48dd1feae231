#pragma once

#include <set>
#include <string>
#include <vector>

#include "auth/principal.h"
#include "auth/rights.h"
#include "base/result.h"
#include "jsonapi/resource.h"
#include "providers/service.h"
#include "storage/database.h"
#include "workspaces/tag.h"
#include "workspaces/trigger_decision.h"
#include "workspaces/variable.h"
#include "workspaces/workspace.h"

namespace workspaces {

// What an answer says besides the workspace itself.
struct Surroundings {
  std::string organization_name;
  std::string default_execution_mode;  // of project or organization
  std::string oauth_client_name;       // may be empty
  bool force_delete_allowed = false;
  std::vector<TagBinding> tags;  // its own
  auth::Rights rights;
};

// The JSON:API forms of this folder.
jsonapi::Resource workspace_resource(const Workspace& workspace, const Surroundings& around);
// Of one connection's snapshot, with the rights of `reader`; related to what `included` asks for.
base::Result<std::vector<jsonapi::Resource>> workspace_resources(storage::Connection& connection,
                                                                 providers::Service& providers,
                                                                 const auth::Principal& reader,
                                                                 const std::vector<Workspace>& workspaces,
                                                                 const std::set<std::string>& included = {});
// What ?include= may ask for of this folder and those below: "organization", "project", "locked_by", "vars",
// "tag_bindings", "effective_tag_bindings".
base::Result<std::vector<jsonapi::Resource>> included_resources(storage::Connection& connection,
                                                                const auth::Principal& reader,
                                                                const std::vector<Workspace>& workspaces,
                                                                const std::set<std::string>& names);
// `type` is "tag-bindings" or "effective-tag-bindings".
jsonapi::Resource binding_resource(const TagBinding& binding, const std::string& type);
jsonapi::Resource variable_resource(const Variable& variable);
jsonapi::Resource decision_resource(const TriggerDecision& decision);

}  // namespace workspaces
