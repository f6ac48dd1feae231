#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "auth/principal.h"
#include "base/result.h"
#include "jsonapi/included.h"
#include "jsonapi/resource.h"
#include "providers/service.h"
#include "runs/run.h"
#include "storage/database.h"
#include "workspaces/workspace.h"

namespace runs {

// Runs and what stands around them, as answers show them: the number of statements does not grow with the number of
// runs. One use for one answer, on one connection.
class Resources {
 public:
  struct View {
    storage::Connection& connection;
    providers::Service& providers;
    const auth::Principal& reader;                           // whose rights the permissions are
    std::function<std::string(const std::string&)> log_url;  // of a phase's id
    base::Time now;
  };
  explicit Resources(View view) : view_(std::move(view)) {}

  base::Result<std::vector<jsonapi::Resource>> of(const std::vector<Run>& runs);

  // What ?include= asks for of runs: "plan", "apply", "workspace", "created_by", "confirmed_by",
  // "configuration_version", "configuration_version.ingress_attributes". Other names are left to others.
  base::Status include(const std::vector<Run>& runs, const std::set<std::string>& names);
  // Of workspaces: "current_run", "latest_run", both with the names above behind a dot, and
  // "current_configuration_version" with ".ingress_attributes".
  base::Status include(const std::vector<workspaces::Workspace>& workspaces, const std::set<std::string>& names);
  base::Status include_configurations(const std::vector<std::string>& ids, bool with_ingress);
  base::Status include_ingresses(const std::vector<ConfigurationVersion>& versions);
  // Of events: "actor", where that is a person.
  base::Status include(const std::vector<RunEvent>& events, const std::set<std::string>& names);
  std::vector<jsonapi::Resource> included() { return included_.take(); }

 private:
  base::Status include_phases(const std::vector<Run>& runs, bool plans, bool applies);
  base::Status include_workspaces(const std::vector<Run>& runs);
  base::Status include_person(const Actor& actor);

  View view_;
  jsonapi::Included included_;
};

}  // namespace runs
