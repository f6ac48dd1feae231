#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/strings.h"
#include "crypto/hash.h"
#include "test_paths.h"
#include "tests/webhooks/webhooks_test.h"
#include "vcs/ado_server/kinds.h"
#include "vcs/bitbucket_data_center/kinds.h"
#include "vcs/github/kinds.h"

// Genuine payloads through the genuine drivers: what each provider sends, and what it must never be answered.
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::filesystem::path kFixtures = RUNBRIDGE_SOURCE_DIR "/../shared/fixtures";

vcs::Kind kind_named(const std::vector<vcs::Kind>& kinds, const std::string& name) {
  for (const auto& kind : kinds) {
    if (kind.name == name) return kind;
  }
  throw std::runtime_error("no kind " + name);
}

std::string hmac(const base::Secret& secret, std::string_view body) {
  return "sha256=" + base::to_hex(crypto::hmac_sha256(secret.reveal(), body));
}

class GenuineTest : public WebhooksTest {
 protected:
  struct Fixture {
    base::Headers headers;
    std::string body;
  };

  void SetUp() override {
    if (!std::filesystem::exists(kFixtures)) GTEST_SKIP() << "no fixtures at " << kFixtures;
    WebhooksTest::SetUp();
  }

  // Headers of proof are left out: every test signs with its own hook's secret.
  static Fixture fixture(const std::string& directory, const std::string& file) {
    Fixture out;
    out.body = *base::read_file(kFixtures / directory / file, 32U << 20U);
    const auto headers = json::parse(*base::read_file(kFixtures / directory / "_headers.json", 1U << 20U));
    for (const auto& [name, value] : headers.at(file).items()) {
      if (!name.starts_with("X-Hub-Signature") && name != "Authorization") out.headers.add(name, value);
    }
    return out;
  }

  webhooks::Hook attach_to(const std::string& repository_id) {
    const auto attached = hooks->attach("ws-1", repository_id);
    run();
    return attached;
  }
};

class GitHubDelivery : public GenuineTest {
 protected:
  void SetUp() override {
    GenuineTest::SetUp();
    if (IsSkipped()) return;
    hooks->use_genuine(kind_named(vcs::github::kinds(), "github"));
    push = fixture("github", "push.json");
    hook = attach_to(std::to_string(json::parse(push.body).at("repository").at("id").get<std::int64_t>()));
    secret = hooks->secret_of(hook);
  }
  int send(const Fixture& what) {
    auto headers = what.headers;
    headers.add("X-Hub-Signature-256", hmac(secret, what.body));
    return hooks->post(hook.uuid, headers, what.body).status;
  }
  Fixture push;
  webhooks::Hook hook;
  base::Secret secret;
};
INSTANTIATE_ON_BOTH_DATABASES(GitHubDelivery);

TEST_P(GitHubDelivery, APushIsStoredByteForByteAndReachesTheHandler) {
  EXPECT_EQ(send(push), 202);
  EXPECT_EQ(send(push), 200);
  run();
  EXPECT_EQ(hooks->only_state(), "done");
  EXPECT_THAT(hooks->handler.contexts, SizeIs(1));
  const auto id = webhooks::DeliveryId(world().columns("SELECT id FROM deliveries").at(0));
  const auto bytes =
      world().database.read([&](storage::Connection& connection) { return webhooks::delivery_bytes(connection, id); });
  EXPECT_EQ((*bytes)->body, push.body);
}

TEST_P(GitHubDelivery, T_W01_TwentyHeadersThatProveNothing) {
  const std::string good = hmac(secret, push.body);
  const std::string hex = good.substr(7);
  auto flipped = hex;
  flipped[10] = flipped[10] == 'a' ? 'b' : 'a';
  const std::vector<std::string> bad = {"",
                                        hex,
                                        "sha256=",
                                        "sha256= " + hex,
                                        "sha256=" + flipped,
                                        "sha256=" + hex.substr(0, 63),
                                        "sha256=" + hex.substr(0, 62),
                                        "sha256=" + hex + "00",
                                        "sha256=" + std::string(64, '0'),
                                        "sha1=" + hex.substr(0, 40),
                                        "sha512=" + hex + hex,
                                        "SHA256=" + hex,
                                        "sha256:" + hex,
                                        "sha256=\"" + hex + "\"",
                                        "sha256=" + hex + "," + hex,
                                        "sha256=zz" + hex.substr(2),
                                        hmac(base::Secret("another secret"), push.body),
                                        hmac(base::Secret(""), push.body),
                                        hmac(secret, push.body + " "),
                                        hmac(secret, "")};
  ASSERT_THAT(bad, SizeIs(20));
  for (const auto& value : bad) {
    auto headers = push.headers;
    headers.add("X-Hub-Signature-256", value);
    EXPECT_EQ(hooks->post(hook.uuid, headers, push.body).status, 401) << value;
  }
  EXPECT_EQ(hooks->delivery_count(), 0);
  auto upper = hex;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
  auto headers = push.headers;
  headers.add("X-Hub-Signature-256", "sha256=" + upper);
  EXPECT_EQ(hooks->post(hook.uuid, headers, push.body).status, 202) << "upper case is the same number";
}

