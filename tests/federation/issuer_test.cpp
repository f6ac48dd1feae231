#include "federation/issuer.h"

#include "auth/migrations.h"
#include "base/file.h"
#include "base/strings.h"
#include "crypto/signature.h"
#include "federation/migrations.h"
#include "federation/routes.h"
#include "jobs/migrations.h"
#include "signin/id_token.h"
#include "storage/migrations.h"
#include "tests/auth/world.h"
#include "vault/migrations.h"

namespace federation {
namespace {

using auth::attributes;
using jsonapi::Json;
using std::chrono::hours;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr const char* kUrl = "https://bridge.example.com";
constexpr const char* kKeys = "/api/v2/admin/signing-keys";

// Tokens are read by the code that reads other issuers', which knows nothing of this one.
class IssuerTest : public auth::WorldTest {
 protected:
  void SetUp() override {
    support::DatabaseTest::SetUp();
    if (IsSkipped()) return;
    ASSERT_TRUE(storage::migrate(database(), {jobs::migrations(), vault::migrations(), auth::migrations(),
                                              auth::answer_migrations(), federation::migrations()}));
    world_ = std::make_unique<auth::World>(database());
    directory.emplace(*base::TemporaryDirectory::create(std::filesystem::temp_directory_path(), "federation-"));
    vault = *vault::Vault::open(database(), directory->path() / "master.key");
    issuer = std::make_unique<Issuer>(Issuer::Dependencies{database(), world_->clock, *vault, kUrl});
    world_->router.add(routes(*issuer));
  }
  void TearDown() override {
    issuer.reset();
    vault.reset();
    directory.reset();
    auth::WorldTest::TearDown();
  }

  base::Secret signed_token(seconds lifetime = seconds(600)) {
    auto token = issuer->sign({"api://AzureADTokenExchange", "connection:sc-1", lifetime});
    EXPECT_TRUE(token) << token.error().message << token.error().detail;
    return token ? *token : base::Secret();
  }
  Json published() { return world_->get("/.well-known/jwks.json", "").json; }
  // What a service outside says to it, with the keys that are published now.
  base::Status check(const base::Secret& token, const Json& keys) {
    ASSIGN_OR_RETURN(const auto read, signin::read_token(token.reveal()));
    const auto known = signin::read_signing_keys(keys);
    const auto* key = signin::find_key(known, read);
    if (key == nullptr) return base::unauthorized("no such key");
    if (!crypto::verify_rs256(key->rsa, read.signed_text, read.signature))
      return base::unauthorized("not its signature");
    const std::int64_t now = base::to_millis(world_->clock.now()) / 1000;
    const bool ours = read.claims["iss"] == kUrl && read.claims["aud"] == "api://AzureADTokenExchange";
    const bool timely = read.claims["nbf"].get<std::int64_t>() <= now && now < read.claims["exp"].get<std::int64_t>();
    return ours && timely ? base::Status() : base::unauthorized("for others, or for another time");
  }
  std::int64_t secrets() {
    return *database().read([](storage::Connection& connection) -> base::Result<std::int64_t> {
      ASSIGN_OR_RETURN(const auto row, connection.find("SELECT count(*) FROM secrets"));
      return row->integer(0);
    });
  }
  auth::Reply rotate(const Json& values = Json::object()) {
    return world_->post(kKeys, world_->ada.token, attributes(values));
  }

