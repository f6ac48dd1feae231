#pragma once

#include <string>

#include "auth/rights.h"
#include "jsonapi/resource.h"
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
  auth::Rights rights;
};

// The JSON:API forms of this folder.
jsonapi::Resource workspace_resource(const Workspace& workspace, const Surroundings& around);
jsonapi::Resource variable_resource(const Variable& variable);
jsonapi::Resource decision_resource(const TriggerDecision& decision);

}  // namespace workspaces