TEST_P(GitHubDelivery, T_W02_T_W03_NoSignatureOrOnlyTheOldOneIsNotEnough) {
  EXPECT_EQ(hooks->post(hook.uuid, push.headers, push.body).status, 401);
  auto old = push.headers;
  old.add("X-Hub-Signature", "sha1=" + std::string(40, 'a'));
  EXPECT_EQ(hooks->post(hook.uuid, old, push.body).status, 401);
  EXPECT_EQ(hooks->delivery_count(), 0);
}

TEST_P(GitHubDelivery, T_W04_TwoSignaturesContradictEachOther) {
  for (const bool good_first : {true, false}) {
    auto headers = push.headers;
    headers.add("X-Hub-Signature-256", good_first ? hmac(secret, push.body) : "sha256=" + std::string(64, '0'));
    headers.add("X-Hub-Signature-256", good_first ? "sha256=" + std::string(64, '0') : hmac(secret, push.body));
    EXPECT_EQ(hooks->post(hook.uuid, headers, push.body).status, 400);
  }
  EXPECT_EQ(hooks->delivery_count(), 0);
}

TEST_P(GitHubDelivery, T_W05_TheRawBytesCount) {
  auto headers = push.headers;
  headers.add("X-Hub-Signature-256", hmac(secret, push.body));
  const auto again = json::parse(push.body).dump();
  ASSERT_NE(again, push.body);
  EXPECT_EQ(hooks->post(hook.uuid, headers, again).status, 401);
}

TEST_P(GitHubDelivery, T_W07_SignedNonsenseIsStoredAndParked) {
  int number = 0;
  for (const std::string body : {"{", "[]", "\"text\"", "\xEF\xBB\xBF{}", "{\"a\":\"\xff\"}", "null", "{} {}"}) {
    auto nonsense = push;
    nonsense.body = body;
    nonsense.headers.set("X-GitHub-Delivery", "n" + std::to_string(++number));
    EXPECT_EQ(send(nonsense), 202) << body;
  }
  run();
  EXPECT_EQ(hooks->delivery_count("parked"), number);
  EXPECT_THAT(hooks->handler.contexts, IsEmpty());
}

TEST_P(GitHubDelivery, T_W08_UnusedEventsAreIgnoredWithAReason) {
  EXPECT_EQ(send(fixture("github", "issue_comment.created_on_pr.json")), 202);
  run();
  EXPECT_EQ(hooks->only_state(), "ignored");
  EXPECT_THAT(hooks->only_reason(), testing::Not(IsEmpty()));
}

TEST_P(GitHubDelivery, T_W09_APingIsAnswered200) {
  EXPECT_EQ(send(fixture("github", "ping.json")), 200);
  run();
  EXPECT_EQ(hooks->only_state(), "done");
}

TEST_P(GitHubDelivery, T_W18_APayloadOfAnotherRepositoryIsNotRoutedByWhatItSays) {
  auto foreign = push;
  auto body = json::parse(push.body);
  body["repository"]["id"] = 999;
  foreign.body = body.dump();
  EXPECT_EQ(send(foreign), 202);
  run();
  EXPECT_EQ(hooks->only_state(), "ignored");
  EXPECT_THAT(hooks->only_reason(), HasSubstr("repository mismatch"));
}

TEST_P(GitHubDelivery, T_M07_EachOrganizationsHookNeedsItsOwnSecret) {
  const auto theirs = hooks->attach_for_globex("ws-9");
  auto headers = push.headers;
  headers.add("X-Hub-Signature-256", hmac(secret, push.body));
  EXPECT_EQ(hooks->post(theirs.uuid, headers, push.body).status, 401);
}

class AzureDevOpsDelivery : public GenuineTest {
 protected:
  void SetUp() override {
    GenuineTest::SetUp();
    if (IsSkipped()) return;
    hooks->use_genuine(kind_named(vcs::ado_server::kinds(), "ado_server"));
    push = fixture("azure-devops-services", "git.push.json");
    hook = attach_to(json::parse(push.body).at("resource").at("repository").at("id").get<std::string>());
    authorization = "Basic " + base::to_base64("runbridge:" + hooks->secret_of(hook).reveal());
  }
  int send(const Fixture& what) {
    auto headers = what.headers;
    headers.add("Authorization", authorization);
    return hooks->post(hook.uuid, headers, what.body).status;
  }
  Fixture push;
  webhooks::Hook hook;
  std::string authorization;
};
INSTANTIATE_ON_BOTH_DATABASES(AzureDevOpsDelivery);

