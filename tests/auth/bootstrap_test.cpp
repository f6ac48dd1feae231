#include "auth/bootstrap.h"

#include "auth/migrations.h"
#include "tests/auth/world.h"

namespace auth {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// An empty server: no World, which sets itself up.
class BootstrapTest : public support::DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    if (IsSkipped()) return;
    ASSERT_TRUE(storage::migrate(database(), {migrations()}));
    guard_ = std::make_unique<Guard>(database(), clock_);
    service_ = std::make_unique<Service>(database(), clock_, guard_->access());
    bootstrap_ = std::make_unique<Bootstrap>(database(), clock_, *service_);
    router_.add(routes(*service_));
    router_.add(setup_routes(*bootstrap_, [](int status) { return http::Response{.status = status}; }));
    register_owners(*guard_);
    router_.set_filter(guard_->filter());
  }

  void TearDown() override {
    guard_.reset();  // has a thread that uses the database
    DatabaseTest::TearDown();
  }

  std::string secret() {
    const auto prepared = bootstrap_->prepare({});
    EXPECT_TRUE(prepared && prepared->has_value());
    return prepared && *prepared ? (*prepared)->reveal() : "";
  }
  http::Response submit(const std::string& secret, const std::string& type, const std::string& body,
                        http::Method method = http::Method::kPost) {
    http::Request request;
    request.method = method;
    request.target = request.path = "/setup/" + secret;
    if (!type.empty()) request.headers.set("Content-Type", type);
    request.body = body;
    return router_.handle(request);
  }
  http::Response show(const std::string& secret) { return submit(secret, "", "", http::Method::kGet); }
  http::Response finish(const std::string& secret, const std::string& body = kWanted) {
    return submit(secret, "application/json", body);
  }
  int ping(const std::string& token) {
    http::Request request;
    request.path = request.target = "/api/v2/ping";
    request.headers.set("Authorization", "Bearer " + token);
    return router_.handle(request).status;
  }
  static constexpr const char* kWanted = R"({"username":"ada","email":"ada@example.com","organization":"acme"})";
  FakeClock clock_;
  std::unique_ptr<Guard> guard_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<Bootstrap> bootstrap_;
  http::Router router_;
};

TEST_P(BootstrapTest, T_T04_TheLinkMakesTheAdministratorAndShowsTheTokenOnce) {
  const std::string link = secret();
  const http::Response page = show(link);
  EXPECT_EQ(page.status, 200);
  const http::Response done = finish(link);
  ASSERT_EQ(done.status, 201) << done.body;
  EXPECT_EQ(done.headers.get_or("Cache-Control"), "no-store");
  const auto json = jsonapi::parse(done.body);
  ASSERT_TRUE(json);
  EXPECT_EQ(ping(jsonapi::get_text(*json, "data.attributes.token")), 204);
  EXPECT_EQ(jsonapi::get_text(*json, "data.attributes.organization"), "acme");
  EXPECT_EQ(finish(link).status, 404);
  EXPECT_EQ(show(link).status, 404);
}

TEST_P(BootstrapTest, T_T04_TheLinkEndsAfterThirtyMinutes) {
  const std::string link = secret();
  clock_.advance(base::Millis(30 * 60 * 1000 - 1));
  EXPECT_EQ(show(link).status, 200);
  clock_.advance(base::Millis(1));
  EXPECT_EQ(show(link).status, 404);
  EXPECT_EQ(finish(link).status, 404);
}

TEST_P(BootstrapTest, T_T04_EveryLinkEndsWhenOneIsUsedAndNoneIsMadeLater) {
  const std::string first = secret();
  const std::string second = secret();
  EXPECT_NE(first, second);
  ASSERT_EQ(finish(second).status, 201);
  EXPECT_EQ(finish(first, R"({"username":"eve","email":"eve@example.com","organization":"evil"})").status, 404);
  const auto later = bootstrap_->prepare({});
  ASSERT_TRUE(later);
  EXPECT_FALSE(later->has_value());
}

TEST_P(BootstrapTest, T_T04_WrongSecretsAreNotThere) {
  const std::string link = secret();
  for (const std::string& wrong : {std::string("x"), link + "x", link.substr(0, link.size() - 1)}) {
    EXPECT_EQ(show(wrong).status, 404);
    EXPECT_EQ(finish(wrong).status, 404);
  }
  EXPECT_EQ(show(link).status, 200);
}

TEST_P(BootstrapTest, T_T04_OnlyTheHashOfTheSecretIsStored) {
  const std::string link = secret();
  const auto rows = database().read(
      [](storage::Connection& connection) { return connection.query("SELECT hash FROM setup_secrets"); });
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ(rows->at(0).text(0), token_hash(link));
  EXPECT_GE(link.size(), 32U);
}

TEST_P(BootstrapTest, BadFieldsAreToldAndTheLinkStaysGood) {
  const std::string link = secret();
  const http::Response refused = finish(link, R"({"username":"<b>","email":"nobody","organization":"a b"})");
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(refused.body, AllOf(HasSubstr("e-mail address"), Not(HasSubstr("<b>"))));
  EXPECT_EQ(submit(link, "application/json", R"({"username":"ada"})").status, 422);
  EXPECT_EQ(submit(link, "text/plain", "{}").status, 415);
  EXPECT_EQ(submit(link, "application/x-www-form-urlencoded", "username=ada").status, 415);
  EXPECT_EQ(finish(link).status, 201);
}

TEST_P(BootstrapTest, TheEnvironmentsTokenWorksEveryTimeAndIsReplaced) {
  const std::string token(32, 'k');
  for (int start = 0; start < 2; ++start) {
    const auto prepared = bootstrap_->prepare(base::Secret(token));
    ASSERT_TRUE(prepared) << prepared.error().message;
    EXPECT_FALSE(prepared->has_value());
    EXPECT_EQ(ping(token), 204);
  }
  const std::string other(40, 'z');
  ASSERT_TRUE(bootstrap_->prepare(base::Secret(other)));
  EXPECT_EQ(ping(other), 204);
  EXPECT_EQ(ping(token), 401);
  const auto users = database().read(
      [](storage::Connection& connection) { return connection.query("SELECT username, site_admin FROM users"); });
  ASSERT_EQ(users->size(), 1U);
  EXPECT_EQ(users->at(0).text(0), "admin");
}

TEST_P(BootstrapTest, AnEnvironmentsTokenEndsAnOpenLink) {
  const std::string link = secret();
  ASSERT_TRUE(bootstrap_->prepare(base::Secret(std::string(32, 'k'))));
  EXPECT_EQ(show(link).status, 404);
  EXPECT_EQ(finish(link).status, 404);
}

TEST_P(BootstrapTest, AShortOrStrangeTokenIsRefusedWithoutRepeatingIt) {
  for (const std::string& bad : {std::string(31, 'k'), std::string(513, 'k'), std::string(32, ' '), std::string()}) {
    const auto prepared = bootstrap_->prepare(base::Secret(bad));
    ASSERT_FALSE(prepared);
    EXPECT_THAT(prepared.error().message, HasSubstr("RUNBRIDGE_ADMIN_TOKEN"));
    if (!bad.empty()) {
      EXPECT_THAT(prepared.error().message, Not(HasSubstr(bad)));
    }
  }
}

INSTANTIATE_ON_BOTH_DATABASES(BootstrapTest);

}  // namespace
}  // namespace auth
