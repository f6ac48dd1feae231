#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/ssh_key.h"
#include "providers/vcs_event.h"
#include "tests/providers/providers_test.h"

namespace {

using http::Method;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class TokenRoutes : public ProvidersTest {
 protected:
  void SetUp() override {
    ProvidersTest::SetUp();
    if (IsSkipped()) return;
    client_ = world->create_client();
    token_ = world->token_of(client_);
    path_ = "/api/v2/oauth-tokens/" + token_.str();
  }
  json key_body(const std::string& key) {
    return {{"data", {{"type", "oauth-tokens"}, {"attributes", {{"ssh-key", key}}}}}};
  }
  std::string client_, path_;
  providers::OAuthTokenId token_;
};
INSTANTIATE_ON_BOTH_DATABASES(TokenRoutes);

TEST_P(TokenRoutes, AGoodPrivateKeyIsStoredAndNeverShown) {
  const auto key = crypto::SshKey::generate(crypto::SshKeyType::kEd25519, "test");
  ASSERT_TRUE(key);
  const auto answer = world->call(Method::kPatch, path_, key_body(key->private_text().reveal()));
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.attributes()["has-ssh-key"], true);
  EXPECT_EQ(answer.attributes()["ssh-key-fingerprint"], key->fingerprint());
  EXPECT_THAT(answer.text, Not(HasSubstr("PRIVATE")));
  const auto opened = world->service->ssh_private_key(token_);
  ASSERT_TRUE(opened);
  ASSERT_TRUE(opened->has_value());
  EXPECT_EQ((*opened)->reveal(), key->private_text().reveal());
}

TEST_P(TokenRoutes, ABadKeyIsRefusedWithTheTextClientsKnowAndTheReason) {
  const auto answer = world->call(Method::kPatch, path_, key_body("ssh-ed25519 AAAA public"));
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(answer.detail(), HasSubstr("Ssh key is invalid"));
  EXPECT_EQ(answer.pointer(), "/data/attributes/ssh-key");
  EXPECT_EQ(world->call(Method::kPatch, path_, key_body("")).status, 422);
}

TEST_P(TokenRoutes, ABodyWithoutAKeyChangesNothing) {
  const auto answer =
      world->call(Method::kPatch, path_, {{"data", {{"type", "oauth-tokens"}, {"attributes", json::object()}}}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.attributes()["has-ssh-key"], false);
}

TEST_P(TokenRoutes, APrivateKeyMayComeWithTheClient) {
  const auto key = crypto::SshKey::generate(crypto::SshKeyType::kEd25519, "test");
  const auto id =
      world->create_client({{"service-provider", "ado_server"}, {"private-key", key->private_text().reveal()}});
  const auto answer = world->call(Method::kGet, "/api/v2/oauth-tokens/" + world->token_of(id).str());
  EXPECT_EQ(answer.attributes()["has-ssh-key"], true);
}

TEST_P(TokenRoutes, TheListIsFilteredByProvider) {
  world->create_client({{"service-provider", "ado_server"}});
  const std::string list = "/api/v2/organizations/acme/oauth-tokens";
  EXPECT_EQ(world->call(Method::kGet, list).data().size(), 2U);
  const auto filtered = world->call(Method::kGet, list + "?filter%5Bprovider%5D=github");
  ASSERT_EQ(filtered.data().size(), 1U);
  EXPECT_EQ(filtered.data()[0]["id"], token_.str());
  EXPECT_EQ(filtered.data()[0]["relationships"]["oauth-client"]["data"]["id"], client_);
}

TEST_P(TokenRoutes, DeletingTheTokenLeavesTheClientWithoutOne) {
  EXPECT_EQ(world->call(Method::kDelete, path_).status, 204);
  EXPECT_EQ(world->call(Method::kGet, path_).status, 404);
  const auto client = world->call(Method::kGet, "/api/v2/oauth-clients/" + client_);
  EXPECT_EQ(client.status, 200);
  EXPECT_THAT(client.data()["relationships"]["oauth-tokens"]["data"], IsEmpty());
  world->run_jobs();
  EXPECT_EQ(world->vault.size(), 0U);
}

TEST_P(TokenRoutes, RepositoriesAreListedPageByPage) {
  for (const auto* path : {"acme/a", "acme/b", "acme/c", "other/d", "acme/e"}) {
    world->forge.add_repository(std::string("id-") + path, path);
  }
  const auto first = world->call(Method::kGet, path_ + "/authorized-repos?search=ACME");
  ASSERT_EQ(first.status, 200) << first.text;
  ASSERT_EQ(first.data().size(), 2U);
  EXPECT_EQ(first.data()[0]["type"], "authorized-repos");
  EXPECT_EQ(first.data()[0]["attributes"]["name"], "acme/a");
  EXPECT_EQ(first.body["meta"]["next-page"], 2);
  const auto cursor = first.body["meta"]["next-cursor"].get<std::string>();
  const auto second = world->call(Method::kGet, path_ + "/authorized-repos?search=acme&page%5Bcursor%5D=" + cursor);
  ASSERT_EQ(second.data().size(), 2U);
  EXPECT_EQ(second.data()[1]["attributes"]["name"], "acme/e");
  EXPECT_TRUE(second.body["meta"]["next-cursor"].is_null());
  const auto counted = world->call(Method::kGet, path_ + "/authorized-repos?search=acme&page%5Bnumber%5D=2");
  EXPECT_EQ(counted.data(), second.data());
}

TEST_P(TokenRoutes, BranchesOfARepositoryAreListed) {
  world->forge.add_repository("1", "acme/infra");
  const auto answer = world->call(Method::kGet, path_ + "/branches?identifier=acme%2Finfra");
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.data()[0]["attributes"]["name"], "main");
  EXPECT_EQ(answer.data()[0]["attributes"]["default"], true);
  EXPECT_EQ(world->call(Method::kGet, path_ + "/branches").status, 422);
}

