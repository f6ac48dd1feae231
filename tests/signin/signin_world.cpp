#include "tests/signin/signin_world.h"

#include "auth/migrations.h"
#include "signin/migrations.h"
#include "signin/one_time_code.h"
#include "vault/migrations.h"

namespace signin {

using auth::attributes;
using auth::Reply;
using jsonapi::Json;

void SignInTest::SetUp() {
  DatabaseTest::SetUp();
  if (IsSkipped()) return;
  ASSERT_TRUE(storage::migrate(database(), {vault::migrations(), auth::migrations(), migrations()}));
  auto directory = base::TemporaryDirectory::create(std::filesystem::temp_directory_path(), "signin");
  ASSERT_TRUE(directory);
  directory_ = std::make_unique<base::TemporaryDirectory>(*std::move(directory));
  auto vault = vault::Vault::open(database(), directory_->path() / "master.key");
  ASSERT_TRUE(vault);
  vault_ = *std::move(vault);
  world_ = std::make_unique<auth::World>(database());
  open("http://runs.test");
  Browser none;
  const Reply invited = world_->post("/api/v2/admin/users/" + world_->ada.id + "/actions/invite", world_->ada.token);
  ASSERT_EQ(invited.status, 201) << invited.body;
  const std::string link = invited.text("link");
  ASSERT_EQ(post(none, "/api/v2/invitations/actions/accept",
                 attributes({{"secret", link.substr(link.find('#') + 1)}, {"password", kPassword}}))
                .status,
            201);
}

void SignInTest::TearDown() {
  if (!world_) return DatabaseTest::TearDown();
  world_->router = http::Router();
  sign_on_.reset();
  service_.reset();
  openid_.reset();
  world_.reset();  // has a thread that uses the database
  vault_.reset();
  DatabaseTest::TearDown();
}

void SignInTest::open(const std::string& public_url, const SignOnSettings& sign_on) {
  if (!openid_) openid_ = std::make_unique<FakeOpenId>(world_->clock);
  service_ = std::make_unique<Service>(
      Service::Dependencies{database(), world_->clock, *vault_, world_->guard.access(), public_url});
  sign_on_ = std::make_unique<SignOn>(
      SignOn::Dependencies{database(), world_->clock, *service_, world_->guard.access(), *openid_, public_url},
      sign_on);
  world_->router = http::Router();
  world_->router.add(auth::routes(world_->service));
  world_->router.add(
      auth::setup_routes(world_->bootstrap, [](int status) { return http::Response{.status = status}; }));
  world_->router.add(routes(*service_, *sign_on_));
  world_->guard.set_session_check(session_check(*service_));
  world_->bootstrap.set_sign_in(service_->for_setup());
  world_->service.set_sign_in_parts(service_->parts_of_users());
  world_->router.set_filter(world_->guard.filter());
}

Reply SignInTest::call(Browser& browser, http::Method method, const std::string& target, const Json& body) {
  http::Request request;
  request.method = method;
  request.target = target;
  request.peer = browser.address;
  request.headers = browser.headers;
  if (!request.headers.has("Host")) request.headers.set("Host", "runs.test");
  if (!browser.cookie.empty()) request.headers.set("Cookie", browser.cookie);
  if (!browser.csrf.empty()) request.headers.set("X-CSRF-Token", browser.csrf);
  if (!body.is_null()) {
    if (!request.headers.has("Content-Type")) request.headers.set("Content-Type", "application/vnd.api+json");
    request.body = jsonapi::dump(body);
  }
  Reply reply = world_->send(std::move(request));
  const std::string set = std::string(reply.headers.get_or("Set-Cookie"));
  if (!set.empty()) browser.cookie = set.substr(0, set.find(';'));
  if (reply.status < 300 && !reply.text("csrf-token").empty()) browser.csrf = reply.text("csrf-token");
  return reply;
}

Reply SignInTest::sign_in(Browser& browser, const std::string& name, const std::string& password,
                          const std::string& code) {
  Json values{{"username", name}, {"password", password}};
  if (!code.empty()) values["one-time-code"] = code;
  return post(browser, "/api/v2/sessions", attributes(values));
}

Browser SignInTest::signed_in(const std::string& name) {
  Browser browser;
  EXPECT_EQ(sign_in(browser, name).status, 201);
  return browser;
}

base::Secret SignInTest::turn_codes_on(Browser& browser, std::vector<std::string>* recovery) {
  EXPECT_EQ(post(browser, "/api/v2/account/totp").status, 201);
  base::Secret secret;
  const auto stored = database().read([&](storage::Connection& connection) -> base::Result<base::Secret> {
    ASSIGN_OR_RETURN(const auto row, connection.find("SELECT secret_id, user_id FROM one_time_codes"));
    return vault_->get(connection, row->id<vault::SecretId>(0), {"", "one_time_codes", row->text(1), "secret"});
  });
  EXPECT_TRUE(stored);
  if (stored) secret = *stored;
  const Reply on = post(browser, "/api/v2/account/totp/actions/confirm",
                        attributes({{"one-time-code", one_time_code(secret, code_step(world_->clock.now()))}}));
  EXPECT_EQ(on.status, 200) << on.body;
  if (recovery != nullptr) {
    for (const Json& code : on.json["data"]["attributes"]["recovery-codes"]) recovery->push_back(code);
  }
  return secret;
}

std::int64_t SignInTest::count(std::string_view sql) {
  const auto row = database().read([&](storage::Connection& connection) { return connection.find(sql); });
  return row && *row ? (*row)->integer(0) : -1;
}

}  // namespace signin
