#include <utility>

#include "api/api.h"
#include "auth/bootstrap.h"
#include "auth/guard.h"
#include "auth/route_parts.h"
#include "logging/log.h"

namespace auth {
namespace {

// The password as it is stored; empty if none was given or it is not good.
std::string password_hash(const Bootstrap& bootstrap, jsonapi::Document& document, const SetupForm& form) {
  const auto password = document.secret("password", 4096);
  if (!password.has_value() || password->empty() || !document.problems().empty()) return {};
  if (!bootstrap.sign_in().hash) {
    document.problem("password", "This server takes no passwords.");
    return {};
  }
  auto hash = bootstrap.sign_in().hash(*password, {form.username, form.email, form.organization});
  if (hash) return *std::move(hash);
  document.problem("password", hash.error().message);
  return {};
}

SetupForm read_form(const Bootstrap& bootstrap, jsonapi::Document& document) {
  const auto username = name_member(document, "username", "-_.", 90);
  const auto email = email_member(document, "email");
  const auto organization = name_member(document, "organization", "-_", 90);
  if (document.problems().empty()) {
    for (const char* name : {"username", "email", "organization"}) document.required_text(name);
  }
  SetupForm form{username.value.value_or(""), email.value.value_or(""), organization.value.value_or("")};
  form.password_hash = password_hash(bootstrap, document, form);
  return form;
}

http::Response answer_json(const http::Request& request, const base::Result<SetupOutcome>& outcome) {
  if (!outcome) return api::error(request, outcome.error());
  jsonapi::Resource resource{.type = "setups", .id = outcome->user.id.str()};
  resource.attributes = {{"username", outcome->user.username},
                         {"organization", outcome->organization.name},
                         {"token", outcome->token.reveal()}};
  http::Response response = api::created(resource);
  response.headers.set("Cache-Control", "no-store");
  return response;
}

// The page's own document: whether the link is still good is in the status, which the page asks for with HEAD.
http::Response show(Bootstrap& bootstrap, const SetupPage& document, const http::Request& request) {
  HANDLE(const bool is_open, request, bootstrap.is_open(request.param("setup_secret")));
  return document(is_open ? 200 : 404);
}

// A session that does not begin is no reason to lose the token in the answer.
http::Response signed_in(const Bootstrap& bootstrap, const http::Request& request, const SetupForm& form,
                         const SetupOutcome& outcome, http::Response response) {
  if (form.password_hash.empty()) return response;
  const base::Status started = bootstrap.sign_in().start(request, outcome.user, response);
  if (!started) logging::warning("the set-up's session did not begin", {{"detail", started.error().detail}});
  return response;
}

http::Response submit(Bootstrap& bootstrap, const http::Request& request) {
  HANDLE(const bool is_open, request, bootstrap.is_open(request.param("setup_secret")));
  if (!is_open) return api::error(request, not_visible());
  HANDLE(auto document, request, api::document(request));
  const SetupForm form = read_form(bootstrap, document);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  const auto outcome = bootstrap.complete(request.param("setup_secret"), form, request.request_id);
  http::Response response = answer_json(request, outcome);
  return outcome ? signed_in(bootstrap, request, form, *outcome, std::move(response)) : response;
}

}  // namespace

std::vector<http::Route> setup_routes(Bootstrap& bootstrap, SetupPage document) {
  const std::string pattern = "/setup/:setup_secret";
  return {{http::Method::kGet, pattern,
           [&bootstrap, document = std::move(document)](const http::Request& request) {
             return show(bootstrap, document, request);
           }},
          {http::Method::kPost, pattern,
           [&bootstrap](const http::Request& request) { return submit(bootstrap, request); }}};
}

}  // namespace auth