TEST_P(TokenRoutes, TheRepositoryCheckTellsWhetherItIsThere) {
  world->forge.add_repository("1", "acme/infra");
  const std::string check = "/api/v2/organizations/acme/vcs/repo?oauth_token_id=" + token_.str() + "&identifier=";
  EXPECT_EQ(world->call(Method::kGet, check + "acme%2Finfra").attributes()["exists"], true);
  EXPECT_EQ(world->call(Method::kGet, check + "acme%2Fnone").attributes()["exists"], false);
  world->acting_for = world->globex;
  EXPECT_EQ(world->call(Method::kGet, check + "acme%2Finfra").status, 404) << "another organization's token";
}

TEST_P(TokenRoutes, EventsAreListedNewestFirstAndFiltered) {
  const auto record = [&](providers::VcsEvent::Level level, const std::string& message) {
    providers::VcsEvent event{world->acme, token_, level, message, "do this", "acme/infra"};
    ASSERT_TRUE(world->database.write(
        [&](storage::Transaction& transaction) { return providers::record_event(transaction, world->clock, event); }));
    world->clock.advance(base::Millis(1'000));
  };
  record(providers::VcsEvent::Level::kInfo, "Processing skipped for duplicate commit SHA");
  record(providers::VcsEvent::Level::kError, "broken");
  const std::string list = "/api/v2/organizations/acme/vcs-events";
  const auto all = world->call(Method::kGet, list + "?include=oauth_client");
  ASSERT_EQ(all.data().size(), 2U);
  EXPECT_EQ(all.data()[0]["attributes"]["message"], "broken");
  EXPECT_EQ(all.data()[0]["attributes"]["suggested-action"], "do this");
  EXPECT_EQ(all.body["included"][0]["id"], client_);
  EXPECT_EQ(world->call(Method::kGet, list + "?filter%5Blevels%5D=info").data().size(), 1U);
  EXPECT_EQ(world->call(Method::kGet, list + "?filter%5Boauth_client_external_ids%5D=oc-none").data().size(), 0U);
  EXPECT_EQ(world->call(Method::kGet, list + "?filter%5Boauth_client_external_ids%5D=" + client_).data().size(), 2U);
  EXPECT_EQ(world->call(Method::kGet, list + "?filter%5Bfrom%5D=2099-01-01T00:00:00Z").data().size(), 0U);
  EXPECT_EQ(world->call(Method::kGet, list + "?filter%5Bfrom%5D=yesterday").status, 400);
}

TEST_P(TokenRoutes, KindsAreListedWithWhatTheyCanDo) {
  const auto answer = world->call(Method::kGet, "/api/v2/vcs-kinds");
  ASSERT_EQ(answer.data().size(), 4U);
  EXPECT_EQ(answer.data()[3]["attributes"]["display-name"], "Azure DevOps Server");
  EXPECT_TRUE(answer.data()[3]["attributes"]["capabilities"].contains("signed-deliveries"));
}

}  // namespace
