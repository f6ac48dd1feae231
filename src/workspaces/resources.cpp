// Workspaces as answers show them, together with what surrounds them: each surrounding is asked for once.
#include <map>

#include "auth/access.h"
#include "auth/organization.h"
#include "auth/project.h"
#include "auth/resource.h"
#include "jsonapi/included.h"
#include "workspaces/resource.h"
#include "workspaces/store.h"

namespace workspaces {
namespace {

using jsonapi::Included;
using jsonapi::Resource;

TagOwner owner_of(const Workspace& workspace) { return {workspace.organization, workspace.id, workspace.project}; }

// Organization, project and client of workspaces.
class Around {
 public:
  Around(storage::Connection& connection, providers::Service& providers, const auth::Principal& reader)
      : connection_(connection), providers_(providers), reader_(reader) {}

  base::Result<Surroundings> of(const Workspace& workspace) {
    if (!organization_ || organization_->id != workspace.organization) {
      ASSIGN_OR_RETURN(organization_, auth::find_organization(connection_, workspace.organization));
      if (!organization_) return base::not_found("not found");
      ASSIGN_OR_RETURN(rights_, auth::rights_in(connection_, reader_, workspace.organization));
    }
    Surroundings out;
    out.organization_name = organization_->name;
    out.force_delete_allowed = organization_->allow_force_delete_workspaces;
    out.rights = rights_;
    ASSIGN_OR_RETURN(out.default_execution_mode, mode_of(workspace.project));
    if (workspace.vcs) out.oauth_client_name = client_of(workspace.vcs->token);
    ASSIGN_OR_RETURN(out.tags, store::bindings_of(connection_, owner_of(workspace)));
    return out;
  }

 private:
  base::Result<std::string> mode_of(const auth::ProjectId& project) {
    if (const auto found = modes_.find(project); found != modes_.end()) return found->second;
    ASSIGN_OR_RETURN(const auto row, auth::find_project(connection_, project));
    auto mode = organization_->default_execution_mode;
    if (row && row->default_execution_mode) mode = *row->default_execution_mode;
    return modes_.emplace(project, mode).first->second;
  }
  std::string client_of(const providers::OAuthTokenId& token) {
    if (const auto found = clients_.find(token); found != clients_.end()) return found->second;
    const auto info = providers_.find_token(connection_, token);
    return clients_.emplace(token, info ? info->client_name : "").first->second;
  }

