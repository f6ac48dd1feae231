#include <gmock/gmock.h>

#include "base/strings.h"
#include "tests/keys/keys_test.h"

namespace {

using crypto::SshKeyType;
using http::Method;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kKeys = "/api/v2/organizations/acme/ssh-keys";

class SshKeyRoutes : public KeysTest {
 protected:
  std::string good_text() {
    return crypto::SshKey::generate(SshKeyType::kEd25519, "made elsewhere")->private_text().reveal();
  }
};
INSTANTIATE_ON_BOTH_DATABASES(SshKeyRoutes);

TEST_P(SshKeyRoutes, TakesAnyTextAndSaysWhetherItIsUsable) {
  const auto random = post(kKeys, {{"name", "from a test of go-tfe"}, {"value", "tst-lKs4K9dRnM2"}});
  ASSERT_EQ(random.status, 201) << random.text;
  EXPECT_TRUE(random.data()["id"].get<std::string>().starts_with("sshkey-"));
  EXPECT_EQ(random.data()["type"], "ssh-keys");
  EXPECT_EQ(random.attributes()["health"], "not-a-private-key");
  EXPECT_THAT(random.attributes()["warning"].get<std::string>(), HasSubstr("not a private key"));
  const auto good = post(kKeys, {{"name", "good"}, {"value", good_text()}});
  EXPECT_EQ(good.attributes()["health"], "usable");
  EXPECT_EQ(good.attributes()["warning"], nullptr);
  EXPECT_EQ(good.attributes()["key-type"], "ed25519");
  EXPECT_THAT(good.attributes()["fingerprint"].get<std::string>(), HasSubstr("SHA256:"));
}

TEST_P(SshKeyRoutes, T_J10_OfTwoChangesToTheSameVersionOneIsMade) {
  const auto id = post(std::string(kKeys) + "/actions/generate", {{"name", "minted"}}).data()["id"].get<std::string>();
  const auto rename = [&](const std::string& version, const std::string& name) {
    http::Request request;
    request.method = http::Method::kPatch;
    request.target = request.path = "/api/v2/ssh-keys/" + id;
    request.headers.set("Content-Type", "application/vnd.api+json");
    request.headers.set("If-Match", version);
    request.body = nlohmann::json({{"data", {{"attributes", {{"name", name}}}}}}).dump();
    return world->router.handle(request);
  };
  const std::string version(rename("*", "first").headers.get_or("ETag"));
  ASSERT_FALSE(version.empty());
  EXPECT_EQ(rename(version, "second").status, 200);
  EXPECT_EQ(rename(version, "third").status, 409);
}

TEST_P(SshKeyRoutes, MintsEachTypeAndShowsThePublicHalf) {
  for (const auto& [type, line] : {std::pair("ed25519", "ssh-ed25519 "), std::pair("rsa", "ssh-rsa "),
                                   std::pair("ecdsa", "ecdsa-sha2-nistp256 ")}) {
    const auto made = post(std::string(kKeys) + "/actions/generate", {{"name", "minted"}, {"type", type}});
    ASSERT_EQ(made.status, 201) << made.text;
    EXPECT_THAT(made.attributes()["public-key"].get<std::string>(), testing::StartsWith(line));
    EXPECT_EQ(made.attributes()["health"], "usable");
  }
  const auto wrong = post(std::string(kKeys) + "/actions/generate", {{"name", "x"}, {"type", "dsa"}});
  EXPECT_EQ(wrong.status, 422);
  EXPECT_EQ(wrong.pointer(), "/data/attributes/type");
}

TEST_P(SshKeyRoutes, T_K01_T_K02_ImportRefusesWhatIsNotUsableAndPointsAtIt) {
  const auto imported = post(std::string(kKeys) + "/actions/import", {{"name", "good"}, {"value", good_text()}});
  EXPECT_EQ(imported.status, 201);
  const auto refused = post(std::string(kKeys) + "/actions/import", {{"name", "bad"}, {"value", "ssh-ed25519 AAAA"}});
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(refused.pointer(), "/data/attributes/value");
  EXPECT_THAT(refused.detail(), HasSubstr("public key"));
  EXPECT_EQ(get(kKeys).data().size(), 1U);
}

TEST_P(SshKeyRoutes, T_K03_ThePrivateHalfIsNeverShownAgain) {
  const auto text = good_text();
  const auto needle = base::split(text, '\n').at(2);
  const auto made = post(kKeys, {{"name", "good"}, {"value", text}});
  const std::string one = "/api/v2/ssh-keys/" + made.data()["id"].get<std::string>();
  const auto renamed = world->call(Method::kPatch, one, {{"data", {{"attributes", {{"name", "other"}}}}}});
  EXPECT_EQ(renamed.attributes()["name"], "other");
  for (const auto& answer : {made, renamed, get(one), get(kKeys)}) {
    EXPECT_THAT(answer.text, Not(HasSubstr(needle)));
    EXPECT_THAT(answer.text, Not(HasSubstr("PRIVATE")));
    EXPECT_THAT(answer.text, Not(HasSubstr("\"value\"")));
  }
  for (const char* column : {"public_line", "name", "warning", "fingerprint"}) {
    for (const auto& value : world->columns(std::string("SELECT ") + column + " FROM ssh_keys")) {
      EXPECT_THAT(value, Not(HasSubstr(needle)));
    }
  }
}

TEST_P(SshKeyRoutes, NameAndValueMustBeThere) {
  EXPECT_EQ(post(kKeys, {{"value", "x"}}).status, 422);
  EXPECT_EQ(post(kKeys, {{"name", "x"}}).status, 422);
  EXPECT_EQ(post(kKeys, {{"name", "x"}, {"value", ""}}).status, 422);
  EXPECT_EQ(post(kKeys, {{"name", "  "}, {"value", "x"}}).status, 422);
  EXPECT_EQ(post(kKeys, {{"name", std::string(300, 'n')}, {"value", "x"}}).status, 422);
}

TEST_P(SshKeyRoutes, T_K04_AKeyInUseIsNotDeletedAndItsUsersAreNamed) {
  const auto made = post(kKeys, {{"name", "modules"}, {"value", good_text()}});
  const keys::SshKeyId id(made.data()["id"].get<std::string>());
  std::vector<std::string> users{"workspace prod", "workspace stage"};
  service->set_usage([&](storage::Connection&, const keys::SshKeyId& asked) -> base::Result<std::vector<std::string>> {
    EXPECT_EQ(asked, id);
    return users;
  });
  const std::string one = "/api/v2/ssh-keys/" + id.str();
  const auto refused = world->call(Method::kDelete, one);
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.detail(), HasSubstr("workspace prod, workspace stage"));
  EXPECT_EQ(get(one).attributes()["used-by"], nlohmann::json({"workspace prod", "workspace stage"}));
  users.clear();
  EXPECT_TRUE(get(one).attributes()["used-by"].empty());
  EXPECT_EQ(world->call(Method::kDelete, one).status, 204);
  EXPECT_EQ(get(one).status, 404);
  EXPECT_EQ(world->vault.size(), 0U);  // and the secret is gone as well
}

