#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/service.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/router.h"
#include "storage/database.h"

namespace auth {

// What the first administrator says about himself.
struct SetupForm {
  std::string username;
  std::string email;
  std::string organization;
  std::string password_hash = {};  // empty: none was given
};

struct SetupOutcome {
  User user;
  Organization organization;
  base::Secret token;  // shown once
};

// What the folder for signing in does for a set-up with a password.
struct SetupSignIn {
  // Judges a password (`words` it must not be) and gives what is stored of it; kInvalid says what is wrong.
  std::function<base::Result<std::string>(const base::Secret&, const std::vector<std::string>& words)> hash;
  std::function<base::Status(storage::Transaction&, const UserId&, const std::string& hash)> keep;
  // Signs the new administrator in: a cookie on the answer.
  std::function<base::Status(const http::Request&, const User&, http::Response&)> start;
};

// How the first administrator comes about: there is no default account. Thread-safe.
class Bootstrap {
 public:
  Bootstrap(storage::Database& database, const base::Clock& clock, Service& service);

  // Before the server starts; without it set-up takes no password.
  void set_sign_in(SetupSignIn sign_in) { sign_in_ = std::move(sign_in); }
  const SetupSignIn& sign_in() const { return sign_in_; }

  // At every start. With a token (RUNBRIDGE_ADMIN_TOKEN, 32 to 512 visible ASCII characters; kInvalid otherwise) the
  // site administrator "admin" has exactly that one from the environment, an earlier one stops working; nothing is
  // returned. Without one, and while there is no site administrator, a new secret for /setup/<secret>, good for 30
  // minutes and one use, of which the database keeps the hash.
  base::Result<std::optional<base::Secret>> prepare(const std::optional<base::Secret>& admin_token);

  // Whether complete() would take the secret now.
  base::Result<bool> is_open(std::string_view secret);

  // Makes the site administrator, an organization he owns and his token, and ends every set-up secret. kNotFound if
  // the secret is unknown, used, too old, or an administrator exists.
  base::Result<SetupOutcome> complete(std::string_view secret, const SetupForm& form, const std::string& request_id);

 private:
  base::Status ensure_admin(const base::Secret& token);

  storage::Database& database_;
  const base::Clock& clock_;
  Service& service_;
  SetupSignIn sign_in_;
};

// What GET /setup/:setup_secret is answered with: 200 while the link is good, otherwise 404.
using SetupPage = std::function<http::Response(int status)>;

// GET and POST /setup/:setup_secret. POST takes a form or JSON. With a password, the administrator is
// signed in.
std::vector<http::Route> setup_routes(Bootstrap& bootstrap, SetupPage document);

}  // namespace auth
