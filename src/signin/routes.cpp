#include "signin/routes.h"

#include <iterator>
#include <utility>

#include "api/api.h"
#include "auth/problem.h"
#include "auth/route_parts.h"
#include "crypto/equal.h"
#include "signin/route_parts.h"

namespace signin {
namespace {

// Sessions made by requests that have none yet are guarded against other sites too: nobody is to be signed in as
// somebody else without noticing.
base::Result<jsonapi::Document> same_site_document(Service& service, const http::Request& request) {
  RETURN_IF_ERROR(check_same_site(request, service.public_url()));
  return api::document(request);
}

Credentials credentials_of(jsonapi::Document& document) {
  Credentials credentials;
  const auto name = document.line("username", 320);
  const auto email = document.line("email", 320);
  credentials.name = name.value.value_or(email.value.value_or(""));
  credentials.password = document.secret("password", 4096).value.value_or(base::Secret());
  credentials.code = document.line("one-time-code", 64).value.value_or("");
  return credentials;
}

http::Response sign_in(Service& service, const http::Request& request) {
  auto read = same_site_document(service, request);
  if (!read) return auth::answer(request, read.error());
  jsonapi::Document document = *std::move(read);
  const Credentials credentials = credentials_of(document);
  if (document.problems().empty()) {
    if (credentials.name.empty()) document.problem("username", "Send a user name or an e-mail address.");
    if (credentials.password.empty()) document.problem("password", "Send the password.");
  }
  if (!document.problems().empty()) return api::errors(request, document.problems());
  // A session that is there ends: the new one has another id (session fixation).
  if (const auto old = service.cookie().value(request)) {
    HANDLE(const auto found, request, service.find(*old));
    if (found) {
      const auth::Actor actor{service.proof_of(*found).principal, request.request_id};
      RETURN_PROBLEM(request, service.sign_out(actor, found->session.id));
    }
  }
  const auto begun = service.sign_in(client_of(request), credentials);
  return begun ? begun_answer(service, *begun) : auth::answer(request, begun.error());
}

// The session that proved this request.
base::Result<std::pair<FoundSession, base::Secret>> current(Service& service, const http::Request& request) {
  const auto no_session = [] {
    return base::unauthorized("There is no session: this request was proven by a token. Sign in with a password.");
  };
  if (auth::principal_of(request).session.empty()) return no_session();
  auto text = service.cookie().value(request);
  if (!text) return no_session();
  ASSIGN_OR_RETURN(auto found, service.find(*text));
  if (!found) return no_session();
  return std::pair(*std::move(found), *std::move(text));
}

http::Response end_current(Service& service, const http::Request& request) {
  HANDLE(const auto mine, request, current(service, request));
  RETURN_PROBLEM(request, service.sign_out(auth::actor_of(request), mine.first.session.id));
  http::Response response = api::no_content();
  service.cookie().clear(response);
  return response;
}

http::Response confirm_current(Service& service, const http::Request& request) {
  HANDLE(const auto mine, request, current(service, request));
  HANDLE(auto document, request, api::document(request));
  const Credentials credentials = credentials_of(document);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  const base::Status proven = service.prove_again(auth::actor_of(request), client_of(request), credentials);
  if (!proven) return auth::answer(request, proven.error());
  return show_current(service, request);
}

bool changes_something(http::Method method) { return method != http::Method::kGet && method != http::Method::kHead; }

}  // namespace

http::Response show_current(Service& service, const http::Request& request) {
  HANDLE(const auto mine, request, current(service, request));
  const auto& [found, text] = mine;
  return api::ok(session_resource(service, found.session, found.user, text),
                 {auth::user_resource(found.user, auth::principal_of(request))});
}

http::Handler wrap(Service& service, ServiceHandler handler) {
  return [&service, handler](const http::Request& request) { return handler(service, request); };
}

auth::SessionCheck session_check(Service& service) {
  return [&service](const http::Request& request) -> base::Result<std::optional<auth::SessionProof>> {
    const auto text = service.cookie().value(request);
    if (!text || text->empty()) return std::optional<auth::SessionProof>();
    ASSIGN_OR_RETURN(const auto found, service.find(*text));
    if (!found) return auth::problem(auth::Problem::kSessionEnded);
    if (changes_something(request.method)) {
      RETURN_IF_ERROR(check_same_site(request, service.public_url()));
      if (!crypto::equal(csrf_token(*text), request.headers.get_or("X-CSRF-Token")))
        return auth::problem(auth::Problem::kCsrfToken);
    }
    return std::optional(service.proof_of(*found));
  };
}

std::vector<http::Route> routes(Service& service, SignOn& sign_on) {
  using http::Method;
  std::vector<http::Route> all = {
      {Method::kPost, "/api/v2/sessions", wrap(service, sign_in)},
      {Method::kGet, "/api/v2/sessions/current", wrap(service, show_current)},
      {Method::kDelete, "/api/v2/sessions/current", wrap(service, end_current)},
      {Method::kPost, "/api/v2/sessions/current/actions/confirm", wrap(service, confirm_current)}};
  for (auto more : {account_routes(service), sign_on_routes(sign_on)}) {
    std::move(more.begin(), more.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace signin
