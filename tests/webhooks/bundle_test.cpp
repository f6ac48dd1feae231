#include "webhooks/bundle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/webhooks/webhooks_test.h"

namespace {

using http::Method;
using testing::SizeIs;
using webhooks::PreparedDelivery;

class BundleTest : public HookTest {
 protected:
  // As the receiver prepares it, of the hook that is there.
  PreparedDelivery prepared(const std::string& key, const std::string& body = "push 1") {
    auto known = hooks->cache->find(hook.uuid);
    EXPECT_TRUE(known && *known);
    base::Headers headers;
    headers.add("X-Forge-Event", "push");
    webhooks::Incoming incoming{key, "push", "192.0.2.1", &headers, &body};
    return webhooks::prepare_delivery(world().clock.now(), **known, incoming);
  }
  std::string store(const std::vector<PreparedDelivery>& deliveries) {
    std::vector<const PreparedDelivery*> all;
    for (const auto& one : deliveries) all.push_back(&one);
    EXPECT_TRUE(world().database.write(
        [&](storage::Transaction& transaction) { return webhooks::store_bundle(transaction, all); }));
    return std::string(deliveries.front().id());
  }
  std::int64_t arriving() {
    return world()
        .database
        .read([&](storage::Connection& connection) { return webhooks::arriving(connection, hook.organization); })
        .value();
  }
  std::vector<std::string> bundles() { return world().columns("SELECT id FROM delivery_bundles"); }
};
INSTANTIATE_ON_BOTH_DATABASES(BundleTest);

TEST_P(BundleTest, EachBecomesARowOfItsOwnAndIsWorkedOn) {
  store({prepared("d-1"), prepared("d-2", std::string(20'000, 'p')), prepared("d-3")});
  EXPECT_EQ(hooks->delivery_count(), 0);
  EXPECT_EQ(arriving(), 3);
  run();
  EXPECT_EQ(hooks->delivery_count(), 3);
  EXPECT_EQ(arriving(), 0);
  EXPECT_THAT(hooks->handler.contexts, SizeIs(testing::Ge(2U)));
}

TEST_P(BundleTest, TheListSaysThatMoreIsComing) {
  store({prepared("d-1"), prepared("d-2")});
  const std::string path = "/api/v2/organizations/acme/deliveries";
  const auto before = world().call(Method::kGet, path);
  EXPECT_THAT(before.body["data"], SizeIs(0));
  EXPECT_EQ(before.body["meta"]["pagination"]["total-count"], 2);
  run();
  EXPECT_THAT(world().call(Method::kGet, path).body["data"], SizeIs(2));
}

TEST_P(BundleTest, T_W10_WhatIsThereAlreadyIsNoSecondRecord) {
  EXPECT_EQ(hooks->send(hook, {.delivery = "d-1"}).status, 202);
  store({prepared("d-1"), prepared("d-2"), prepared("d-2")});
  run();
  EXPECT_EQ(hooks->delivery_count(), 2);
  EXPECT_THAT(world().columns("SELECT delivery FROM test_runs"), SizeIs(2));
}

TEST_P(BundleTest, T_W11_AContradictionInABundleIsKeptAndParked) {
  store({prepared("d-1"), prepared("d-1", "push 2")});
  run();
  EXPECT_EQ(hooks->delivery_count("done"), 1);
  EXPECT_EQ(hooks->delivery_count("parked"), 1);
  EXPECT_THAT(world().columns("SELECT delivery FROM test_runs"), SizeIs(1));
}

TEST_P(BundleTest, T_F2_ABundleThatIsTakenApartTwiceChangesNothing) {
  const auto id = store({prepared("d-1"), prepared("d-2")});
  const auto spread = [&] {
    return world().database.write(
        [&](storage::Transaction& transaction) { return webhooks::spread_bundle(transaction, world().clock, id); });
  };
  EXPECT_TRUE(spread());
  EXPECT_TRUE(spread());
  run();
  EXPECT_EQ(hooks->delivery_count("done"), 2);
  EXPECT_THAT(world().columns("SELECT delivery FROM test_runs"), SizeIs(2));
}

TEST_P(BundleTest, HalvesHoldWhatTheWholeHeld) {
  const auto id = store({prepared("d-1"), prepared("d-2"), prepared("d-3")});
  ASSERT_TRUE(world().database.write(
      [&](storage::Transaction& transaction) { return webhooks::halve_bundle(transaction, id); }));
  EXPECT_THAT(bundles(), SizeIs(2));
  EXPECT_EQ(arriving(), 3);
  run();
  EXPECT_EQ(hooks->delivery_count("done"), 3);
}

TEST_P(BundleTest, WhatTheDatabaseDoesNotTakeStaysAloneAndTheRestGoesOn) {
  auto spoiled = prepared("d-2");
  spoiled.values[8] = storage::Value(nullptr);  // every delivery has the name of an event
  const auto first = prepared("d-1");
  store({first, spoiled, prepared("d-3"), prepared("d-4")});
  for (int round = 0; round < 6; ++round) run_after(base::Millis(3'600'000));
  EXPECT_EQ(hooks->delivery_count("done"), 3);
  EXPECT_THAT(bundles(), SizeIs(1)) << "nothing that was acknowledged is thrown away";
  EXPECT_EQ(arriving(), 1);
}

TEST_P(BundleTest, BytesThatAreNoBundleAreRefused) {
  const auto one = prepared("d-1");
  const std::vector<const PreparedDelivery*> all = {&one};
  const auto bytes = webhooks::encode(all);
  const auto back = webhooks::decode(bytes);
  ASSERT_TRUE(back);
  ASSERT_THAT(*back, SizeIs(1));
  EXPECT_EQ(back->front().id(), one.id());
  EXPECT_EQ(webhooks::encode(std::vector<const PreparedDelivery*>{&back->front()}), bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(webhooks::decode(bytes.substr(0, size))) << size;
  EXPECT_FALSE(webhooks::decode(bytes + "x"));
  EXPECT_FALSE(webhooks::decode(std::string(4, '\xff')));
}

}  // namespace
