#pragma once

#include <memory>

#include "tests/support/database_test.h"
#include "tests/webhooks/hook_world.h"

// A HookWorld on each kind of database.
class WebhooksTest : public support::DatabaseTest {
 protected:
  void SetUp() override {
    support::DatabaseTest::SetUp();
    if (IsSkipped()) return;
    hooks = std::make_unique<fakes::HookWorld>(database());
  }
  void TearDown() override {
    hooks.reset();
    support::DatabaseTest::TearDown();
  }
  fakes::World& world() { return hooks->world; }
  fakes::ScriptedForge& forge() { return hooks->world.forge; }
  void run() { hooks->world.run_jobs(); }
  void run_after(base::Millis passed) {
    hooks->world.clock.advance(passed);
    run();
  }
  std::unique_ptr<fakes::HookWorld> hooks;
};

// The same with a hook that is installed, for one workspace.
class HookTest : public WebhooksTest {
 protected:
  void SetUp() override {
    WebhooksTest::SetUp();
    if (IsSkipped()) return;
    hook = hooks->attach("ws-1");
    run();
  }
  webhooks::Hook hook;
};