TEST_P(SshKeyRoutes, T_X12_HandingOutAKeyLeavesALineInTheAuditLog) {
  const auto text = good_text();
  const auto made = post(kKeys, {{"name", "modules"}, {"value", text}});
  const auto opened = service->open(ada(), keys::SshKeyId(made.data()["id"].get<std::string>()), "run run-1");
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->reveal(), text);  // byte for byte what was stored
  const auto details = world->columns("SELECT detail FROM audit_events WHERE action = 'ssh-key.use'");
  EXPECT_THAT(details, ElementsAre(HasSubstr("run run-1")));
}

TEST_P(SshKeyRoutes, ListsInTheOrderOfCreationWithAndWithoutPages) {
  for (const char* name : {"one", "two", "three"}) {
    post(kKeys, {{"name", name}, {"value", "x"}});
    world->clock.advance(base::Millis(1));
  }
  EXPECT_EQ(get(kKeys).data().size(), 3U);
  const auto page = get(std::string(kKeys) + "?page%5Bnumber%5D=2&page%5Bsize%5D=2");
  ASSERT_EQ(page.data().size(), 1U);
  EXPECT_EQ(page.data()[0]["attributes"]["name"], "three");
  EXPECT_EQ(page.body["meta"]["pagination"]["total-count"], 3);
}

TEST_P(SshKeyRoutes, T_K10_KeysOfAnotherOrganizationAreNotListed) {
  post(kKeys, {{"name", "ours"}, {"value", "x"}});
  world->acting_for = world->globex;
  EXPECT_THAT(get("/api/v2/organizations/globex/ssh-keys").data(), IsEmpty());
}

TEST_P(SshKeyRoutes, AProvidersKeyIsOfTheKindItTakes) {
  const auto github = world->token_of(world->create_client());
  const auto answer =
      post("/api/v2/oauth-tokens/" + github.str() + "/actions/generate-ssh-key", nlohmann::json::object());
  ASSERT_EQ(answer.status, 201) << answer.text;
  EXPECT_THAT(answer.text, Not(HasSubstr("PRIVATE")));
  const auto stored = service->generate_provider_key(ada(), github);
  ASSERT_TRUE(stored);
  const auto text = world->service->ssh_private_key(github);
  ASSERT_TRUE(text && text->has_value());
  EXPECT_EQ(crypto::SshKey::import(**text)->public_line(), stored->public_line);
}

}  // namespace
