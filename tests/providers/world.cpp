#include "tests/providers/world.h"

#include <stdexcept>

#include "auth/audit.h"
#include "auth/migrations.h"
#include "auth/organization.h"
#include "auth/project.h"
#include "base/strings.h"
#include "jobs/migrations.h"
#include "providers/migrations.h"
#include "tests/support/must.h"

namespace fakes {
namespace {

using test_support::must;

std::string owner_text(const vault::Owner& owner) {
  return owner.organization + "/" + owner.table + "/" + owner.row + "/" + owner.column;
}

auth::OrganizationId make_organization(storage::Database& database, const std::string& name) {
  auth::Organization organization;
  organization.id = auth::OrganizationId::make();
  organization.name = name;
  organization.email = name + "@example.com";
  must(database.write(
      [&](storage::Transaction& transaction) { return auth::insert_organization(transaction, organization); }));
  return organization.id;
}

auth::Principal administrator() {
  auth::Principal principal;
  principal.kind = auth::Principal::Kind::kUser;
  principal.user = auth::UserId("user-administrator01");
  principal.name = "administrator";
  principal.site_admin = true;
  return principal;
}

void split_target(const std::string& target, http::Request& request) {
  const auto question = target.find('?');
  request.target = target;
  request.path = target.substr(0, question);
  if (question == std::string::npos) return;
  for (const auto& pair : base::split(target.substr(question + 1), '&')) {
    const auto equals = pair.find('=');
    request.query.emplace_back(*base::url_decode(pair.substr(0, equals)),
                               equals == std::string::npos ? "" : *base::url_decode(pair.substr(equals + 1)));
  }
}

}  // namespace

base::Result<vault::SecretId> MemoryVault::put(storage::Transaction&, const vault::Owner& owner,
                                               const base::Secret& secret) {
  const auto id = vault::SecretId::make();
  state_.with([&](State& state) { state.secrets[id] = {owner_text(owner), secret}; });
  return id;
}

base::Result<base::Secret> MemoryVault::get(storage::Connection&, const vault::SecretId& id,
                                            const vault::Owner& owner) {
  return state_.with([&](State& state) -> base::Result<base::Secret> {
    ++state.opened;
    const auto found = state.secrets.find(id);
    if (found == state.secrets.end() || found->second.first != owner_text(owner)) return base::internal("no secret");
    return found->second.second;
  });
}

base::Status MemoryVault::erase(storage::Transaction&, const vault::SecretId& id) {
  state_.with([&](State& state) { state.secrets.erase(id); });
  return {};
}

std::size_t MemoryVault::size() const {
  return state_.with([](const State& state) { return state.secrets.size(); });
}
std::size_t MemoryVault::opened() const {
  return state_.with([](const State& state) { return state.opened; });
}

World::World(storage::Database& given, const std::vector<storage::Component>& more)
    : database(given),
      policy(must(net::OutboundPolicy::parse({"forge.internal"}, {"forge.internal"}))),
      workers(given, clock) {
  std::vector<storage::Component> components{jobs::migrations(), auth::migrations(), providers::migrations()};
  components.insert(components.end(), more.begin(), more.end());
  must(storage::migrate(database, components));
  acme = make_organization(database, "acme");
  globex = make_organization(database, "globex");
  acting_for = acme;
  vcs::Verification good;
  good.ok = true;
  good.user_id = "42";
  good.user_name = "svc-tf";
  good.server_version = "1.2";
  good.checks.push_back({"sign-in", vcs::Check::State::kPassed, "signed in as svc-tf", ""});
  forge.set_verification(good);
  for (const auto* name : {"github", "github_enterprise", "bitbucket_data_center"}) registry.add(forge.kind(name));
  registry.add(forge.kind("ado_server", "Azure DevOps Server"));
  service = std::make_unique<providers::Service>(
      providers::Service::Dependencies{database, clock, vault, registry, network, policy});
  service->register_jobs(workers);
  guard = std::make_unique<auth::Guard>(database, clock);
  router.set_filter([this](http::Request& request, const http::Route&, const http::Handler& next) {
    request.attach(administrator());
    request.attach(acting_for);
    return next(request);
  });
  providers::add_routes(router, *guard, {*service, database, registry, "https://bridge.example"});
}

void World::use_genuine(const vcs::Kind& genuine) {
  vcs::Registry changed;
  for (auto kind : registry.kinds()) {
    if (kind.name == genuine.name) {
      kind.verify_delivery = genuine.verify_delivery;
      kind.parse = genuine.parse;
    }
    changed.add(std::move(kind));
  }
  registry = std::move(changed);
}

World::Answer World::call(http::Method method, const std::string& target, const nlohmann::json& body) {
  http::Request request;
  request.method = method;
  request.request_id = "test";
  split_target(target, request);
  if (!body.is_null()) {
    request.headers.add("Content-Type", "application/vnd.api+json");
    request.body = body.dump();
  }
  auto match = must(router.match(method, request.path));
  if (match.route == nullptr) throw std::runtime_error("no route " + target);
  const auto response = router.handle(request);
  Answer answer{response.status, response.body, nullptr};
  if (!response.body.empty()) answer.body = nlohmann::json::parse(response.body);
  return answer;
}

std::string World::Answer::detail() const {
  const auto& error = body.at("errors").at(0);
  return error.value("detail", error.value("title", ""));
}
std::string World::Answer::pointer() const { return body.at("errors").at(0).value("/source/pointer"_json_pointer, ""); }

auth::ProjectId World::make_project(const std::string& name) {
  auth::Project project;
  project.id = auth::ProjectId::make();
  project.organization = acme;
  project.name = name;
  must(database.write([&](storage::Transaction& transaction) { return auth::insert_project(transaction, project); }));
  return project.id;
}

void World::restart_service() {
  service = std::make_unique<providers::Service>(
      providers::Service::Dependencies{database, clock, vault, registry, network, policy});
}

std::string World::create_client(const nlohmann::json& attributes) {
  nlohmann::json all = {{"service-provider", "github"},
                        {"http-url", "https://forge.example"},
                        {"api-url", "https://forge.example/api"},
                        {"oauth-token-string", "token-one"}};
  all.update(attributes);
  const auto answer = call(http::Method::kPost, "/api/v2/organizations/acme/oauth-clients",
                           {{"data", {{"type", "oauth-clients"}, {"attributes", all}}}});
  if (answer.status != 201) throw std::runtime_error(answer.text);
  return answer.data().at("id").get<std::string>();
}

providers::OAuthTokenId World::token_of(const std::string& client_id) {
  return must(service->find(providers::OAuthClientId(client_id))).token_id;
}

std::vector<std::string> World::columns(const std::string& sql) {
  const auto rows = must(database.read([&](storage::Connection& connection) { return connection.query(sql); }));
  std::vector<std::string> out;
  for (const auto& row : rows) out.push_back(row.text(0));
  return out;
}

}  // namespace fakes