  storage::Connection& connection_;
  providers::Service& providers_;
  const auth::Principal& reader_;
  std::optional<auth::Organization> organization_;
  auth::Rights rights_;
  std::map<auth::ProjectId, std::string> modes_;
  std::map<providers::OAuthTokenId, std::string> clients_;
};

base::Status add_organization(storage::Connection& connection, const auth::Principal& reader,
                              const Workspace& workspace, std::set<auth::OrganizationId>& known, Included& out) {
  if (!known.insert(workspace.organization).second) return {};
  ASSIGN_OR_RETURN(auto resource, auth::organization_resource(connection, reader, workspace.organization));
  if (resource) out.add(*std::move(resource));
  return {};
}

base::Status add_project(storage::Connection& connection, const auth::Principal& reader, const Workspace& workspace,
                         Included& out) {
  if (out.has("projects", workspace.project.str())) return {};
  ASSIGN_OR_RETURN(const auto count, store::count_in_project(connection, workspace.project));
  ASSIGN_OR_RETURN(auto resource, auth::project_resource(connection, reader, workspace.project, count));
  if (resource) out.add(*std::move(resource));
  return {};
}

base::Status add_locker(storage::Connection& connection, const auth::Principal& reader, const Workspace& workspace,
                        Included& out) {
  if (!workspace.lock || workspace.lock->by_type != "users" || out.has("users", workspace.lock->by_id)) return {};
  ASSIGN_OR_RETURN(auto resource, auth::user_resource(connection, reader, auth::UserId(workspace.lock->by_id)));
  if (resource) out.add(*std::move(resource));
  return {};
}

base::Status add_tags(storage::Connection& connection, const Workspace& workspace, const std::set<std::string>& names,
                      Included& out) {
  if (names.contains("tag_bindings")) {
    ASSIGN_OR_RETURN(const auto own, store::bindings_of(connection, owner_of(workspace)));
    for (const auto& binding : own) out.add(binding_resource(binding, "tag-bindings"));
  }
  if (!names.contains("effective_tag_bindings")) return {};
  ASSIGN_OR_RETURN(const auto all, store::effective_bindings_of(connection, owner_of(workspace)));
  for (const auto& binding : all) out.add(binding_resource(binding, "effective-tag-bindings"));
  return {};
}

// None for who may not read them.
base::Result<std::vector<Variable>> variables_for(storage::Connection& connection, const auth::Principal& reader,
                                                  const Workspace& workspace) {
  ASSIGN_OR_RETURN(const auto rights, auth::rights_in(connection, reader, workspace.organization));
  if (!auth::can(rights, auth::Action::kReadVariables)) return std::vector<Variable>();
  return Variables::list(connection, workspace.id);
}

base::Status add_variables(storage::Connection& connection, const auth::Principal& reader, const Workspace& workspace,
                           Included& out) {
  ASSIGN_OR_RETURN(const auto variables, variables_for(connection, reader, workspace));
  for (const auto& variable : variables) out.add(variable_resource(variable));
  return {};
}

// The relationships to what is included, with the ids: clients put the two together.
base::Status relate(storage::Connection& connection, const auth::Principal& reader, const Workspace& workspace,
                    const std::set<std::string>& names, Resource& out) {
  const std::string self = "/api/v2/workspaces/" + workspace.id.str();
  const auto ids_of = [](const auto& items) {
    std::vector<std::string> ids;
    for (const auto& item : items) ids.push_back(item.id.str());
    return ids;
  };
  if (names.contains("tag_bindings")) {
    ASSIGN_OR_RETURN(const auto own, store::bindings_of(connection, owner_of(workspace)));
    out.to_many("tag-bindings", "tag-bindings", ids_of(own), self + "/tag-bindings");
  }
  if (names.contains("effective_tag_bindings")) {
    ASSIGN_OR_RETURN(const auto all, store::effective_bindings_of(connection, owner_of(workspace)));
    out.to_many("effective-tag-bindings", "effective-tag-bindings", ids_of(all), self + "/effective-tag-bindings");
  }
  if (names.contains("vars")) {
    ASSIGN_OR_RETURN(const auto variables, variables_for(connection, reader, workspace));
    out.to_many("vars", "vars", ids_of(variables));
  }
  return {};
}

}  // namespace

base::Result<std::vector<Resource>> workspace_resources(storage::Connection& connection, providers::Service& providers,
                                                        const auth::Principal& reader,
                                                        const std::vector<Workspace>& workspaces,
                                                        const std::set<std::string>& included) {
  Around around(connection, providers, reader);
  std::vector<Resource> out;
  for (const auto& workspace : workspaces) {
    ASSIGN_OR_RETURN(const auto surroundings, around.of(workspace));
    out.push_back(workspace_resource(workspace, surroundings));
    RETURN_IF_ERROR(relate(connection, reader, workspace, included, out.back()));
  }
  return out;
}

base::Result<std::vector<Resource>> included_resources(storage::Connection& connection, const auth::Principal& reader,
                                                       const std::vector<Workspace>& workspaces,
                                                       const std::set<std::string>& names) {
  Included out;
  std::set<auth::OrganizationId> organizations;
  for (const auto& workspace : workspaces) {
    if (names.contains("organization")) {
      RETURN_IF_ERROR(add_organization(connection, reader, workspace, organizations, out));
    }
    if (names.contains("project")) RETURN_IF_ERROR(add_project(connection, reader, workspace, out));
    RETURN_IF_ERROR(add_tags(connection, workspace, names, out));
    if (names.contains("vars")) RETURN_IF_ERROR(add_variables(connection, reader, workspace, out));
    if (names.contains("locked_by")) RETURN_IF_ERROR(add_locker(connection, reader, workspace, out));
  }
  return out.take();
}

}  // namespace workspaces
