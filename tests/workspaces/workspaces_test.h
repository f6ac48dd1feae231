#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <string>

#include "tests/support/database_test.h"
#include "tests/workspaces/workspace_world.h"

// A WorkspaceWorld on each kind of database.
class WorkspacesTest : public support::DatabaseTest {
 protected:
  void SetUp() override {
    support::DatabaseTest::SetUp();
    if (IsSkipped()) return;
    all = std::make_unique<fakes::WorkspaceWorld>(database());
  }
  void TearDown() override {
    all.reset();
    support::DatabaseTest::TearDown();
  }
  fakes::World& world() { return all->world; }
  std::string made(const std::string& name, const nlohmann::json& attributes = nlohmann::json::object()) {
    const auto answer = all->create(name, attributes);
    EXPECT_EQ(answer.status, 201) << answer.text;
    return answer.status == 201 ? answer.data().at("id").get<std::string>() : "";
  }
  static std::string at(const std::string& id) { return "/api/v2/workspaces/" + id; }

  std::unique_ptr<fakes::WorkspaceWorld> all;
};
