#pragma once

#include <memory>
#include <optional>
#include <string>

#include "signin/routes.h"
#include "signin/service.h"
#include "signin/sign_on.h"
#include "tests/auth/world.h"
#include "tests/signin/fake_openid.h"
#include "vault/vault.h"

namespace signin {

inline constexpr const char* kPassword = "correct horse battery";

// A browser: keeps its cookie and the token that its writes need.
struct Browser {
  std::string cookie;  // "name=value"; empty: none
  std::string csrf;
  std::string address = "192.0.2.1";
  base::Headers headers = {};  // more of them, or others
};

// auth's world with sign-in on top: "ada", the site administrator, has a password and no one-time codes.
class SignInTest : public support::DatabaseTest {
 protected:
  void SetUp() override;
  void TearDown() override;

  // As the public URL says: "https" sites have other cookies. No sign-on unless its settings name an issuer.
  void open(const std::string& public_url, const SignOnSettings& sign_on = {});
  auth::Reply call(Browser& browser, http::Method method, const std::string& target, const jsonapi::Json& body = {});
  auth::Reply get(Browser& browser, const std::string& target) { return call(browser, http::Method::kGet, target); }
  auth::Reply post(Browser& browser, const std::string& target, const jsonapi::Json& body = {}) {
    return call(browser, http::Method::kPost, target, body);
  }
  auth::Reply sign_in(Browser& browser, const std::string& name = "ada", const std::string& password = kPassword,
                      const std::string& code = {});
  Browser signed_in(const std::string& name = "ada");
  std::string code_of(const auth::Reply& reply) { return jsonapi::get_text(reply.json["errors"][0], "code"); }
  // Turns one-time codes on and gives the raw secret; `recovery` gets the recovery codes.
  base::Secret turn_codes_on(Browser& browser, std::vector<std::string>* recovery = nullptr);
  std::int64_t count(std::string_view sql);

  std::unique_ptr<base::TemporaryDirectory> directory_;
  std::unique_ptr<vault::Vault> vault_;
  std::unique_ptr<auth::World> world_;
  std::unique_ptr<FakeOpenId> openid_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<SignOn> sign_on_;
};

}  // namespace signin
