#include "auth/audit.h"
#include "auth/project.h"
#include "workspaces/decode.h"
#include "workspaces/resource.h"
#include "workspaces/route_groups.h"

namespace workspaces {
namespace {

using http::Method;
using http::Request;
using http::Response;
using jsonapi::Json;
using jsonapi::Resource;
using storage::Connection;
using storage::Transaction;

TagOwner owner_of(const Workspace& workspace) { return {workspace.organization, workspace.id, workspace.project}; }

base::Result<TagOwner> owner_of(const Routes& routes, const Request& request) {
  if (!request.params.contains("project_id")) {
    ASSIGN_OR_RETURN(const auto workspace, workspace_of(routes, request));
    return owner_of(workspace);
  }
  ASSIGN_OR_RETURN(const auto project, routes.service.database().read([&](Connection& connection) {
    return auth::find_project(connection, auth::ProjectId(request.param("project_id")));
  }));
  if (!project) return base::not_found("not found");
  return TagOwner{project->organization, {}, project->id};
}

base::Status audit(const Routes& routes, Transaction& transaction, const Request& request, const TagOwner& owner,
                   const std::string& type, const std::string& id) {
  const auto actor = auth::actor_of(request);
  return auth::audit(transaction, routes.service.clock(),
                     {owner.organization, actor.who, "tags.update", type, id, "{}", actor.request_id});
}

// A change of the owner's tags with its line in the audit log.
template <class Change>
base::Status change(const Routes& routes, const Request& request, const TagOwner& owner, Change body) {
  return routes.service.database().write([&](Transaction& transaction) -> base::Status {
    RETURN_IF_ERROR(body(transaction));
    return audit(routes, transaction, request, owner, owner.workspace.empty() ? "projects" : "workspaces", owner.id());
  });
}

Resource tag_resource(const Tag& tag) {
  Resource out{"tags", tag.id.str()};
  out.attributes = {{"name", tag.name}, {"instance-count", tag.workspaces}};
  return out;
}

Response list_tags_of(const Routes& routes, const Request& request) {
  HANDLE(const auto workspace, request, workspace_of(routes, request));
  HANDLE(const auto wanted, request, api::page(request));
  HANDLE(const auto page, request, routes.service.database().read([&](Connection& connection) {
    return store::tags_of(connection, workspace.id, wanted);
  }));
  std::vector<Resource> resources;
  for (const auto& tag : page.items) resources.push_back(tag_resource(tag));
  return api::list(request, resources, page.request, page.total);
}

// What {"data": [{"type": "tags", "attributes": {"name": …}}, {"type": "tags", "id": …}]} names.
struct Named {
  std::vector<std::string> names, ids;
};
base::Result<Named> read_named(const Request& request) {
  ASSIGN_OR_RETURN(const auto body, jsonapi::parse(request.body));
  if (const auto* data = jsonapi::find(body, "data"); data == nullptr || !data->is_array() || data->empty()) {
    return base::invalid("the body has a list of tags", "/data");
  }
  Named out;
  for (const auto& item : jsonapi::get_array(body, "data")) {
    const auto name = jsonapi::get_text(item, "attributes.name"), id = jsonapi::get_text(item, "id");
    if (name.empty() && id.empty()) return base::invalid("each tag has a name or an id", "/data");
    (name.empty() ? out.ids : out.names).push_back(name.empty() ? id : name);
  }
  return out;
}

Response add_tags(const Routes& routes, const Request& request) {
  HANDLE(const auto workspace, request, workspace_of(routes, request));
  HANDLE(auto named, request, read_named(request));
  const auto owner = owner_of(workspace);
  RETURN_PROBLEM(request, change(routes, request, owner, [&](Transaction& transaction) -> base::Status {
                   std::vector<TagBinding> bindings;
                   for (const auto& name : named.names) {
                     RETURN_IF_ERROR(check_tag_name(name));
                     bindings.push_back({{}, name, "", {}});
                   }
                   for (const auto& id : named.ids) {
                     ASSIGN_OR_RETURN(const auto tag, store::find_tag(transaction, owner.organization, id));
                     if (!tag) return base::not_found("not found");
                     bindings.push_back({{}, tag->name, "", {}});
                   }
                   return store::put_bindings(transaction, routes.service.clock(), owner, bindings);
                 }));
  return api::no_content();
}

Response remove_tags(const Routes& routes, const Request& request) {
  HANDLE(const auto workspace, request, workspace_of(routes, request));
  HANDLE(auto named, request, read_named(request));
  named.names.insert(named.names.end(), named.ids.begin(), named.ids.end());
  const auto owner = owner_of(workspace);
  RETURN_PROBLEM(request, change(routes, request, owner, [&](Transaction& transaction) {
                   return store::remove_tags(transaction, owner, named.names);
                 }));
  return api::no_content();
}

Response show_bindings(const Routes& routes, const Request& request, const TagOwner& owner) {
  HANDLE(const auto bindings, request,
         routes.service.database().read([&](Connection& connection) { return store::bindings_of(connection, owner); }));
  std::vector<Resource> resources;
  for (const auto& binding : bindings) resources.push_back(binding_resource(binding, "tag-bindings"));
  return api::list(request, resources);
}

Response list_bindings(const Routes& routes, const Request& request) {
  HANDLE(const auto owner, request, owner_of(routes, request));
  return show_bindings(routes, request, owner);
}

Response list_effective_bindings(const Routes& routes, const Request& request) {
  HANDLE(const auto owner, request, owner_of(routes, request));
  HANDLE(const auto bindings, request, routes.service.database().read([&](Connection& connection) {
    return store::effective_bindings_of(connection, owner);
  }));
  std::vector<Resource> resources;
  for (const auto& binding : bindings) resources.push_back(binding_resource(binding, "effective-tag-bindings"));
  return api::list(request, resources);
}

Response put_bindings(const Routes& routes, const Request& request) {
  HANDLE(const auto owner, request, owner_of(routes, request));
  HANDLE(const auto body, request, jsonapi::parse(request.body));
  const auto* data = jsonapi::find(body, "data");
  HANDLE(const auto bindings, request, read_bindings(data ? *data : Json()));
  RETURN_PROBLEM(request, change(routes, request, owner, [&](Transaction& transaction) {
                   return store::put_bindings(transaction, routes.service.clock(), owner, bindings);
                 }));
  return show_bindings(routes, request, owner);
}

Response list_organization_tags(const Routes& routes, const Request& request) {
  HANDLE(const auto wanted, request, api::page(request));
  const auto organization = auth::organization_of(request);
  const store::TagFilter filter{organization, request.query_value("q").value_or(""),
                                request.query_value("filter[exclude][taggable][id]").value_or("")};
  HANDLE(const auto page, request, routes.service.database().read([&](Connection& connection) {
    return store::list_tags(connection, filter, wanted);
  }));
  std::vector<Resource> resources;
  for (const auto& tag : page.items) {
    resources.push_back(tag_resource(tag));
    resources.back().to_one("organization", "organizations", request.param("organization"));
  }
  return api::list(request, resources, page.request, page.total);
}

Response delete_organization_tags(const Routes& routes, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  const auto ids = document.identifiers("tags");
  if (!document.problems().empty()) return api::errors(request, document.problems());
  const TagOwner owner{auth::organization_of(request), {}, {}};
  RETURN_PROBLEM(request, routes.service.database().write([&](Transaction& transaction) -> base::Status {
    for (const auto& id : ids) {
      ASSIGN_OR_RETURN(const auto tag, store::find_tag(transaction, owner.organization, id));
      if (!tag) return base::not_found("not found");
      RETURN_IF_ERROR(store::delete_tag(transaction, owner.organization, *tag));
      RETURN_IF_ERROR(audit(routes, transaction, request, owner, "tags", id));
    }
    return {};
  }));
  return api::no_content();
}

Response tag_workspaces(const Routes& routes, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  const auto ids = document.identifiers("workspaces");
  if (!document.problems().empty()) return api::errors(request, document.problems());
  const auto organization = auth::organization_of(request);
  RETURN_PROBLEM(request, routes.service.database().write([&](Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto tag, store::find_tag(transaction, organization, request.param("tag_id")));
    if (!tag) return base::not_found("not found");
    for (const auto& id : ids) {
      ASSIGN_OR_RETURN(const auto workspace, store::find(transaction, WorkspaceId(id)));
      if (!workspace || workspace->organization != organization) return base::not_found("not found");
      const auto owner = owner_of(*workspace);
      RETURN_IF_ERROR(store::put_bindings(transaction, routes.service.clock(), owner, {{{}, tag->name, "", {}}}));
      RETURN_IF_ERROR(audit(routes, transaction, request, owner, "workspaces", id));
    }
    return {};
  }));
  return api::no_content();
}

}  // namespace