  std::optional<base::TemporaryDirectory> directory;
  std::unique_ptr<vault::Vault> vault;
  std::unique_ptr<Issuer> issuer;
};
INSTANTIATE_ON_BOTH_DATABASES(IssuerTest);

TEST_P(IssuerTest, TheDocumentAndTheKeysAreForEverybody) {
  const auto document = world_->get("/.well-known/openid-configuration", "");
  EXPECT_EQ(document.status, 200);
  EXPECT_EQ(document.json["issuer"], kUrl);
  EXPECT_EQ(document.json["jwks_uri"], std::string(kUrl) + "/.well-known/jwks.json");
  EXPECT_THAT(document.headers.get("Cache-Control").value_or(""), HasSubstr("public"));
  EXPECT_EQ(published(), Json({{"keys", Json::array()}})) << "none before the first token";
}

TEST_P(IssuerTest, ATokenIsGoodForWhoReadsThePublishedKeysAndNoLonger) {
  const auto token = signed_token(seconds(300));
  const Json keys = published();
  ASSERT_EQ(keys["keys"].size(), 1U);
  EXPECT_EQ(keys["keys"][0].size(), 6U) << "the public half alone: " << keys;
  EXPECT_TRUE(check(token, keys)) << check(token, keys).error().message;
  const auto read = signin::read_token(token.reveal());
  EXPECT_EQ(read->claims["sub"], "connection:sc-1");
  EXPECT_EQ(read->claims["exp"].get<std::int64_t>() - read->claims["iat"].get<std::int64_t>(), 300);
  EXPECT_NE(read->claims["jti"], signin::read_token(signed_token().reveal())->claims["jti"]);
  EXPECT_EQ(published(), keys) << "one key for all";
  world_->clock.advance(hours(1));
  EXPECT_FALSE(check(token, keys));
}

TEST_P(IssuerTest, NoTokenLivesLongerThanADay) {
  const auto read = signin::read_token(signed_token(hours(1000)).reveal());
  EXPECT_EQ(read->claims["exp"].get<std::int64_t>() - read->claims["iat"].get<std::int64_t>(), 24 * 3600);
}

TEST_P(IssuerTest, AnotherServerOfTheDatabaseHasTheSameKey) {
  const auto token = signed_token();
  Issuer other({database(), world_->clock, *vault, kUrl});
  EXPECT_EQ(*other.key_set(), published());
  EXPECT_TRUE(check(*other.sign({"api://AzureADTokenExchange", "s", seconds(60)}), published()));
  EXPECT_TRUE(check(token, *other.key_set()));
}

TEST_P(IssuerTest, ANewKeyIsPublishedBeforeItSignsAndTheOldOneAfter) {
  const auto old = signed_token(hours(24));
  const auto made = rotate({{"overlap-seconds", 3600}});
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.text("state"), "upcoming");
  EXPECT_EQ(published()["keys"].size(), 2U);
  const auto before = signin::read_token(signed_token().reveal());
  EXPECT_NE(before->key_id, made.id());
  EXPECT_EQ(rotate().status, 409) << "one change at a time";
  world_->clock.advance(hours(1));
  const auto after = signed_token();
  EXPECT_EQ(signin::read_token(after.reveal())->key_id, made.id());
  EXPECT_TRUE(check(after, published()));
  EXPECT_TRUE(check(old, published())) << "what the old one signed stays good";
  const auto listed = world_->get(kKeys, world_->ada.token);
  ASSERT_EQ(listed.json["data"].size(), 2U);
  EXPECT_EQ(jsonapi::get_text(listed.json["data"][0], "attributes.state"), "signing");
  EXPECT_EQ(jsonapi::get_text(listed.json["data"][1], "attributes.state"), "former");
  EXPECT_EQ(secrets(), 2);
  world_->clock.advance(hours(24));
  EXPECT_EQ(published()["keys"].size(), 1U);
  signed_token();
  EXPECT_EQ(secrets(), 1) << "its private half is erased";
}

TEST_P(IssuerTest, WithoutAnOverlapTheOthersAreGoneAtOnce) {
  const auto leaked = signed_token();
  ASSERT_EQ(rotate({{"overlap-seconds", 3600}}).status, 201);
  const auto made = rotate({{"overlap-seconds", 0}});
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.text("state"), "signing");
  EXPECT_EQ(published()["keys"].size(), 1U);
  EXPECT_FALSE(check(leaked, published()));
  EXPECT_TRUE(check(signed_token(), published()));
  EXPECT_EQ(secrets(), 1);
}

TEST_P(IssuerTest, TheFirstKeySignsAtOnceHoweverItIsMade) {
  EXPECT_EQ(rotate().text("state"), "signing");
  EXPECT_TRUE(check(signed_token(), published()));
  EXPECT_EQ(published()["keys"].size(), 1U);
}

TEST_P(IssuerTest, ChangingAndListingKeysIsForSiteAdministrators) {
  signed_token();
  for (const auto& token : {world_->eve.token, std::string()}) {
    EXPECT_THAT(world_->post(kKeys, token, attributes(Json::object())).status, testing::AnyOf(401, 404));
    EXPECT_THAT(world_->get(kKeys, token).status, testing::AnyOf(401, 404));
  }
  EXPECT_EQ(rotate({{"overlap-seconds", -1}}).status, 422);
  EXPECT_EQ(published()["keys"].size(), 1U);
  EXPECT_THAT(world_->get(kKeys, world_->ada.token).body, testing::Not(HasSubstr("PRIVATE")));
}

TEST_P(IssuerTest, ThePrivateHalfIsNowhereInTheTables) {
  signed_token();
  const auto row = *database().read([](storage::Connection& connection) {
    return connection.find("SELECT secret_id, modulus, exponent FROM signing_keys");
  });
  ASSERT_TRUE(row);
  EXPECT_THAT(row->text(0), testing::StartsWith("sec-"));
  EXPECT_EQ(row->text(2), "AQAB");
}

}  // namespace
}  // namespace federation
