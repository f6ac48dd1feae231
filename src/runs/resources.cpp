#include "runs/resources.h"

#include <map>

#include "auth/access.h"
#include "auth/resource.h"
#include "runs/resource.h"
#include "runs/store.h"
#include "workspaces/resource.h"
#include "workspaces/store.h"

namespace runs {
namespace {

using Names = std::set<std::string>;

// {"current_run", "current_run.plan"} below "current_run" → {"plan"}; nothing if it is not among them.
std::optional<Names> below(const Names& names, const std::string& path) {
  Names out;
  bool found = false;
  for (const auto& name : names) {
    if (name == path) found = true;
    if (!name.starts_with(path + ".")) continue;
    found = true;
    out.insert(name.substr(path.size() + 1));
  }
  return found ? std::optional(out) : std::nullopt;
}

void add_id(std::vector<std::string>& ids, const std::string& id) {
  if (!id.empty()) ids.push_back(id);
}

}  // namespace

base::Result<std::vector<jsonapi::Resource>> Resources::of(const std::vector<Run>& runs) {
  std::vector<jsonapi::Resource> out;
  if (runs.empty()) return out;
  ASSIGN_OR_RETURN(auto events, store::event_ids(view_.connection, runs));
  ASSIGN_OR_RETURN(auto comments, store::comment_ids(view_.connection, runs));
  ASSIGN_OR_RETURN(auto positions, store::positions_in_queue(view_.connection, runs));
  std::map<auth::OrganizationId, RunRights> rights;
  for (const Run& run : runs) {
    if (!rights.contains(run.organization)) {
      ASSIGN_OR_RETURN(const auto has, auth::rights_in(view_.connection, view_.reader, run.organization));
      rights[run.organization] = {can(has, auth::Action::kApplyRuns), can(has, auth::Action::kQueueRuns)};
    }
    const std::string id = run.id.str();
    out.push_back(run_resource(run, {positions[id], events[id], comments[id], rights.at(run.organization), view_.now}));
  }
  return out;
}

base::Status Resources::include(const std::vector<Run>& runs, const Names& names) {
  RETURN_IF_ERROR(include_phases(runs, names.contains("plan"), names.contains("apply")));
  if (names.contains("workspace")) RETURN_IF_ERROR(include_workspaces(runs));
  for (const Run& run : runs) {
    if (names.contains("created_by")) RETURN_IF_ERROR(include_person(run.created_by));
    if (names.contains("confirmed_by")) RETURN_IF_ERROR(include_person(run.confirmed_by));
  }
  const auto versions = below(names, "configuration_version");
  if (!versions) return {};
  std::vector<std::string> ids;
  for (const Run& run : runs) add_id(ids, run.configuration_version.str());
  return include_configurations(ids, versions->contains("ingress_attributes"));
}

base::Status Resources::include(const std::vector<workspaces::Workspace>& workspaces, const Names& names) {
  struct Path {
    const char* name;
    std::function<std::string(const workspaces::Workspace&)> id;
  };
  const Path paths[] = {{"current_run", [](const auto& one) { return one.current_run.id; }},
                        {"latest_run", [](const auto& one) { return one.latest_run; }}};
  for (const auto& path : paths) {
    const auto wanted = below(names, path.name);
    if (!wanted) continue;
    std::vector<std::string> ids;
    for (const auto& workspace : workspaces) add_id(ids, path.id(workspace));
    ASSIGN_OR_RETURN(const auto runs, store::find_runs(view_.connection, ids));
    ASSIGN_OR_RETURN(auto resources, of(runs));
    for (auto& resource : resources) included_.add(std::move(resource));
    RETURN_IF_ERROR(include(runs, *wanted));
  }
  const auto versions = below(names, "current_configuration_version");
  if (!versions) return {};
  std::vector<std::string> ids;
  for (const auto& workspace : workspaces) add_id(ids, workspace.configuration_version);
  return include_configurations(ids, versions->contains("ingress_attributes"));
}

base::Status Resources::include(const std::vector<RunEvent>& events, const Names& names) {
  if (!names.contains("actor")) return {};
  for (const RunEvent& event : events) RETURN_IF_ERROR(include_person(event.actor));
  return {};
}

base::Status Resources::include_phases(const std::vector<Run>& runs, bool plans, bool applies) {
  if (!plans && !applies) return {};
  std::vector<std::string> ids;
  for (const Run& run : runs) {
    if (plans) ids.push_back(run.plan_id);
    if (applies) ids.push_back(run.apply_id);
  }
  ASSIGN_OR_RETURN(const auto phases, store::find_phases(view_.connection, ids));
  for (const Phase& phase : phases) included_.add(phase_resource(phase, view_.log_url(phase.id)));
  return {};
}

base::Status Resources::include_workspaces(const std::vector<Run>& runs) {
  std::set<std::string> ids;
  for (const Run& run : runs) ids.insert(run.workspace);
  ASSIGN_OR_RETURN(const auto found, workspaces::store::find_all(view_.connection, {ids.begin(), ids.end()}));
  ASSIGN_OR_RETURN(auto resources,
                   workspaces::workspace_resources(view_.connection, view_.providers, view_.reader, found));
  for (auto& resource : resources) included_.add(std::move(resource));
  return {};
}

base::Status Resources::include_person(const Actor& actor) {
  if (actor.type != "users" || included_.has("users", actor.id)) return {};
  ASSIGN_OR_RETURN(auto resource, auth::user_resource(view_.connection, view_.reader, auth::UserId(actor.id)));
  if (resource) included_.add(*std::move(resource));
  return {};
}

base::Status Resources::include_configurations(const std::vector<std::string>& ids, bool with_ingress) {
  ASSIGN_OR_RETURN(const auto versions, store::find_configurations(view_.connection, ids));
  for (const auto& version : versions) included_.add(configuration_resource(version));
  return with_ingress ? include_ingresses(versions) : base::Status();
}

base::Status Resources::include_ingresses(const std::vector<ConfigurationVersion>& versions) {
  std::map<std::string, const ConfigurationVersion*> by_ingress;
  std::vector<std::string> ids;
  for (const auto& version : versions) {
    if (version.ingress.empty()) continue;
    by_ingress.emplace(version.ingress.str(), &version);
    ids.push_back(version.ingress.str());
  }
  ASSIGN_OR_RETURN(const auto ingresses, store::find_ingresses(view_.connection, ids));
  for (const auto& ingress : ingresses) included_.add(ingress_resource(ingress, *by_ingress.at(ingress.id.str())));
  return {};
}

}  // namespace runs
