#include <set>

#include "tests/connections/connections_test.h"

namespace connections {
namespace {

using auth::attributes;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class ConnectionVerification : public ConnectionsTest {
 protected:
  static Report refused() {
    Report report;
    report.result = "failed";
    report.error_class = "unauthorized";
    report.message = "service.example.com refused the credentials.";
    report.remedy = "Check user name, password or token.";
    report.steps = {{"whoami", "http", "failed", "401", 3}};
    return report;
  }
};
INSTANTIATE_ON_BOTH_DATABASES(ConnectionVerification);

TEST_P(ConnectionVerification, WhatFailsItIsNotSavedUnlessThatIsAskedFor) {
  answer = [](const Attempt&) { return refused(); };
  const auto failed = world_->post(connections_path(), world_->ada.token, attributes(generic("deploy")));
  EXPECT_EQ(failed.status, 422);
  EXPECT_THAT(detail_of(failed), testing::AllOf(HasSubstr("refused the credentials"), HasSubstr("Check user name")));
  EXPECT_THAT(failed.body, Not(HasSubstr("canary")));
  EXPECT_EQ(world_->get(connections_path(), world_->ada.token).json["data"].size(), 0U);
  auto without = generic("deploy");
  without["verify"] = false;
  const auto saved = world_->post(connections_path(), world_->ada.token, attributes(without));
  EXPECT_EQ(saved.status, 201);
  EXPECT_EQ(saved.text("verification-result"), "");
  const auto changed =
      world_->patch(path_of(saved.id()), world_->ada.token, attributes({{"parameters", {{"username", "eva"}}}}));
  EXPECT_EQ(changed.status, 422);
  EXPECT_EQ(world_->get(path_of(saved.id()), world_->ada.token).text("parameters.username"), "ada");
}

TEST_P(ConnectionVerification, SomethingUnsavedIsTriedAndNotKept) {
  const auto report =
      world_->post(connections_path() + "/actions/verify", world_->ada.token, attributes(generic("deploy")));
  EXPECT_EQ(report.status, 200) << report.body;
  EXPECT_EQ(report.text("result"), "ok");
  EXPECT_EQ(report.json["data"]["attributes"]["steps"][0]["id"], "whoami");
  EXPECT_EQ(world_->get(connections_path(), world_->ada.token).json["data"].size(), 0U);
  const auto wrong = world_->post(connections_path() + "/actions/verify", world_->ada.token,
                                  attributes({{"name", "x"}, {"connection-type", "generic"}}));
  EXPECT_EQ(wrong.status, 422);
}

TEST_P(ConnectionVerification, ResultsAreKeptWithWhoAskedAndWhen) {
  const auto id = make("deploy");
  world_->clock.advance(base::Millis(1000));
  answer = [](const Attempt&) { return refused(); };
  const auto verified = world_->post(path_of(id) + "/actions/verify", world_->ada.token);
  EXPECT_EQ(verified.status, 200);
  EXPECT_EQ(verified.text("remedy"), "Check user name, password or token.");
  const auto all = world_->get(path_of(id) + "/verifications", world_->ada.token);
  ASSERT_EQ(all.json["data"].size(), 2U);
  EXPECT_EQ(jsonapi::get_text(all.json["data"][0], "attributes.asked"), "on-demand");
  EXPECT_EQ(jsonapi::get_text(all.json["data"][0], "attributes.asked-by"), "ada");
  EXPECT_EQ(jsonapi::get_text(all.json["data"][1], "attributes.asked"), "before-saving");
  EXPECT_EQ(world_->get(path_of(id), world_->ada.token).text("verification-result"), "failed");
  EXPECT_THAT(audited(id), Contains("service-connection.verify"));
}

TEST_P(ConnectionVerification, EachIsVerifiedDailyAndNoneIsLostOverARestart) {
  std::set<std::string> names;
  for (int i = 0; i < 20; ++i) {
    names.insert("c" + std::to_string(i));
    make("c" + std::to_string(i));
  }
  attempts.with([](auto& all) { all.clear(); });
  EXPECT_EQ(workers->run_due(), 0) << "not before it is due";
  world_->clock.advance(std::chrono::hours(29));
  start_workers();
  EXPECT_EQ(workers->run_due(), 20);
  const auto tried = attempts.copy();
  EXPECT_EQ(std::set<std::string>(tried.begin(), tried.end()), names);
  EXPECT_EQ(workers->run_due(), 0);
  world_->clock.advance(std::chrono::hours(29));
  EXPECT_EQ(workers->run_due(), 20) << "and the next day again";
  const auto found = world_->get(connections_path() + "?q=c7", world_->ada.token);
  const auto id = found.json["data"][0]["id"].get<std::string>();
  const auto all = world_->get(path_of(id) + "/verifications", world_->ada.token);
  EXPECT_EQ(jsonapi::get_text(all.json["data"][0], "attributes.asked"), "daily");
}

TEST_P(ConnectionVerification, ADeletedOneIsNoLongerVerified) {
  const auto id = make("deploy");
  EXPECT_EQ(world_->remove(path_of(id), world_->ada.token).status, 204);
  attempts.with([](auto& all) { all.clear(); });
  world_->clock.advance(std::chrono::hours(29));
  EXPECT_EQ(workers->run_due(), 1);
  EXPECT_TRUE(attempts.copy().empty());
  world_->clock.advance(std::chrono::hours(29));
  EXPECT_EQ(workers->run_due(), 0);
}

TEST_P(ConnectionVerification, WhatItLearnsIsRememberedUntilTheConnectionChanges) {
  std::vector<std::string> known;
  answer = [&](const Attempt& attempt) {
    known.push_back(attempt.known_host_line);
    auto report = ok();
    report.learned = {{"known_host_line", "host ssh-ed25519 AAAA"}};
    return report;
  };
  const auto id = make("deploy");
  world_->post(path_of(id) + "/actions/verify", world_->ada.token);
  world_->patch(path_of(id), world_->ada.token, attributes({{"verify", false}, {"parameters", {{"username", "eva"}}}}));
  world_->post(path_of(id) + "/actions/verify", world_->ada.token);
  EXPECT_THAT(known, testing::ElementsAre("", "host ssh-ed25519 AAAA", ""));
}

}  // namespace
}  // namespace connections