void add_tag_routes(http::Router& router, auth::Guard& guard, const Routes& routes) {
  guard.register_owner(
      "tag_id", [](Connection& connection, const std::string& id) -> base::Result<std::optional<auth::OrganizationId>> {
        ASSIGN_OR_RETURN(const auto row, connection.find("SELECT organization_id FROM tags WHERE id = $1", {id}));
        return row ? std::optional(row->id<auth::OrganizationId>(0)) : std::nullopt;
      });
  const std::string workspace = "/api/v2/workspaces/:workspace_id", project = "/api/v2/projects/:project_id";
  const std::string organization = "/api/v2/organizations/:organization/tags";
  add_route(router, routes, Method::kGet, workspace + "/relationships/tags", list_tags_of);
  add_route(router, routes, Method::kPost, workspace + "/relationships/tags", add_tags);
  add_route(router, routes, Method::kDelete, workspace + "/relationships/tags", remove_tags);
  for (const auto& one : {workspace, project}) {
    add_route(router, routes, Method::kGet, one + "/tag-bindings", list_bindings);
    add_route(router, routes, Method::kPatch, one + "/tag-bindings", put_bindings);
    add_route(router, routes, Method::kGet, one + "/effective-tag-bindings", list_effective_bindings);
  }
  add_route(router, routes, Method::kGet, organization, list_organization_tags);
  add_route(router, routes, Method::kDelete, organization, delete_organization_tags);
  add_route(router, routes, Method::kPost, "/api/v2/tags/:tag_id/relationships/workspaces", tag_workspaces);
}

}  // namespace workspaces
