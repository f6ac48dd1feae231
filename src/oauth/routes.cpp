#include "oauth/routes.h"

#include <algorithm>

#include "api/api.h"
#include "auth/service.h"
#include "base/strings.h"
#include "logging/log.h"
#include "oauth/landing.h"
#include "oauth/resource.h"

namespace oauth {
namespace {

using http::Method;
using http::Request;
using http::Response;

ConfigurationId configuration_id(const Request& request) {
  return ConfigurationId(request.param("oauth_configuration_id"));
}
AuthorizationId authorization_id(const Request& request) {
  return AuthorizationId(request.param("oauth_authorization_id"));
}

Response refuse(const Request& request, const base::Error& error, const Problems& problems) {
  return problems.empty() ? api::error(request, error) : api::errors(request, problems);
}

Response list(Service& service, const Request& request) {
  HANDLE(const auto all, request, service.configurations());
  std::vector<jsonapi::Resource> resources;
  for (const auto& one : all) resources.push_back(configuration_resource(one, service.callback_url()));
  return api::list(request, resources);
}

Response choices(Service& service, const Request& request) {
  HANDLE(const auto all, request, service.configurations());
  const auto wanted = api::filter(request, "filter[source-type]");
  std::vector<jsonapi::Resource> resources;
  for (const auto& one : all) {
    const auto is_it = [&](const std::string& name) { return name == source_name(one.source); };
    if (wanted.empty() || std::any_of(wanted.begin(), wanted.end(), is_it)) resources.push_back(choice_resource(one));
  }
  return api::list(request, resources);
}

Response create(Service& service, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  NewConfiguration wanted{document.required_line("name"), document.required_line("source-type"),
                          document.line("url", 2000).value.value_or(""), document.required_line("client-id"),
                          document.secret("client-secret").value.value_or(base::Secret())};
  if (!document.problems().empty()) return api::errors(request, document.problems());
  Problems problems;
  const auto made = service.create(auth::actor_of(request), wanted, problems);
  if (!made) return refuse(request, made.error(), problems);
  return api::created(configuration_resource(*made, service.callback_url()));
}

Response show(Service& service, const Request& request) {
  HANDLE(const auto found, request, service.configuration(configuration_id(request)));
  return api::ok(configuration_resource(found, service.callback_url()));
}

Response update(Service& service, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  ConfigurationChange change;
  const auto line = [&](const char* name, std::optional<std::string>& into) {
    const auto member = document.line(name, 2000);
    if (member.present) into = member.value.value_or("");
  };
  line("name", change.name);
  line("source-type", change.source_type);
  line("url", change.url);
  line("client-id", change.client_id);
  const auto secret = document.secret("client-secret");
  if (secret.present) change.client_secret = secret.value.value_or(base::Secret());
  if (!document.problems().empty()) return api::errors(request, document.problems());
  Problems problems;
  const auto made = service.update(auth::actor_of(request), configuration_id(request), change, problems);
  if (!made) return refuse(request, made.error(), problems);
  return api::ok(configuration_resource(*made, service.callback_url()));
}

Response remove(Service& service, const Request& request) {
  const bool force = request.query_value("force").value_or("") == "true";
  RETURN_PROBLEM(request, service.remove(auth::actor_of(request), configuration_id(request), force));
  return api::no_content();
}

Response show_authorization(Service& service, const Request& request) {
  HANDLE(const auto found, request, service.authorization(auth::principal_of(request), authorization_id(request)));
  return api::ok(authorization_resource(found));
}

Response cancel(Service& service, const Request& request) {
  RETURN_PROBLEM(request, service.cancel(auth::actor_of(request), authorization_id(request)));
  return api::no_content();
}

// On to an address without the code and the state, which is what stays in the browser's history.
Response go_on(const Service::Landed& landed) {
  std::string where = "/oauth2/landing";
  if (landed.landing == Service::Landing::kKnown) where += "?authorization=" + landed.authorization.str();
  if (landed.landing == Service::Landing::kOtherBrowser) where += "?other-browser=true";
  Response response{.status = 303};
  response.headers.set("Location", where);
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("Referrer-Policy", "no-referrer");
  return response;
}

Response callback(Service& service, const FindVisitor& find_visitor, const Request& request) {
  HANDLE(const auto visitor, request, find_visitor(request));
  const auto value = [&](std::string_view name) { return request.query_value(name).value_or(""); };
  HANDLE(const auto landed, request,
         service.finish({value("state"), value("code"), value("error"), value("error_description")}, visitor,
                        request.request_id));
  if (landed.landing != Service::Landing::kKnown) {
    const char* why = landed.landing == Service::Landing::kExpired ? "its state is not known" : "another browser";
    logging::warning("a sign-in at a service came back in vain", {{"why", why}, {"address", request.peer}});
  }
  return go_on(landed);
}

Response landing(Service& service, const FindVisitor& find_visitor, const Request& request) {
  HANDLE(const auto visitor, request, find_visitor(request));
  const bool is_other = request.query_value("other-browser").has_value();
  const AuthorizationId id(request.query_value("authorization").value_or(""));
  HANDLE(const auto found, request, service.landed(id, visitor));
  return landing_page(is_other ? Service::Landing::kOtherBrowser : Service::Landing::kExpired, found);
}

http::Handler bound(Service& service, Response (*handler)(Service&, const Request&)) {
  return [&service, handler](const Request& request) { return handler(service, request); };
}

}  // namespace

std::vector<http::Route> routes(Service& service, FindVisitor find_visitor) {
  const std::string all = "/api/v2/admin/oauth-configurations";
  const std::string one = all + "/:oauth_configuration_id";
  const std::string authorization = "/api/v2/oauth-authorizations/:oauth_authorization_id";
  const auto returning = [&](Response (*handler)(Service&, const FindVisitor&, const Request&)) {
    return
        [&service, find_visitor, handler](const Request& request) { return handler(service, find_visitor, request); };
  };
  return {{Method::kGet, all, bound(service, list)},
          {Method::kPost, all, bound(service, create)},
          {Method::kGet, one, bound(service, show)},
          {Method::kPatch, one, bound(service, update)},
          {Method::kDelete, one, bound(service, remove)},
          {Method::kGet, "/api/v2/projects/:project_id/oauth-configurations", bound(service, choices)},
          {Method::kGet, authorization, bound(service, show_authorization)},
          {Method::kDelete, authorization, bound(service, cancel)},
          {Method::kGet, "/oauth2/callback", returning(callback)},
          {Method::kGet, "/oauth2/landing", returning(landing)}};
}

}  // namespace oauth
