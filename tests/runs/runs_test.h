#pragma once

#include <gmock/gmock.h>

#include <memory>

#include "tests/runs/run_world.h"
#include "tests/support/database_test.h"

// A RunWorld on each kind of database.
class RunsTest : public support::DatabaseTest {
 protected:
  void SetUp() override {
    support::DatabaseTest::SetUp();
    if (!IsSkipped()) world = std::make_unique<fakes::RunWorld>(database());
  }
  void TearDown() override {
    world.reset();
    support::DatabaseTest::TearDown();
  }
  // The newest run of the workspace.
  runs::Run newest(const std::string& workspace, bool plan_only = false) {
    const auto all = world->runs_of(workspace, plan_only);
    EXPECT_FALSE(all.empty());
    return all.empty() ? runs::Run() : all.front();
  }
  void delivered(const vcs::Event& event) {
    const auto outcome = world->deliver(event);
    ASSERT_TRUE(outcome) << outcome.error().message;
    ASSERT_EQ(outcome->kind, webhooks::HandlerOutcome::Kind::kDone) << outcome->reason;
  }
  std::unique_ptr<fakes::RunWorld> world;
};
