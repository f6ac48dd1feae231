#pragma once

#include <string>

#include "jsonapi/resource.h"
#include "runs/run.h"

namespace runs {

// The JSON:API forms of this folder.

// What the asking person may do with a run.
struct RunRights {
  bool apply = false, cancel = false;
};
// What belongs to a run and lives in other rows.
struct RunDetails {
  std::int64_t position = 0;
  std::vector<std::string> events, comments;
  RunRights rights;
  base::Time now;
};
jsonapi::Resource run_resource(const Run& run, const RunDetails& details);
jsonapi::Resource phase_resource(const Phase& phase, const std::string& log_url);
jsonapi::Resource configuration_resource(const ConfigurationVersion& version);
jsonapi::Resource ingress_resource(const Ingress& ingress, const ConfigurationVersion& version);
jsonapi::Resource event_resource(const RunEvent& event);
jsonapi::Resource comment_resource(const Comment& comment);

}  // namespace runs
