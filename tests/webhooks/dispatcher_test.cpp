#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/webhooks/webhooks_test.h"

namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class DispatcherTest : public HookTest {
 protected:
  void deliver(const std::string& body, const std::string& id = "d-1") {
    ASSERT_EQ(hooks->send(hook, {.delivery = id, .body = body}).status, 202);
    run();
  }
};
INSTANTIATE_ON_BOTH_DATABASES(DispatcherTest);

TEST_P(DispatcherTest, APushReachesTheHandlerWithWhatTheHookKnows) {
  deliver("push 1");
  ASSERT_THAT(hooks->handler.contexts, SizeIs(1));
  const auto& context = hooks->handler.contexts[0];
  EXPECT_EQ(context.hook, hook.id);
  EXPECT_EQ(context.organization, world().acme);
  EXPECT_EQ(context.token, hooks->token);
  EXPECT_EQ(context.repository_path, "acme/infra");
  EXPECT_EQ(context.kind->name, "github");
  EXPECT_EQ(context.attempt, 1);
  EXPECT_EQ(hooks->only_state(), "done");
}

TEST_P(DispatcherTest, T_W07_WhatCannotBeUnderstoodIsParkedWithItsBytes) {
  deliver("{]");
  EXPECT_EQ(hooks->only_state(), "parked");
  EXPECT_THAT(hooks->only_reason(), HasSubstr("no such event"));
  EXPECT_THAT(world().columns("SELECT message FROM vcs_events"), ElementsAre(HasSubstr("acme/infra")));
  run_after(1h);
  EXPECT_THAT(hooks->handler.contexts, IsEmpty());
}

TEST_P(DispatcherTest, T_W08_AnUnusedEventIsIgnoredWithItsReason) {
  deliver("ignored starred");
  EXPECT_EQ(hooks->only_state(), "ignored");
  EXPECT_EQ(hooks->only_reason(), "starred");
}

TEST_P(DispatcherTest, T_W18_AnotherRepositorysEventIsIgnored) {
  deliver("push 2");
  EXPECT_EQ(hooks->only_state(), "ignored");
  EXPECT_THAT(hooks->only_reason(), HasSubstr("repository mismatch"));
  EXPECT_THAT(hooks->handler.contexts, IsEmpty());
}

TEST_P(DispatcherTest, T_W19_ARenameCountsOnlyAsTheProviderTellsIt) {
  deliver("rename 1 evil/place");
  EXPECT_EQ(hooks->only_state(), "ignored");
  EXPECT_EQ(hooks->hook_of("ws-1")->repository_path, "acme/infra");
  forge().rename_repository("1", "acme/platform");
  deliver("rename 1 acme/platform", "d-2");
  EXPECT_EQ(hooks->hook_of("ws-1")->repository_path, "acme/platform");
  ASSERT_THAT(hooks->handler.events, SizeIs(1));
  const auto& renamed = std::get<vcs::RepositoryRenamed>(hooks->handler.events[0]);
  EXPECT_EQ(renamed.repository.path, "acme/platform");
  EXPECT_EQ(renamed.old_path, "acme/infra");
}

TEST_P(DispatcherTest, T_W19_ARenameToAnotherRepositorysPlaceIsIgnored) {
  deliver("rename 1 acme/other");
  EXPECT_EQ(hooks->only_state(), "ignored");
  EXPECT_EQ(hooks->hook_of("ws-1")->repository_path, "acme/infra");
}

TEST_P(DispatcherTest, T_F37_AParserThatThrowsParksTheDeliveryAndOthersFlow) {
  deliver("crash");
  EXPECT_EQ(hooks->only_state(), "parked");
  deliver("push 1", "d-2");
  EXPECT_EQ(hooks->delivery_count("done"), 1);
}

// The queue counts an attempt before it begins; three that never ended are three deaths of the process.
TEST_P(DispatcherTest, T_F37_ADeliveryThatTookTheServerDownThreeTimesIsParked) {
  ASSERT_EQ(hooks->send(hook, {}).status, 202);
  const auto id = world().columns("SELECT id FROM deliveries").at(0);
  jobs::Job job;
  job.kind = "delivery.process";
  job.key = job.payload = id;
  job.attempt = 4;
  EXPECT_EQ(hooks->dispatcher->process(job).kind, jobs::Outcome::Kind::kDone);
  EXPECT_EQ(hooks->only_state(), "parked");
  EXPECT_THAT(hooks->handler.contexts, IsEmpty());
}

TEST_P(DispatcherTest, AHandlerThatAsksForAnotherTryGetsIt) {
  int calls = 0;
  hooks->handler.instead = [&](const webhooks::DeliveryContext&) -> base::Result<webhooks::HandlerOutcome> {
    if (++calls < 6) return base::unavailable("the mirror is busy");
    hooks->handler.instead = {};
    return webhooks::HandlerOutcome::retry("once more", 1s);
  };
  deliver("push 1");
  for (int round = 0; round < 10; ++round) run_after(60s);
  EXPECT_EQ(hooks->only_state(), "done") << "orderly retries are not crashes";
  EXPECT_THAT(world().columns("SELECT delivery FROM test_runs"), SizeIs(1));
}

TEST_P(DispatcherTest, AHandlerThatNeverSucceedsEndsInFailedWithItsReason) {
  hooks->handler.instead = [&](const webhooks::DeliveryContext&) -> base::Result<webhooks::HandlerOutcome> {
    return base::unavailable("no room");
  };
  deliver("push 1");
  for (int round = 0; round < 20; ++round) run_after(400s);
  EXPECT_EQ(hooks->only_state(), "failed");
  EXPECT_EQ(hooks->only_reason(), "no room");
  EXPECT_THAT(hooks->handler.contexts, SizeIs(webhooks::Dispatcher::kAttempts));
}

TEST_P(DispatcherTest, AnInvalidEventIsParkedWithTheHandlersReason) {
  hooks->handler.instead = [&](const webhooks::DeliveryContext&) -> base::Result<webhooks::HandlerOutcome> {
    return base::invalid("the commit id is no commit id");
  };
  deliver("push 1");
  EXPECT_EQ(hooks->only_state(), "parked");
}

TEST_P(DispatcherTest, WorkDoneTwiceLeavesOneResult) {
  deliver("push 1");
  const auto id = world().columns("SELECT id FROM deliveries").at(0);
  const auto again = world().database.write([&](storage::Transaction& transaction) {
    return webhooks::mark_done(transaction, world().clock, webhooks::DeliveryId(id), "again");
  });
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, base::Code::kConflict);
}

TEST_P(DispatcherTest, T_F42_DeliveriesWaitAsLongAsNobodyWorks) {
  for (int index = 0; index < 50; ++index) {
    ASSERT_EQ(hooks->send(hook, {.delivery = "d" + std::to_string(index)}).status, 202);
  }
  run_after(72h);
  EXPECT_EQ(hooks->delivery_count("done"), 50);
}

}  // namespace
