#include <algorithm>

#include "api/api.h"
#include "api/precondition.h"
#include "base/strings.h"
#include "providers/resource.h"
#include "providers/route_groups.h"

namespace providers {
namespace {

using http::Method;
using http::Request;
using http::Response;
using jsonapi::Document;

constexpr std::size_t kBundleLimit = std::size_t{256} << 10U;

OAuthClientId client_id(const Request& request) { return OAuthClientId(request.param("oauth_client_id")); }

// Clients send "" for what they do not set: the same as nothing.
std::string given(const jsonapi::Member<std::string>& member) {
  return member.has_value() ? std::string(base::trim(*member)) : std::string();
}
std::optional<std::string> given_or_nothing(const jsonapi::Member<std::string>& member) {
  auto text = given(member);
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}
// A member that null or "" empties.
std::optional<std::string> replaced(const jsonapi::Member<std::string>& member) {
  return member.present ? std::optional(given(member)) : std::nullopt;
}
base::Secret given(const jsonapi::Member<base::Secret>& member) {
  if (!member.has_value()) return {};
  const auto& text = member->reveal();
  const auto trimmed = base::trim(text);
  return trimmed.size() == text.size() ? *member : base::Secret(std::string(trimmed));
}

void check_agent_pool(Document& document, std::vector<base::Error>& problems) {
  if (!document.related("agent-pool", "agent-pools").has_value()) return;
  problems.push_back(base::invalid("the provided agent pool does not exist or you are not authorized to use it",
                                   "/data/relationships/agent-pool"));
}

NewClient read_new_client(Document& document) {
  NewClient client;
  client.name = given(document.text("name"));
  client.kind = given(document.text("service-provider"));
  client.http_url = given(document.text("http-url"));
  client.api_url = given(document.text("api-url"));
  client.key = given(document.text("key"));
  client.rsa_public_key = given(document.text("rsa-public-key"));
  client.ado_org_name = given(document.text("ado-org-name"));
  client.ca_bundle = given(document.text("ca-bundle", kBundleLimit));
  client.proxy = given(document.text("proxy"));
  client.no_proxy = given(document.text("no-proxy"));
  client.token = given(document.secret("oauth-token-string"));
  client.secret = given(document.secret("secret"));
  client.private_key = given(document.secret("private-key"));
  client.organization_scoped = document.boolean("organization-scoped").value.value_or(true);
  client.projects = document.related_list("projects", "projects").value.value_or(std::vector<std::string>());
  return client;
}

ClientChange read_change(Document& document) {
  ClientChange change;
  const auto name = document.text("name");
  if (name.present) change.name = given(name);
  const auto key = document.text("key");
  if (key.has_value()) change.key = given(key);  // "" is told apart: see Service::update
  change.rsa_public_key = given_or_nothing(document.text("rsa-public-key"));
  change.ado_org_name = given_or_nothing(document.text("ado-org-name"));
  change.ca_bundle = replaced(document.text("ca-bundle", kBundleLimit));
  change.proxy = replaced(document.text("proxy"));
  change.no_proxy = replaced(document.text("no-proxy"));
  if (auto token = given(document.secret("oauth-token-string")); !token.empty()) change.token = std::move(token);
  if (auto secret = given(document.secret("secret")); !secret.empty()) change.secret = std::move(secret);
  change.organization_scoped = document.boolean("organization-scoped").value;
  const auto projects = document.related_list("projects", "projects");
  if (projects.present) change.projects = projects.value.value_or(std::vector<std::string>());
  return change;
}

// A stored token must never follow a provider to another address.
void check_unchanged(Document& document, const char* name, const std::string& stored,
                     std::vector<base::Error>& problems) {
  const auto typed = given(document.text(name));
  if (typed.empty() || typed == stored) return;
  problems.push_back(base::invalid(std::string(name) +
                                       " cannot be changed, since the stored token belongs to the old one: register a "
                                       "new provider and point the workspaces at it",
                                   "/data/attributes/" + std::string(name)));
}

std::vector<base::Error> all_problems(const Document& document, std::vector<base::Error> more) {
  auto problems = document.problems();
  problems.insert(problems.end(), more.begin(), more.end());
  return problems;
}

// What a change can set; not what a verification finds out.
std::string tag_of(const OAuthClient& client) {
  jsonapi::Json projects = jsonapi::Json::array();
  for (const auto& project : client.projects) projects.push_back(project.str());
  return api::entity_tag({base::to_millis(client.updated_at), client.name, client.key, client.rsa_public_key,
                          client.ado_org_name, client.ca_bundle, client.proxy, client.no_proxy,
                          client.organization_scoped, projects});
}

bool wants_affected(const Request& request) { return request.query_value("show_affected_workspaces") == "true"; }

base::Result<jsonapi::Resource> shown(const Routes& routes, const Request& request, const OAuthClient& client) {
  auto resource = client_resource(client, routes.public_url);
  if (wants_affected(request)) {
    ASSIGN_OR_RETURN(const auto workspaces, routes.service.affected_workspaces(client.token_id));
    add_affected_workspaces(resource, workspaces);
  }
  return resource;
}

std::vector<jsonapi::Resource> included(const Request& request, const std::vector<OAuthClient>& clients) {
  std::vector<jsonapi::Resource> out;
  if (!api::includes(request).contains("oauth_tokens")) return out;
  for (const auto& client : clients) {
    if (!client.token_id.empty()) out.push_back(token_resource(client));
  }
  return out;
}

Response list_clients(const Routes& routes, const Request& request) {
  HANDLE(auto clients, request, routes.service.list(auth::organization_of(request)));
  const auto total = static_cast<std::int64_t>(clients.size());
  HANDLE(const auto page, request, api::page(request));
  const bool paged = api::asks_for_page(request);
  if (paged) {
    const auto from = std::min(page.offset(), total);
    const auto to = std::min(from + page.size, total);
    clients = std::vector<OAuthClient>(clients.begin() + from, clients.begin() + to);
  }
  std::vector<jsonapi::Resource> resources;
  for (const auto& client : clients) {
    HANDLE(auto resource, request, shown(routes, request, client));
    resources.push_back(std::move(resource));
  }
  return paged ? api::list(request, resources, page, total, included(request, clients))
               : api::list(request, resources, included(request, clients));
}

Response create_client(const Routes& routes, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  const auto typed = read_new_client(document);
  std::vector<base::Error> more;
  check_agent_pool(document, more);
  if (auto problems = all_problems(document, more); !problems.empty()) return api::errors(request, problems);
  HANDLE(const auto client, request,
         routes.service.create(auth::principal_of(request), auth::organization_of(request), typed));
  return api::created(client_resource(client, routes.public_url), included(request, {client}));
}

Response show_client(const Routes& routes, const Request& request) {
  HANDLE(const auto client, request, routes.service.find(client_id(request)));
  HANDLE(const auto resource, request, shown(routes, request, client));
  return api::with_entity_tag(api::ok(resource, included(request, {client})), tag_of(client));
}

Response update_client(const Routes& routes, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  HANDLE(const auto stored, request, routes.service.find(client_id(request)));
  auto change = read_change(document);
  change.precondition = [&request](const OAuthClient& now) { return api::check_if_match(request, tag_of(now)); };
  std::vector<base::Error> more;
  check_agent_pool(document, more);
  check_unchanged(document, "http-url", stored.http_url, more);
  check_unchanged(document, "api-url", stored.api_url, more);
  check_unchanged(document, "service-provider", stored.kind, more);
  if (auto problems = all_problems(document, more); !problems.empty()) return api::errors(request, problems);
  HANDLE(const auto client, request, routes.service.update(auth::principal_of(request), stored.id, change));
  return api::with_entity_tag(api::ok(client_resource(client, routes.public_url), included(request, {client})),
                              tag_of(client));
}

Response delete_client(const Routes& routes, const Request& request) {
  RETURN_PROBLEM(request, routes.service.remove(auth::principal_of(request), client_id(request)));
  return api::no_content();
}

Response verify_client(const Routes& routes, const Request& request) {
  HANDLE(const auto client, request, routes.service.verify(client_id(request)));
  return api::ok(client_resource(client, routes.public_url), included(request, {client}));
}

Response change_projects(const Routes& routes, const Request& request, bool add) {
  HANDLE(auto document, request, api::document(request));
  const auto projects = document.identifiers("projects");
  if (!document.problems().empty()) return api::errors(request, document.problems());
  const auto& who = auth::principal_of(request);
  RETURN_PROBLEM(request, add ? routes.service.add_projects(who, client_id(request), projects)
                              : routes.service.remove_projects(who, client_id(request), projects));
  return api::no_content();
}

}  // namespace

void add_client_routes(http::Router& router, const Routes& routes) {
  const auto add = [&](Method method, const char* pattern, auto function) {
    router.add({method, pattern, [routes, function](const Request& request) { return function(routes, request); }});
  };
  constexpr const char* kList = "/api/v2/organizations/:organization/oauth-clients";
  constexpr const char* kOne = "/api/v2/oauth-clients/:oauth_client_id";
  constexpr const char* kProjects = "/api/v2/oauth-clients/:oauth_client_id/relationships/projects";
  add(Method::kGet, kList, list_clients);
  add(Method::kPost, kList, create_client);
  add(Method::kGet, kOne, show_client);
  add(Method::kPatch, kOne, update_client);
  add(Method::kDelete, kOne, delete_client);
  add(Method::kPost, "/api/v2/oauth-clients/:oauth_client_id/actions/verify", verify_client);
  add(Method::kPost, kProjects,
      [](const Routes& all, const Request& request) { return change_projects(all, request, true); });
  add(Method::kDelete, kProjects,
      [](const Routes& all, const Request& request) { return change_projects(all, request, false); });
}

}  // namespace providers