TEST_P(AzureDevOpsDelivery, APushReachesTheHandlerAndItsPasswordIsNotKept) {
  EXPECT_EQ(send(push), 202);
  run();
  EXPECT_EQ(hooks->only_state(), "done");
  EXPECT_THAT(hooks->handler.events, testing::Not(IsEmpty()));
  for (const auto& headers : world().columns("SELECT CAST(COUNT(*) AS TEXT) FROM deliveries")) EXPECT_EQ(headers, "1");
  const auto id = webhooks::DeliveryId(world().columns("SELECT id FROM deliveries").at(0));
  const auto bytes =
      world().database.read([&](storage::Connection& connection) { return webhooks::delivery_bytes(connection, id); });
  EXPECT_EQ((*bytes)->headers.get("Authorization"), "***");
}

// 401, 404, 410 and 500 put a subscription on probation, and events that come meanwhile are lost.
TEST_P(AzureDevOpsDelivery, AnAuthenticEventIsNeverAnsweredWithAnError) {
  for (const auto* file : {"git.push.sample.json", "git.pullrequest.created.sample.json", "pullrequest-comment.json",
                           "git.push.branch_create_no_commits.json", "git.pullrequest.updated.json"}) {
    EXPECT_THAT(send(fixture("azure-devops-services", file)), testing::AnyOf(200, 202)) << file;
  }
  auto nonsense = push;
  for (const auto* body : {"", "{", "[1]", "{\"eventType\":7}",
                           "{\"eventType\":\"a\\u0000b\",\"subscriptionId\":\"\\u0000\",\"notificationId\":1}",
                           "{\"eventType\":\"star\"}"}) {
    nonsense.body = body;
    EXPECT_THAT(send(nonsense), testing::AnyOf(200, 202)) << body;
  }
  run();
  EXPECT_EQ(hooks->delivery_count("received"), 0);
  forge().fail("remove_hook", base::unavailable("not reached"), 100);
  hooks->detach("ws-1");
  push.body += " ";
  EXPECT_EQ(send(push), 202) << "nor when nobody uses the hook any more";
}

TEST_P(AzureDevOpsDelivery, AWrongPasswordIsRefused) {
  authorization = "Basic " + base::to_base64("runbridge:guess");
  EXPECT_EQ(send(push), 401);
  authorization = "Basic " + base::to_base64("someone:" + hooks->secret_of(hook).reveal());
  EXPECT_EQ(send(push), 401);
  EXPECT_EQ(hooks->delivery_count(), 0);
}

class BitbucketDataCenterDelivery : public GenuineTest {
 protected:
  void SetUp() override {
    GenuineTest::SetUp();
    if (IsSkipped()) return;
    hooks->use_genuine(kind_named(vcs::bitbucket_data_center::kinds(), "bitbucket_data_center"));
    push = fixture("bitbucket-datacenter", "repo_refs_changed.update.json");
    hook = attach_to(std::to_string(json::parse(push.body).at("repository").at("id").get<std::int64_t>()));
  }
  Fixture push;
  webhooks::Hook hook;
};
INSTANTIATE_ON_BOTH_DATABASES(BitbucketDataCenterDelivery);

TEST_P(BitbucketDataCenterDelivery, ASignedPushReachesTheHandler) {
  push.headers.add("X-Hub-Signature", hmac(hooks->secret_of(hook), push.body));
  EXPECT_EQ(hooks->post(hook.uuid, push.headers, push.body).status, 202);
  run();
  EXPECT_EQ(hooks->only_state(), "done");
}

TEST_P(BitbucketDataCenterDelivery, T_W02_AnUnsignedPushIsRefused) {
  EXPECT_EQ(hooks->post(hook.uuid, push.headers, push.body).status, 401);
}

TEST_P(BitbucketDataCenterDelivery, T_W09_TheUnsignedConnectionTestIsAnsweredAndKeptOnce) {
  auto ping = fixture("bitbucket-datacenter", "diagnostics_ping.json");
  for (const auto* id : {"first", "second", "third"}) {
    ping.headers.set("X-Request-Id", id);
    EXPECT_EQ(hooks->post(hook.uuid, ping.headers, ping.body).status, 200);
  }
  run();
  EXPECT_EQ(hooks->delivery_count(), 1);
  EXPECT_THAT(hooks->handler.contexts, IsEmpty());
}

}  // namespace
