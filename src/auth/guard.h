#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "auth/access.h"
#include "auth/principal.h"
#include "base/clock.h"
#include "http/router.h"
#include "storage/database.h"

namespace auth {

// Which organization owns the thing with this id, or nothing if there is none.
using OwnerLookup =
    std::function<base::Result<std::optional<OrganizationId>>(storage::Connection&, const std::string&)>;

// What a session's cookie proves.
struct SessionProof {
  Principal principal;
  bool is_recent = false;  // proven again by password or provider within the last minutes
};
// Looks at the cookie of a request without an Authorization header. Nothing if it has none; an error if the cookie is
// not good, or a write lacks what keeps other sites from sending it.
using SessionCheck = std::function<base::Result<std::optional<SessionProof>>(const http::Request&)>;

// The one answer for what is not there, what belongs to somebody else and what is not allowed: always the same words.
base::Error not_visible();

// The one place that decides who may call what. As the router's filter it proves the token, finds the organization
// that owns what the path names, and checks the action the permission table gives for the route. 401 for a missing
// or bad token; 403 for a session that must be proven again first (needs_recent_sign_in); 404 — never 403 — for what
// the caller may not see or do, the same as for what is not there.
class Guard {
 public:
  Guard(storage::Database& database, const base::Clock& clock);
  ~Guard();

  // A feature says how to find the owner of a path parameter: register_owner("run_id", …). Before the server starts.
  void register_owner(std::string parameter, OwnerLookup lookup);
  // Lets sessions in beside tokens. A request with an Authorization header is judged by that alone: its cookie is not
  // looked at. Before the server starts.
  void set_session_check(SessionCheck check);
  http::Filter filter();

  // For routes whose resource is named in the body ("decided in handler" in the table), and for services.
  base::Result<bool> allowed(const Principal& principal, Action action, const OrganizationId& organization);
  base::Status require(const Principal& principal, Action action, const OrganizationId& organization);  // kNotFound

  // Proves tokens and knows everybody's rights. Lives as long as the guard.
  Access& access();

  // Every route lacking an entry in the table or an owner look-up; start-up fails on any.
  std::vector<std::string> gaps(const http::Router& router) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace auth
