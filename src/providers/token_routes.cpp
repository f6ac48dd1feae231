#include <algorithm>

#include "api/api.h"
#include "providers/resource.h"
#include "providers/route_groups.h"

namespace providers {
namespace {

using http::Method;
using http::Request;
using http::Response;

OAuthTokenId token_id(const Request& request) { return OAuthTokenId(request.param("oauth_token_id")); }

Response tokens_of(const Request& request, const std::vector<OAuthClient>& clients) {
  std::vector<jsonapi::Resource> resources;
  for (const auto& client : clients) {
    if (!client.token_id.empty()) resources.push_back(token_resource(client));
  }
  if (!api::asks_for_page(request)) return api::list(request, resources);
  HANDLE(const auto page, request, api::page(request));
  const auto total = static_cast<std::int64_t>(resources.size());
  const auto from = std::min(page.offset(), total);
  const auto to = std::min(from + page.size, total);
  return api::list(request, std::vector<jsonapi::Resource>(resources.begin() + from, resources.begin() + to), page,
                   total);
}

Response list_tokens(const Routes& routes, const Request& request) {
  HANDLE(auto clients, request, routes.service.list(auth::organization_of(request)));
  const auto kinds = api::filter(request, "filter[provider]");
  std::erase_if(clients, [&](const OAuthClient& client) {
    return !kinds.empty() && std::find(kinds.begin(), kinds.end(), client.kind) == kinds.end();
  });
  return tokens_of(request, clients);
}

Response list_tokens_of_client(const Routes& routes, const Request& request) {
  HANDLE(const auto client, request, routes.service.find(OAuthClientId(request.param("oauth_client_id"))));
  return tokens_of(request, {client});
}

Response show_token(const Routes& routes, const Request& request) {
  HANDLE(const auto client, request, client_of_token(routes, token_id(request)));
  return api::ok(token_resource(client));
}

Response update_token(const Routes& routes, const Request& request) {
  HANDLE(auto document, request, api::document(request, jsonapi::Document::Body::kMayBeEmpty));
  const auto key = document.secret("ssh-key");
  if (!document.problems().empty()) return api::errors(request, document.problems());
  if (key.present) {
    RETURN_PROBLEM(request, routes.service.set_ssh_key(auth::principal_of(request), token_id(request),
                                                       key.has_value() ? *key : base::Secret()));
  }
  return show_token(routes, request);
}

Response delete_token(const Routes& routes, const Request& request) {
  RETURN_PROBLEM(request, routes.service.remove_token(auth::principal_of(request), token_id(request)));
  return api::no_content();
}

}  // namespace

void add_token_routes(http::Router& router, const Routes& routes) {
  const auto add = [&](Method method, const char* pattern, auto function) {
    router.add({method, pattern, [routes, function](const Request& request) { return function(routes, request); }});
  };
  add(Method::kGet, "/api/v2/organizations/:organization/oauth-tokens", list_tokens);
  add(Method::kGet, "/api/v2/oauth-clients/:oauth_client_id/oauth-tokens", list_tokens_of_client);
  add(Method::kGet, "/api/v2/oauth-tokens/:oauth_token_id", show_token);
  add(Method::kPatch, "/api/v2/oauth-tokens/:oauth_token_id", update_token);
  add(Method::kDelete, "/api/v2/oauth-tokens/:oauth_token_id", delete_token);
}

}  // namespace providers
