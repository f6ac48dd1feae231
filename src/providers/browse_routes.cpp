#include "api/api.h"
#include "base/strings.h"
#include "providers/resource.h"
#include "providers/route_groups.h"

// Looking through a provider with its token: repositories, branches, does this one exist.
namespace providers {
namespace {

using http::Method;
using http::Request;
using http::Response;
using jsonapi::Json;

constexpr std::int64_t kMaxPage = 50;  // page numbers are walked; beyond, the cursor is the way

OAuthTokenId token_id(const Request& request) { return OAuthTokenId(request.param("oauth_token_id")); }

std::string search_of(const Request& request) {
  return request.query_value("search").value_or(request.query_value("q").value_or(""));
}

// One slice of a provider's list: by page[cursor], or by page[number], for clients that count pages.
template <class T, class Fetch>
base::Result<vcs::Slice<T>> fetch_page(const Request& request, Fetch fetch) {
  if (const auto cursor = request.query_value("page[cursor]")) return fetch(*cursor);
  ASSIGN_OR_RETURN(const auto page, api::page(request));
  if (page.number > kMaxPage) {
    return base::invalid("page[number] goes up to 50 here; follow meta.next-cursor with page[cursor] instead");
  }
  ASSIGN_OR_RETURN(auto slice, fetch(""));
  for (std::int64_t number = 1; number < page.number; ++number) {
    if (slice.next.empty()) return vcs::Slice<T>();
    ASSIGN_OR_RETURN(slice, fetch(slice.next));
  }
  return slice;
}

Response slice_answer(const Request& request, const std::vector<jsonapi::Resource>& resources,
                      const std::string& next) {
  Json data = Json::array();
  for (const auto& resource : resources) data.push_back(jsonapi::to_json(resource));
  Json meta = {{"next-cursor", next.empty() ? Json(nullptr) : Json(next)}, {"next-page", nullptr}};
  if (!next.empty() && !request.query_value("page[cursor]")) {
    const auto page = api::page(request);
    if (page && page->number < kMaxPage) meta["next-page"] = page->number + 1;
  }
  return api::json(200, jsonapi::dump({{"data", std::move(data)}, {"meta", std::move(meta)}}));
}

Response list_repositories(const Routes& routes, const Request& request) {
  HANDLE(const auto opened, request, routes.service.open(token_id(request)));
  const auto search = search_of(request);
  HANDLE(const auto slice, request, fetch_page<vcs::Repository>(request, [&](std::string_view cursor) {
           return opened.provider->list_repositories(search, cursor);
         }));
  std::vector<jsonapi::Resource> resources;
  for (const auto& repository : slice.items) resources.push_back(repository_resource(repository, token_id(request)));
  return slice_answer(request, resources, slice.next);
}

Response list_branches(const Routes& routes, const Request& request) {
  const auto identifier = request.query_value("identifier").value_or("");
  if (identifier.empty()) return api::error(request, base::invalid("the query parameter 'identifier' is missing"));
  HANDLE(const auto opened, request, routes.service.open(token_id(request)));
  HANDLE(const auto repository, request, opened.provider->find_repository(identifier));
  const auto search = search_of(request);
  HANDLE(const auto slice, request, fetch_page<vcs::Branch>(request, [&](std::string_view cursor) {
           return opened.provider->list_branches(repository, search, cursor);
         }));
  std::vector<jsonapi::Resource> resources;
  for (const auto& branch : slice.items) resources.push_back(branch_resource(branch, repository));
  return slice_answer(request, resources, slice.next);
}

base::Result<bool> repository_exists(const Routes& routes, const OAuthTokenId& token, const std::string& identifier) {
  ASSIGN_OR_RETURN(const auto opened, routes.service.open(token));
  const auto found = opened.provider->find_repository(identifier);
  if (found) return true;
  if (found.error().code == base::Code::kNotFound) return false;
  return found.error();
}

Response check_repository(const Routes& routes, const Request& request) {
  const OAuthTokenId token(request.query_value("oauth_token_id").value_or(""));
  const auto identifier = request.query_value("identifier").value_or("");
  if (identifier.empty()) return api::error(request, base::invalid("the query parameter 'identifier' is missing"));
  const auto info = routes.service.find_token(token);
  if (!info || info->organization != auth::organization_of(request)) {
    return api::error(request, base::not_found("OAuth token does not exist"));
  }
  HANDLE(const bool exists, request, repository_exists(routes, token, identifier));
  jsonapi::Resource resource{"vcs-repo-check", identifier};
  resource.attributes = {{"exists", exists}, {"identifier", identifier}};
  return api::ok(resource);
}

Response list_kinds(const Routes& routes, const Request& request) {
  std::vector<jsonapi::Resource> resources;
  for (const auto& kind : routes.registry.kinds()) resources.push_back(kind_resource(kind));
  return api::list(request, resources);
}

}  // namespace

void add_browse_routes(http::Router& router, const Routes& routes) {
  const auto add = [&](const char* pattern, auto function) {
    router.add(
        {Method::kGet, pattern, [routes, function](const Request& request) { return function(routes, request); }});
  };
  add("/api/v2/vcs-kinds", list_kinds);
  add("/api/v2/oauth-tokens/:oauth_token_id/authorized-repos", list_repositories);
  add("/api/v2/oauth-tokens/:oauth_token_id/branches", list_branches);
  add("/api/v2/organizations/:organization/vcs/repo", check_repository);
}

}  // namespace providers
