#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/webhooks/webhooks_test.h"

namespace {

using http::Method;
using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class ReplayTest : public HookTest {
 protected:
  std::string deliver(const std::string& body = "push 1", const std::string& key = "d-1") {
    EXPECT_EQ(hooks->send(hook, {.delivery = key, .body = body}).status, 202);
    run();
    return world().columns("SELECT id FROM deliveries WHERE delivery_key = '" + key + "'").at(0);
  }
  fakes::World::Answer replay(const std::string& id, const json& attributes = json::object()) {
    return world().call(Method::kPost, "/api/v2/deliveries/" + id + "/actions/replay",
                        {{"data", {{"type", "deliveries"}, {"attributes", attributes}}}});
  }
  // From now on the real guard judges every call.
  void ask_with_the_token_of(const auth::OrganizationId& organization) {
    world().guard->set_session_check([organization](const http::Request&) {
      auth::SessionProof proof;
      proof.principal.kind = auth::Principal::Kind::kOrganization;
      proof.principal.organization = organization;
      proof.principal.token = auth::TokenId("at-" + organization.str());
      return std::optional(proof);
    });
    world().router.set_filter(world().guard->filter());
  }
  std::vector<std::string> made() { return world().columns("SELECT delivery FROM test_runs"); }
};
INSTANTIATE_ON_BOTH_DATABASES(ReplayTest);

TEST_P(ReplayTest, T_W12_AReplayIsWorkedThroughAgainAndMakesNoSecondRun) {
  const auto id = deliver();
  const auto answer = replay(id);
  EXPECT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.data()["id"], id);
  EXPECT_EQ(answer.attributes()["state"], "received");
  EXPECT_TRUE(answer.attributes()["finished-at"].is_null());
  run();
  ASSERT_THAT(hooks->handler.contexts, SizeIs(2));
  EXPECT_FALSE(hooks->handler.contexts[0].replayed);
  EXPECT_TRUE(hooks->handler.contexts[1].replayed);
  EXPECT_THAT(made(), SizeIs(1));
  const auto shown = world().call(Method::kGet, "/api/v2/deliveries/" + id);
  EXPECT_EQ(shown.attributes()["state"], "done");
  EXPECT_EQ(shown.attributes()["reason"], "no run started");
  EXPECT_EQ(shown.attributes()["attempts"], 2);
  EXPECT_EQ(shown.attributes()["replays"], 1);
}

TEST_P(ReplayTest, AForcedReplayMakesRunsOnceMore) {
  const auto id = deliver();
  const auto other = deliver("push 1", "d-2");
  EXPECT_EQ(replay(id, {{"force", true}}).status, 200);
  run();
  EXPECT_THAT(made(), testing::UnorderedElementsAre(id, id, other));
  EXPECT_EQ(replay(id).status, 200);
  run();
  EXPECT_THAT(made(), SizeIs(3)) << "what was forced once is not forced for ever";
}

