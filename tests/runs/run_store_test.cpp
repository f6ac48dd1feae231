#include <gtest/gtest.h>

#include "runs/migrations.h"
#include "runs/store.h"
#include "storage/migrations.h"
#include "tests/support/database_test.h"

namespace runs {
namespace {

constexpr storage::Migration kOwners[] = {{1, "owners", R"sql(
CREATE TABLE organizations (id TEXT PRIMARY KEY);
CREATE TABLE workspaces (id TEXT PRIMARY KEY);
INSERT INTO organizations (id) VALUES ('org-1');
INSERT INTO workspaces (id) VALUES ('ws-1');
)sql"}};

class RunStore : public support::DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    if (IsSkipped()) return;
    ASSERT_TRUE(storage::migrate(database(), {{"owners", kOwners}, migrations()}));
  }

  runs::Run make(const std::string& unique_key = "", bool plan_only = false) {
    runs::Run run;
    run.id = RunId::make();
    run.plan_id = base::random_id("plan");
    run.apply_id = base::random_id("apply");
    run.organization = auth::OrganizationId("org-1");
    run.workspace = "ws-1";
    run.configuration_version = ConfigurationVersionId::make();
    run.unique_key = unique_key;
    run.plan_only = plan_only;
    run.variables = {{"a", "\"b\""}};
    run.created_by = {"users", "user-1", "ada"};
    run.origin.commit_sha = "0123456789";
    run.created_at = base::from_millis(1'770'000'000'000);
    ConfigurationVersion version;
    version.id = run.configuration_version;
    version.organization = run.organization;
    version.workspace = run.workspace;
    version.status = "uploaded";
    outcome_ = database().write([&](storage::Transaction& transaction) -> base::Status {
      RETURN_IF_ERROR(store::insert_configuration(transaction, version));
      return store::insert_run(transaction, run);
    });
    return run;
  }
  template <class Function>
  auto read(Function function) {
    return *database().read(function);
  }

  base::Status outcome_;
};

TEST_P(RunStore, ARunComesBackAsItWasStored) {
  const auto run = make("key");
  ASSERT_TRUE(outcome_) << outcome_.error().detail;
  const auto found = read([&](storage::Connection& c) { return store::find_run(c, run.id.str()); });
  ASSERT_TRUE(found);
  EXPECT_EQ(found->variables.at(0).value, "\"b\"");
  EXPECT_EQ(found->created_by.name, "ada");
  EXPECT_EQ(found->created_at, run.created_at);
  EXPECT_EQ(read([&](storage::Connection& c) { return store::find_phase(c, run.plan_id); })->status, "pending");
}

TEST_P(RunStore, T_W12_OneCommitMakesOneRun) {
  make("ws-1|push|sha");
  ASSERT_TRUE(outcome_);
  make("ws-1|push|sha");
  ASSERT_FALSE(outcome_);
  EXPECT_TRUE(storage::is_unique_violation(outcome_.error()));
}

TEST_P(RunStore, T_R08_OneRunAtATimeHasTheTurn) {
  const auto first = make();
  const auto second = make();
  EXPECT_EQ(read([](storage::Connection& c) { return store::next_in_queue(c, "ws-1"); })->id, first.id);
  const auto take = [&](const runs::Run& run) {
    return *database().write([&](storage::Transaction& t) { return store::take_turn(t, "ws-1", run.id); });
  };
  EXPECT_TRUE(take(first));
  EXPECT_FALSE(take(second));
  ASSERT_TRUE(database().write([&](storage::Transaction& t) { return store::end_turn(t, "ws-1", second.id); }));
  EXPECT_FALSE(take(second));
  ASSERT_TRUE(database().write([&](storage::Transaction& t) { return store::end_turn(t, "ws-1", first.id); }));
  EXPECT_TRUE(take(second));
}

TEST_P(RunStore, T_R07_OfTwoChangesOfOneStatusOneWins) {
  auto run = make();
  run.status = Status::kCanceled;
  const auto update = [&] {
    return database().write([&](storage::Transaction& t) { return store::update_run(t, run, Status::kPending); });
  };
  EXPECT_TRUE(update());
  EXPECT_EQ(update().error().code, base::Code::kConflict);
}

TEST_P(RunStore, ListsAreFiltered) {
  const auto first = make();
  const auto second = make("", true);
  const auto total = [&](const store::RunFilter& filter) {
    const auto page = database().read([&](storage::Connection& c) { return store::list_runs(c, filter, {}); });
    EXPECT_TRUE(page) << page.error().detail;
    return page ? page->total : -1;
  };
  store::RunFilter filter;
  filter.workspace = "ws-1";
  EXPECT_EQ(total(filter), 2);
  filter.plan_only = false;
  EXPECT_EQ(total(filter), 1);
  filter.statuses = {"applied", "pending"};
  filter.user = "ada";
  filter.commit = "0123";
  EXPECT_EQ(total(filter), 1);
  filter.user = "nobody";
  EXPECT_EQ(total(filter), 0);
  store::RunFilter all;
  all.organization = auth::OrganizationId("org-1");
  all.unfinished_only = true;
  EXPECT_EQ(total(all), 2);
  all.among = {"ws-2", "ws-1"};
  EXPECT_EQ(total(all), 2);
  all.among = {"ws-2", "ws_1"};
  EXPECT_EQ(total(all), 0);
  all.among.clear();
  all.text = "%";
  EXPECT_EQ(total(all), 0);
  const auto capacity = read([](storage::Connection& c) { return store::capacity(c, auth::OrganizationId("org-1")); });
  EXPECT_EQ(capacity.pending, 2);
}

INSTANTIATE_ON_BOTH_DATABASES(RunStore);

}  // namespace
}  // namespace runs
