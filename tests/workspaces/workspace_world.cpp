#include "tests/workspaces/workspace_world.h"

#include <stdexcept>

#include "auth/project.h"
#include "webhooks/migrations.h"
#include "workspaces/migrations.h"

namespace fakes {
namespace {

constexpr char kAll[] = "/api/v2/organizations/acme/workspaces";

std::vector<storage::Component> components(const std::vector<storage::Component>& more) {
  std::vector<storage::Component> out = {webhooks::migrations(), workspaces::migrations()};
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

void add_default_project(storage::Database& database, const auth::OrganizationId& organization) {
  auth::Project project;
  project.id = auth::ProjectId::make();
  project.organization = organization;
  project.name = "Default Project";
  project.is_default = true;
  const auto done =
      database.write([&](storage::Transaction& transaction) { return auth::insert_project(transaction, project); });
  if (!done) throw std::runtime_error(done.error().message);
}

}  // namespace

WorkspaceWorld::WorkspaceWorld(storage::Database& database, const std::vector<storage::Component>& more)
    : world(database, components(more)) {
  for (const auto& organization : {world.acme, world.globex}) add_default_project(database, organization);
  world.forge.add_repository("1", "acme/infra");
  world.forge.add_repository("2", "acme/other");
  token = world.token_of(world.create_client());
  cache = std::make_unique<webhooks::HookCache>(database, world.clock, world.vault, world.registry);
  registrar = std::make_unique<webhooks::Registrar>(webhooks::Registrar::Dependencies{
      database, world.clock, world.vault, *world.service, *cache, "https://bridge.example"});
  registrar->register_jobs(world.workers);
  variables = std::make_unique<workspaces::Variables>(database, world.clock, world.vault);
  const auto has_key = [](storage::Connection&, const auth::OrganizationId&, const std::string& key) {
    return base::Result<bool>(key == "sshkey-1");
  };
  service = std::make_unique<workspaces::Service>(
      workspaces::Service::Dependencies{database, world.clock, *world.service, *registrar, *variables, has_key});
  workspaces::add_routes(world.router, *world.guard,
                         {*service, *variables, [this](const auto& request, const auto& workspaces, const auto& names) {
                            return included
                                       ? included(request, workspaces, names)
                                       : base::Result<std::vector<jsonapi::Resource>>(std::vector<jsonapi::Resource>());
                          }});
  world.run_jobs();
}

nlohmann::json WorkspaceWorld::document(const nlohmann::json& attributes) {
  return {{"data", {{"type", "workspaces"}, {"attributes", attributes}}}};
}

nlohmann::json WorkspaceWorld::repository(const nlohmann::json& more) const {
  nlohmann::json out = {{"identifier", "acme/infra"}, {"oauth-token-id", token.str()}};
  out.update(more);
  return out;
}

World::Answer WorkspaceWorld::create(const std::string& name, const nlohmann::json& attributes) {
  nlohmann::json all = {{"name", name}};
  all.update(attributes);
  return post(kAll, document(all));
}

World::Answer WorkspaceWorld::patch(const std::string& id, const nlohmann::json& attributes) {
  return world.call(http::Method::kPatch, "/api/v2/workspaces/" + id, document(attributes));
}

}  // namespace fakes
