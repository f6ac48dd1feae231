#include "api/precondition.h"
#include "workspaces/decode.h"
#include "workspaces/resource.h"
#include "workspaces/route_groups.h"

namespace workspaces {
namespace {

using http::Method;
using http::Request;
using http::Response;

VariableId variable_id(const Request& request) { return VariableId(request.param("variable_id")); }

// The version stands for the value, which the resource may not show.
std::string tag_of(const Variable& variable) { return api::entity_tag(variable_resource(variable).attributes); }

Response shown(const Variable& variable) {
  return api::with_entity_tag(api::ok(variable_resource(variable)), tag_of(variable));
}

Response list_variables(const Routes& routes, const Request& request) {
  HANDLE(const auto workspace, request, workspace_of(routes, request));
  HANDLE(const auto page, request, api::page(request));
  HANDLE(const auto variables, request, routes.variables.list(workspace.id));
  const auto total = static_cast<std::int64_t>(variables.size());
  const bool paged = api::asks_for_page(request);
  const auto from = paged ? std::min(page.offset(), total) : 0;
  const auto to = paged ? std::min(from + page.size, total) : total;
  std::vector<jsonapi::Resource> resources;
  for (auto i = from; i < to; ++i) resources.push_back(variable_resource(variables[static_cast<std::size_t>(i)]));
  return paged ? api::list(request, resources, page, total) : api::list(request, resources);
}

Response create_variable(const Routes& routes, const Request& request) {
  HANDLE(const auto workspace, request, workspace_of(routes, request));
  HANDLE(auto document, request, api::document(request));
  const auto change = read_variable(document);
  if (!change.key || change.key->empty()) document.problem("key", "Key can't be blank");
  if (!change.category && document.problems().empty()) document.problem("category", "Category can't be blank");
  if (!document.problems().empty()) return api::errors(request, document.problems());
  HANDLE(const auto made, request, routes.variables.create(auth::actor_of(request), workspace, change));
  return api::with_entity_tag(api::created(variable_resource(made)), tag_of(made));
}

Response show_variable(const Routes& routes, const Request& request) {
  HANDLE(const auto found, request,
         routes.variables.find(WorkspaceId(request.param("workspace_id")), variable_id(request)));
  return shown(found);
}

Response update_variable(const Routes& routes, const Request& request) {
  HANDLE(const auto workspace, request, workspace_of(routes, request));
  HANDLE(auto document, request, api::document(request));
  auto change = read_variable(document);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  change.precondition = [&request](const Variable& now) { return api::check_if_match(request, tag_of(now)); };
  HANDLE(const auto changed, request,
         routes.variables.update(auth::actor_of(request), workspace, variable_id(request), change));
  return shown(changed);
}

Response delete_variable(const Routes& routes, const Request& request) {
  HANDLE(const auto workspace, request, workspace_of(routes, request));
  RETURN_PROBLEM(request, routes.variables.remove(auth::actor_of(request), workspace, variable_id(request)));
  return api::no_content();
}

}  // namespace

void add_variable_routes(http::Router& router, const Routes& routes) {
  const std::string all = "/api/v2/workspaces/:workspace_id/vars";
  add_route(router, routes, Method::kGet, all, list_variables);
  add_route(router, routes, Method::kPost, all, create_variable);
  add_route(router, routes, Method::kGet, all + "/:variable_id", show_variable);
  add_route(router, routes, Method::kPatch, all + "/:variable_id", update_variable);
  add_route(router, routes, Method::kDelete, all + "/:variable_id", delete_variable);
  add_route(router, routes, Method::kGet, "/api/v2/workspaces/:workspace_id/all-vars", list_variables);
}

}  // namespace workspaces
