#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/webhooks/webhooks_test.h"

namespace {

using namespace std::chrono_literals;
using http::Method;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ReceiverTest : public HookTest {};
INSTANTIATE_ON_BOTH_DATABASES(ReceiverTest);

TEST_P(ReceiverTest, AnAuthenticDeliveryIsOnDiskWithItsBytesBeforeTheAnswer) {
  const auto response = hooks->send(hook, {.body = "push 1\n\xff", .more = {{"Authorization", "Basic c2VjcmV0"}}});
  EXPECT_EQ(response.status, 202);
  EXPECT_THAT(response.body, IsEmpty());
  const auto id = webhooks::DeliveryId(world().columns("SELECT id FROM deliveries").at(0));
  const auto bytes =
      world().database.read([&](storage::Connection& connection) { return webhooks::delivery_bytes(connection, id); });
  ASSERT_TRUE(bytes && *bytes);
  EXPECT_EQ((*bytes)->body, "push 1\n\xff");
  EXPECT_EQ((*bytes)->headers.get("X-Delivery"), "d-1");
  EXPECT_EQ((*bytes)->headers.get("Authorization"), "***") << "a password does not belong on disk";
}

TEST_P(ReceiverTest, T_W01_AForgedDeliveryLeavesNoRowButIsCounted) {
  EXPECT_EQ(hooks->send(hook, {.secret = "guess"}).status, 401);
  EXPECT_EQ(hooks->send(hook, {.secret = "guess2"}).status, 401);
  EXPECT_EQ(hooks->delivery_count(), 0);
  world().clock.advance(11s);
  hooks->send(hook, {.secret = "guess3"});
  EXPECT_THAT(world().columns("SELECT CAST(rejected AS TEXT) FROM vcs_hooks"), ElementsAre("3"));
}

TEST_P(ReceiverTest, T_W02_WithoutAProofNothingIsAccepted) {
  EXPECT_EQ(hooks->post(hook.uuid, {{"X-Delivery", "d-1"}}, "push 1").status, 401);
  EXPECT_EQ(hooks->delivery_count(), 0);
}

TEST_P(ReceiverTest, T_W04_ContradictoryHeadersAreMalformed) {
  EXPECT_EQ(hooks->send(hook, {.more = {{"X-Secret", "second"}}}).status, 400);
  EXPECT_EQ(hooks->delivery_count(), 0);
}

TEST_P(ReceiverTest, T_W06_AnEmptyBodyIsKeptAndNotRepeated) {
  EXPECT_EQ(hooks->send(hook, {.body = ""}).status, 202);
  run();
  EXPECT_EQ(hooks->only_state(), "parked");
  EXPECT_THAT(hooks->only_reason(), HasSubstr("invalid payload"));
}

TEST_P(ReceiverTest, T_W09_APingIsAnsweredWith200AndShowsThatTheHookWorks) {
  EXPECT_EQ(hooks->send(hook, {.body = "ping", .event = "ping"}).status, 200);
  run();
  EXPECT_EQ(hooks->only_state(), "done");
  const auto shown = world().call(Method::kGet, "/api/v2/vcs-hooks/" + hook.id.str());
  EXPECT_FALSE(shown.attributes()["last-event-at"].is_null());
}

TEST_P(ReceiverTest, T_W10_TheSameDeliveryAgainIsOneRecordAndOneRun) {
  EXPECT_EQ(hooks->send(hook, {}).status, 202);
  EXPECT_EQ(hooks->send(hook, {}).status, 200);
  run();
  EXPECT_EQ(hooks->send(hook, {}).status, 200);
  run();
  EXPECT_EQ(hooks->delivery_count(), 1);
  EXPECT_THAT(world().columns("SELECT delivery FROM test_runs"), SizeIs(1));
}

TEST_P(ReceiverTest, T_W10_ThirtyTwoAtOnceAreOneRecordAndOneRun) {
  std::vector<std::jthread> threads;
  std::atomic<int> accepted{0};
  for (int index = 0; index < 32; ++index) {
    threads.emplace_back([&] {
      const int status = hooks->send(hook, {}).status;
      if (status == 200 || status == 202) ++accepted;
    });
  }
  threads.clear();
  EXPECT_EQ(accepted, 32);
  run();
  EXPECT_EQ(hooks->delivery_count(), 1);
  EXPECT_THAT(world().columns("SELECT delivery FROM test_runs"), SizeIs(1));
}

TEST_P(ReceiverTest, ManyThatComeTogetherAreEachWorkedOnOnce) {
  constexpr int kMany = 64;
  std::vector<std::jthread> threads;
  std::atomic<int> accepted{0};
  for (int index = 0; index < kMany; ++index) {
    threads.emplace_back([&, index] {
      if (hooks->send(hook, {.delivery = "d-" + std::to_string(index)}).status == 202) ++accepted;
    });
  }
  threads.clear();
  EXPECT_EQ(accepted, kMany);
  run();
  EXPECT_EQ(hooks->delivery_count("done"), kMany);
  const auto runs = world().columns("SELECT delivery FROM test_runs");
  EXPECT_THAT(runs, SizeIs(kMany));
  EXPECT_THAT(std::set<std::string>(runs.begin(), runs.end()), SizeIs(kMany));
}

TEST_P(ReceiverTest, ALongBodyIsKeptPackedAndComesBackAsItWas) {
  std::string body;
  for (int line = 0; line < 500; ++line)
    body += "\"url\": \"https://forge.example/acme/infra/" + std::to_string(line) + "\"";
  EXPECT_EQ(hooks->send(hook, {.body = body}).status, 202);
  EXPECT_EQ(hooks->send(hook, {.body = body}).status, 200) << "the same bytes";
  EXPECT_EQ(hooks->send(hook, {.body = body + " "}).status, 200);
  EXPECT_EQ(hooks->delivery_count("parked"), 1) << "other bytes under the same name";
  const auto id = webhooks::DeliveryId(world().columns("SELECT id FROM deliveries WHERE delivery_key = 'd-1'").at(0));
  const auto bytes =
      world().database.read([&](storage::Connection& connection) { return webhooks::delivery_bytes(connection, id); });
  ASSERT_TRUE(bytes && *bytes);
  EXPECT_EQ((*bytes)->body, body);
  const auto kept = world().columns("SELECT CAST(LENGTH(body) AS TEXT) FROM deliveries WHERE delivery_key = 'd-1'");
  EXPECT_LT(std::stoul(kept.at(0)), body.size() / 2);
}

TEST_P(ReceiverTest, T_F22_ADeliveryRepeatedAfterThirtyDaysIsStillKnown) {
  hooks->send(hook, {});
  run();
  world().clock.advance(30 * 24h);
  EXPECT_EQ(hooks->send(hook, {}).status, 200);
  run();
  EXPECT_THAT(world().columns("SELECT delivery FROM test_runs"), SizeIs(1));
}

TEST_P(ReceiverTest, T_F2_ADeliveryCommittedBeforeACrashIsWorkedOnOnce) {
  hooks->send(hook, {});  // committed; the process dies before anybody hears of it
  hooks->restart();
  EXPECT_EQ(hooks->send(hook, {}).status, 200) << "sent again, since no answer came";
  run();
  EXPECT_THAT(world().columns("SELECT delivery FROM test_runs"), SizeIs(1));
}

TEST_P(ReceiverTest, T_W11_TheSameIdWithAnotherBodyIsKeptAsAConflict) {
  hooks->send(hook, {.body = "push 1"});
  EXPECT_EQ(hooks->send(hook, {.body = "push 1 "}).status, 200);
  EXPECT_EQ(hooks->send(hook, {.body = "push 1 "}).status, 200);
  run();
  EXPECT_EQ(hooks->delivery_count(), 2);
  EXPECT_EQ(hooks->delivery_count("parked"), 1);
  EXPECT_THAT(world().columns("SELECT delivery FROM test_runs"), SizeIs(1));
  EXPECT_THAT(world().columns("SELECT message FROM vcs_events"), ElementsAre(HasSubstr("with another body")));
}

TEST_P(ReceiverTest, WithoutADeliveryIdTheBodyIsTheKey) {
  EXPECT_EQ(hooks->send(hook, {.delivery = ""}).status, 202);
  EXPECT_EQ(hooks->send(hook, {.delivery = ""}).status, 200);
  EXPECT_EQ(hooks->send(hook, {.delivery = "", .body = "push 1\n"}).status, 202);
  EXPECT_EQ(hooks->delivery_count(), 2);
}

TEST_P(ReceiverTest, TheSameDeliveryIdAtAnotherHookIsAnotherDelivery) {
  const auto other = hooks->attach("ws-2", "2");
  EXPECT_EQ(hooks->send(hook, {}).status, 202);
  EXPECT_EQ(hooks->send(other, {}).status, 202);
}

TEST_P(ReceiverTest, T_W17_UnknownAndRemovedHooksAnswerAlike) {
  const std::string never = "0b1c2d3e-0000-4000-8000-000000000000";
  const auto secret = hooks->secret_of(hook).reveal();
  hooks->detach("ws-1");
  run();
  const auto removed = hooks->post(hook.uuid, {{"X-Secret", secret}}, "push 1");
  const auto unknown = hooks->post(never, {{"X-Secret", secret}}, "push 1");
  const auto garbage = hooks->post("..%2f", {{"X-Secret", secret}}, "push 1");
  EXPECT_EQ(removed.status, 404);
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(removed.body, unknown.body);
  EXPECT_EQ(garbage.body, unknown.body);
}

// Taken in turns, so that whatever else the machine does meets both alike.
TEST_P(ReceiverTest, T_W17_UnknownAndRemovedHooksTakeTheSameTime) {
  const std::string never = "0b1c2d3e-0000-4000-8000-000000000000";
  const auto secret = hooks->secret_of(hook).reveal();
  hooks->detach("ws-1");
  run();
  constexpr int kSamples = 1'000;
  const auto taken = [&](const std::string& uuid) {
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(hooks->post(uuid, {{"X-Secret", secret}}, "push 1").status, 404);
    return std::chrono::steady_clock::now() - begun;
  };
  std::vector<std::chrono::steady_clock::duration> removed, unknown;
  for (int i = 0; i < kSamples; ++i) {
    removed.push_back(taken(hook.uuid));
    unknown.push_back(taken(never));
  }
  const auto median = [](auto& samples) {
    std::nth_element(samples.begin(), samples.begin() + kSamples / 2, samples.end());
    return std::chrono::duration<double, std::micro>(samples[kSamples / 2]).count();
  };
  const double ratio = median(removed) / median(unknown);
  EXPECT_GT(ratio, 0.67) << median(removed) << " against " << median(unknown) << " microseconds";
  EXPECT_LT(ratio, 1.5) << median(removed) << " against " << median(unknown) << " microseconds";
}

TEST_P(ReceiverTest, T_W17_AHookNobodyUsesAcceptsAndIgnores) {
  forge().fail("remove_hook", base::unavailable("not reached"), 100);
  const auto secret = hooks->secret_of(hook).reveal();
  hooks->detach("ws-1");
  EXPECT_EQ(hooks->send(hook, {.secret = secret}).status, 202);
  run();
  EXPECT_EQ(hooks->only_state(), "ignored");
  EXPECT_THAT(world().columns("SELECT delivery FROM test_runs"), IsEmpty());
  EXPECT_EQ(hooks->send(hook, {.secret = "guess"}).status, 401) << "still proven";
}

TEST_P(ReceiverTest, T_W23_ABodyOf25MegabytesIsStored) {
  std::string body = "push 1 ";
  body.resize(std::size_t{25} << 20U, 'x');
  EXPECT_EQ(hooks->send(hook, {.body = body}).status, 202);
  EXPECT_THAT(world().columns("SELECT CAST(body_size AS TEXT) FROM deliveries"), ElementsAre("26214400"));
}

TEST_P(ReceiverTest, T_W24_AFormIsTheWrongType) {
  base::Headers headers{{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
                        {"X-Secret", hooks->secret_of(hook).reveal()}};
  EXPECT_EQ(hooks->post(hook.uuid, headers, "payload=%7B%7D").status, 415);
  EXPECT_EQ(hooks->delivery_count(), 0);
}

TEST_P(ReceiverTest, T_W24_TheRouteTakesPostOnlyAndLimitsTheBody) {
  const auto match = world().router.match(Method::kGet, "/webhooks/vcs/" + hook.uuid);
  ASSERT_TRUE(match);
  EXPECT_EQ(match->route, nullptr);
  EXPECT_THAT(match->allowed, ElementsAre(Method::kPost));
  const auto post = world().router.match(Method::kPost, "/webhooks/vcs/" + hook.uuid);
  ASSERT_NE(post->route, nullptr);
  EXPECT_GE(post->route->body_limit, std::size_t{25} << 20U);
  EXPECT_LT(post->route->body_limit, std::size_t{26} << 20U);
  EXPECT_EQ(post->route->lane, http::Lane::kWebhook);
}

TEST_P(ReceiverTest, TheHotPathOpensTheSecretOnce) {
  hooks->send(hook, {.delivery = "a", .secret = hooks->secret_of(hook).reveal()});
  const auto secret = hooks->secret_of(hook).reveal();
  const auto before = world().vault.opened();
  for (int index = 0; index < 10; ++index) {
    hooks->send(hook, {.delivery = "b" + std::to_string(index), .secret = secret});
  }
  EXPECT_EQ(world().vault.opened(), before);
}

TEST_P(ReceiverTest, ALongListIsCountedExactlyWhenAskedTo) {
  hooks->send(hook, {.delivery = "a", .body = "push 1"});
  run();
  ASSERT_TRUE(world().database.write([](storage::Transaction& transaction) {
    return transaction.execute(R"sql(
WITH RECURSIVE series (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < 5200)
INSERT INTO deliveries (id, organization_id, hook_id, client_id, token_id, kind, repository_path, delivery_key,
  event_name, state, reason, attempts, retries, received_at, peer, body_size, body_digest, headers, body)
SELECT 'dlv-' || n, organization_id, hook_id, client_id, token_id, kind, repository_path, 'key-' || n,
  event_name, state, reason, attempts, retries, received_at, peer, body_size, body_digest, headers, body
FROM deliveries, series)sql");
  }));
  const std::string list = "/api/v2/organizations/acme/deliveries";
  EXPECT_EQ(world().call(Method::kGet, list).body["meta"]["pagination"]["total-count"], 5'000);
  EXPECT_EQ(world().call(Method::kGet, list + "?count=exact").body["meta"]["pagination"]["total-count"], 5'201);
  EXPECT_EQ(world().call(Method::kGet, list + "?count=roughly").status, 400);
}

TEST_P(ReceiverTest, DeliveriesAreListedAndShown) {
  hooks->send(hook, {.delivery = "a", .body = "push 1"});
  world().clock.advance(1s);
  hooks->send(hook, {.delivery = "b", .body = "\xff"});
  run();
  const std::string list = "/api/v2/organizations/acme/deliveries";
  const auto all = world().call(Method::kGet, list);
  ASSERT_EQ(all.data().size(), 2U) << all.text;
  EXPECT_EQ(all.data()[0]["attributes"]["delivery-id"], "b") << "newest first";
  EXPECT_EQ(all.body["meta"]["pagination"]["total-count"], 2);
  EXPECT_EQ(world().call(Method::kGet, list + "?filter%5Bstate%5D=parked").data().size(), 1U);
  EXPECT_EQ(world().call(Method::kGet, list + "?filter%5Bstate%5D=parked,done").data().size(), 2U);
  EXPECT_EQ(world().call(Method::kGet, list + "?filter%5Bstate%5D=lost").status, 400);
  EXPECT_EQ(world().call(Method::kGet, list + "?filter%5Brepository%5D=acme%2Fother").data().size(), 0U);
  EXPECT_EQ(world().call(Method::kGet, list + "?filter%5Boauth-client%5D=" + hooks->client).data().size(), 2U);
  const auto one = world().call(Method::kGet, "/api/v2/deliveries/" + all.data()[1]["id"].get<std::string>());
  EXPECT_EQ(one.attributes()["body"], "push 1");
  EXPECT_EQ(one.attributes()["state"], "done");
  EXPECT_EQ(one.attributes()["reason"], "1 run started");
  const auto bytes = world().call(Method::kGet, "/api/v2/deliveries/" + all.data()[0]["id"].get<std::string>());
  EXPECT_TRUE(bytes.attributes()["body"].is_null());
  EXPECT_EQ(bytes.attributes()["body-base64"], "/w==");
}

TEST_P(ReceiverTest, DeliveriesAreFoundByTextAndTime) {
  hooks->send(hook, {.delivery = "a", .body = "push 1"});
  const auto first = world().clock.now();
  world().clock.advance(1h);
  hooks->send(hook, {.delivery = "b", .body = "\xff"});
  run();
  const std::string list = "/api/v2/organizations/acme/deliveries?";
  const auto found = [&](const std::string& query) {
    std::vector<std::string> keys;
    const auto answer = world().call(Method::kGet, list + query);
    for (const auto& one : answer.data()) keys.push_back(one["attributes"]["delivery-id"]);
    return keys;
  };
  const auto of = [](base::Time time) { return base::format_time(time); };
  EXPECT_THAT(found("search%5Bbasic%5D=ACME/INF"), ElementsAre("b", "a"));
  EXPECT_THAT(found("search%5Bbasic%5D=1%20run"), ElementsAre("a"));
  EXPECT_THAT(found("search%5Bbasic%5D=%25"), IsEmpty()) << "a pattern is plain text here";
  EXPECT_THAT(found("filter%5Bfrom%5D=" + of(first + 1min)), ElementsAre("b"));
  EXPECT_THAT(found("filter%5Bto%5D=" + of(first)), ElementsAre("a")) << "bounds are included";
  EXPECT_THAT(found("search%5Bbasic%5D=acme&filter%5Bto%5D=" + of(first)), ElementsAre("a"));
  const auto id = world().call(Method::kGet, list).data()[0]["id"].get<std::string>();
  EXPECT_THAT(found("search%5Bbasic%5D=" + id), ElementsAre("b"));
  EXPECT_EQ(world().call(Method::kGet, list + "filter%5Bfrom%5D=yesterday").status, 400);
}

TEST_P(ReceiverTest, StatisticsTellEachHourOfTheLastDay) {
  const std::string path = "/api/v2/organizations/acme/delivery-statistics";
  hooks->send(hook, {.delivery = "a", .body = "push 1"});
  world().clock.advance(250ms);
  run();
  world().clock.advance(2h);
  hooks->send(hook, {.delivery = "b", .body = "\xff"});
  run();
  const auto hours = world().call(Method::kGet, path).attributes()["hours"];
  ASSERT_EQ(hours.size(), 24U);
  EXPECT_EQ(hours[23]["received"], 1);
  EXPECT_EQ(hours[23]["failed"], 1) << "set aside";
  EXPECT_EQ(hours[22]["received"], 0);
  EXPECT_TRUE(hours[22]["mean-latency-ms"].is_null());
  EXPECT_EQ(hours[21]["received"], 1);
  EXPECT_EQ(hours[21]["failed"], 0);
  EXPECT_EQ(hours[21]["mean-latency-ms"], 250);
  EXPECT_EQ(hours[21]["worst-latency-ms"], 250);
  world().clock.advance(23h);
  EXPECT_EQ(world().call(Method::kGet, path).attributes()["hours"][0]["received"], 1);
  world().acting_for = world().globex;
  const auto theirs = world().call(Method::kGet, "/api/v2/organizations/globex/delivery-statistics");
  for (const auto& hour : theirs.attributes()["hours"]) {
    EXPECT_EQ(hour["received"], 0) << "another organization's deliveries are not counted";
  }
}

TEST_P(ReceiverTest, EveryRouteOfTheFolderHasAPermissionAndAnOwner) {
  EXPECT_THAT(world().guard->gaps(world().router), IsEmpty());
}

}  // namespace