TEST_P(ReplayTest, APackedBodyIsReplayedAsItCame) {
  const std::string body = "ignored " + std::string(20'000, 'x');
  const auto id = deliver(body);
  ASSERT_THAT(world().columns("SELECT id FROM deliveries WHERE packing = 1"), SizeIs(1));
  EXPECT_EQ(replay(id).attributes()["body"], body);
  run();
  EXPECT_EQ(hooks->only_state(), "ignored");
  EXPECT_THAT(hooks->only_reason(), testing::StartsWith("xxx"));
}

TEST_P(ReplayTest, OneOfManyIsReplayedAlone) {
  std::vector<webhooks::DeliveryId> ids;
  for (const auto* key : {"d-1", "d-2", "d-3"}) ids.emplace_back(deliver("push 1", key));
  EXPECT_EQ(replay(ids[1].str(), {{"force", true}}).status, 200);
  run();
  EXPECT_THAT(made(), testing::UnorderedElementsAre(ids[0].str(), ids[1].str(), ids[1].str(), ids[2].str()));
  EXPECT_EQ(hooks->delivery_count("done"), 3);
}

TEST_P(ReplayTest, ADeliveryThatIsWorkedOnCannotBeReplayed) {
  ASSERT_EQ(hooks->send(hook, {}).status, 202);
  const auto id = world().columns("SELECT id FROM deliveries").at(0);
  EXPECT_EQ(replay(id).status, 409);
  run();
  EXPECT_EQ(replay(id).status, 200);
  const auto again = replay(id, {{"force", true}});
  EXPECT_EQ(again.status, 409);
  EXPECT_THAT(again.detail(), HasSubstr("still being worked on"));
  run();
  EXPECT_THAT(made(), SizeIs(1)) << "what was refused released nothing";
}

TEST_P(ReplayTest, AParkedDeliveryIsTakenUpAfterItsCauseIsGone) {
  hooks->handler.instead = [](const webhooks::DeliveryContext&) -> base::Result<webhooks::HandlerOutcome> {
    return base::invalid("the commit id is no commit id");
  };
  const auto id = deliver();
  ASSERT_EQ(hooks->only_state(), "parked");
  hooks->handler.instead = {};
  EXPECT_EQ(replay(id).status, 200);
  run();
  EXPECT_EQ(hooks->only_state(), "done");
  EXPECT_THAT(made(), SizeIs(1));
}

TEST_P(ReplayTest, T_F37_AReplayThatTakesTheServerDownIsParkedAsEver) {
  hooks->handler.instead = [](const webhooks::DeliveryContext&) -> base::Result<webhooks::HandlerOutcome> {
    return base::unavailable("no room");
  };
  const auto id = deliver();
  for (int round = 0; round < 20; ++round) run_after(std::chrono::seconds(400));
  ASSERT_EQ(hooks->only_state(), "failed");
  EXPECT_EQ(replay(id).status, 200);
  jobs::Job job;
  job.kind = "delivery.process";
  job.key = job.payload = id;
  job.attempt = 4;
  hooks->dispatcher->process(job);
  EXPECT_EQ(hooks->only_state(), "parked");
  EXPECT_THAT(hooks->only_reason(), HasSubstr("stopped three times"));
}

TEST_P(ReplayTest, ABodyThatIsNotKeptAnyMoreIsSaid) {
  const auto id = deliver();
  ASSERT_TRUE(world().database.write([](storage::Transaction& transaction) {
    return transaction.execute("UPDATE deliveries SET body = $1, packing = 0", {storage::Blob{""}});
  }));
  const auto answer = replay(id);
  EXPECT_EQ(answer.status, 409);
  EXPECT_THAT(answer.detail(), HasSubstr("not kept any more"));
  EXPECT_EQ(hooks->only_state(), "done");
}

TEST_P(ReplayTest, AnotherOrganizationDoesNotSeeTheDelivery) {
  const auto id = deliver();
  ask_with_the_token_of(world().globex);
  EXPECT_EQ(replay(id).status, 404);
  ask_with_the_token_of(world().acme);
  EXPECT_EQ(replay("dlv-none").status, 404);
  EXPECT_EQ(hooks->only_state(), "done");
  EXPECT_THAT(world().columns("SELECT id FROM audit_events WHERE action = 'delivery.replay'"), IsEmpty());
  EXPECT_EQ(replay(id).status, 200);
}

TEST_P(ReplayTest, TheAuditLogSaysWhoAndWhy) {
  const auto id = deliver("ignored starred");
  EXPECT_EQ(replay(id, {{"comment", "the rule was wrong"}}).status, 200);
  const auto details = world().columns("SELECT detail FROM audit_events WHERE action = 'delivery.replay'");
  ASSERT_THAT(details, SizeIs(1));
  const auto detail = json::parse(details[0]);
  EXPECT_EQ(detail["comment"], "the rule was wrong");
  EXPECT_EQ(detail["force"], false);
  EXPECT_EQ(detail["state-before"], "ignored");
  EXPECT_EQ(detail["reason-before"], "starred");
}

TEST_P(ReplayTest, WhatIsNotUnderstoodOfTheRequestChangesNothing) {
  const auto id = deliver();
  const auto answer = replay(id, {{"force", "yes"}});
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(answer.pointer(), "/data/attributes/force");
  EXPECT_EQ(hooks->only_state(), "done");
}

}  // namespace
