#pragma once

#include <memory>

#include "tests/providers/world.h"
#include "tests/support/database_test.h"

// A World on each kind of database.
class ProvidersTest : public support::DatabaseTest {
 protected:
  void SetUp() override {
    support::DatabaseTest::SetUp();
    if (IsSkipped()) return;
    world = std::make_unique<fakes::World>(database());
  }
  void TearDown() override {
    world.reset();
    support::DatabaseTest::TearDown();
  }
  std::unique_ptr<fakes::World> world;
};
