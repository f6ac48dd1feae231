#include <utility>

#include "api/api.h"
#include "auth/bootstrap.h"
#include "auth/guard.h"
#include "auth/route_parts.h"
#include "base/strings.h"
#include "jsonapi/json.h"
#include "logging/log.h"

namespace auth {
namespace {

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

// A page that no cache keeps and whose address, which is the secret, goes nowhere.
http::Response page(int status, const std::string& content) {
  http::Response response{.status = status};
  response.headers.set("Content-Type", "text/html; charset=utf-8");
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("Referrer-Policy", "no-referrer");
  response.headers.set("Content-Security-Policy",
                       "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
  response.body =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<title>Set up runbridge</title></head><body><main>\n<h1>Set up runbridge</h1>\n" +
      content + "\n</main></body></html>\n";
  return response;
}

std::string field(const char* name, const char* label, const char* type, const std::string& value) {
  const std::string id(name);
  return "<p><label for=\"" + id + "\">" + label + "</label><br>\n<input id=\"" + id + "\" name=\"" + id +
         "\" type=\"" + type + "\"" + (std::string_view(type) == "password" ? "" : " required") +
         " maxlength=\"255\" autocomplete=\"off\" value=\"" + escape_html(value) + "\"></p>\n";
}

std::string form_html(const SetupForm& form, const std::vector<base::Error>& problems) {
  std::string html = "<p>This link works once. It makes the first administrator and the first organization.</p>\n";
  if (!problems.empty()) {
    html += "<ul role=\"alert\">";
    for (const base::Error& problem : problems) html += "<li>" + escape_html(problem.message) + "</li>";
    html += "</ul>\n";
  }
  return html + "<form method=\"post\">\n" + field("username", "User name", "text", form.username) +
         field("email", "E-mail address", "email", form.email) +
         field("organization", "Name of the organization", "text", form.organization) +
         field("password", "Password, at least 8 characters, to sign in on the web page (optional)", "password", "") +
         "<p><button type=\"submit\">Create</button></p>\n</form>";
}

http::Response gone() {
  return page(404,
              "<p>This link was used, is older than 30 minutes, or never was one.</p>\n"
              "<p>While there is no administrator, the server prints a new link each time it starts.</p>");
}

std::string done_html(const SetupOutcome& outcome) {
  return "<p>The administrator <strong>" + escape_html(outcome.user.username) +
         "</strong> and the organization <strong>" + escape_html(outcome.organization.name) +
         "</strong> are there.</p>\n<p><label for=\"token\">Your API token. It is shown only now: keep it in a safe "
         "place.</label><br>\n<input id=\"token\" type=\"text\" readonly size=\"60\" value=\"" +
         escape_html(outcome.token.reveal()) + "\"></p>\n<p><a href=\"/\">Continue</a></p>";
}

std::string decoded(std::string_view text) { return base::url_decode(base::replace_all(text, "+", " ")).value_or(""); }

// A form's fields as a JSON object, so that both ways in are judged by the same rules.
std::string json_of_form(std::string_view body) {
  jsonapi::Json json = jsonapi::Json::object();
  for (const std::string& pair : base::split(body, '&')) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos) continue;
    json[decoded(pair.substr(0, equals))] = decoded(pair.substr(equals + 1));
  }
  return jsonapi::dump(json);
}

bool is_form(const http::Request& request) {
  const std::string type = base::to_lower(request.headers.get_or("Content-Type"));
  return base::trim(base::split(type + ";", ';').front()) == "application/x-www-form-urlencoded";
}

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

http::Response submit_form(Bootstrap& bootstrap, const http::Request& request) {
  HANDLE(const bool is_open, request, bootstrap.is_open(request.param("setup_secret")));
  if (!is_open) return gone();
  HANDLE(auto document, request, jsonapi::Document::parse(json_of_form(request.body)));
  const SetupForm form = read_form(bootstrap, document);
  if (!document.problems().empty()) return page(422, form_html(form, document.problems()));
  const auto outcome = bootstrap.complete(request.param("setup_secret"), form, request.request_id);
  if (outcome) return signed_in(bootstrap, request, form, *outcome, page(201, done_html(*outcome)));
  if (outcome.error().code == base::Code::kNotFound) return gone();
  return page(jsonapi::http_status(outcome.error().code), form_html(form, {outcome.error()}));
}

http::Response submit(Bootstrap& bootstrap, const http::Request& request) {
  if (is_form(request)) return submit_form(bootstrap, request);
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
