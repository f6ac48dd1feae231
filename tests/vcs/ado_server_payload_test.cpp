#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "tests/vcs/all_kinds.h"

namespace {

using base::Code;
using nlohmann::json;

const std::string kSha = "0929a3404b39f6e39076a640779b2c1c961e19b5";

const vcs::Kind& kind() { return *vcs_test::all_kinds().find("ado_server"); }

base::Headers proof() { return {{"Authorization", "Basic " + base::to_base64("runbridge:hook-secret")}}; }

TEST(AdoServerDelivery, TheDeliveryIdIsSubscriptionAndNotification) {
  const auto verified =
      kind().verify_delivery(proof(), R"({"subscriptionId":"eead0877-fb06","notificationId":3,"eventType":"git.push"})",
                             base::Secret("hook-secret"));
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->delivery_id, "eead0877-fb06/3");
  EXPECT_EQ(verified->event_name, "git.push");
}

TEST(AdoServerDelivery, T_W01_AWrongPasswordIsRefused) {
  const auto verified = kind().verify_delivery(proof(), "{}", base::Secret("another"));
  EXPECT_EQ(verified.error().code, Code::kUnauthorized);
}

TEST(AdoServerDelivery, T_W07_AnUnreadableBodyIsAuthenticButParked) {
  ASSERT_TRUE(kind().verify_delivery(proof(), "not json", base::Secret("hook-secret")));
  EXPECT_EQ(kind().parse({}, "not json").error().code, Code::kInvalid);
  EXPECT_EQ(kind().parse({}, "[]").error().code, Code::kInvalid);
  EXPECT_EQ(kind().parse({}, "{}").error().code, Code::kInvalid);
}

TEST(AdoServerDelivery, T_W09_TestEventsAreAPingWithoutDeliveryId) {
  const std::string body =
      R"({"subscriptionId":"00000000-0000-0000-0000-000000000000","notificationId":1,"eventType":"git.push"})";
  EXPECT_EQ(kind().verify_delivery(proof(), body, base::Secret("hook-secret"))->delivery_id, "");
  EXPECT_TRUE(std::holds_alternative<vcs::Ping>(kind().parse({}, body)->events.at(0)));
}

json push_of(json updates) {
  return {{"subscriptionId", "1"},
          {"eventType", "git.push"},
          {"resource",
           {{"refUpdates", std::move(updates)},
            {"repository", {{"id", "ABC"}, {"name", "r"}, {"project", {{"name", "p"}}}}}}}};
}

TEST(AdoServerDelivery, SeveralRefsInOnePushAreSeveralEvents) {
  const std::string zeros(40, '0');
  const auto parsed =
      kind().parse({}, push_of({{{"name", "refs/heads/a"}, {"oldObjectId", zeros}, {"newObjectId", kSha}},
                                {{"name", "refs/tags/v1"}, {"oldObjectId", zeros}, {"newObjectId", kSha}},
                                {{"name", "refs/notes/x"}, {"oldObjectId", zeros}, {"newObjectId", kSha}},
                                {{"name", "refs/heads/b"}, {"oldObjectId", kSha}, {"newObjectId", zeros}}})
                           .dump());
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->events.size(), 3U);
  EXPECT_EQ(std::get<vcs::Push>(parsed->events[1]).ref_kind, vcs::RefKind::kTag);
  EXPECT_EQ(std::get<vcs::Push>(parsed->events[2]).after, "");
  EXPECT_EQ(std::get<vcs::Push>(parsed->events[0]).repository.id, "abc");
}

TEST(AdoServerDelivery, T_W21_AHostileRefDoesNotKeepTheOthersFromRunning) {
  const json bad = {{"name", "refs/heads/-x"}, {"oldObjectId", kSha}, {"newObjectId", kSha}};
  const json good = {{"name", "refs/heads/main"}, {"oldObjectId", kSha}, {"newObjectId", kSha}};
  EXPECT_FALSE(kind().parse({}, push_of({bad}).dump()));
  EXPECT_EQ(kind().parse({}, push_of({bad, good}).dump())->events.size(), 1U);
}

TEST(AdoServerDelivery, T_W22_JunkCommitIdsAreParkedAndZerosDelete) {
  EXPECT_FALSE(
      kind().parse({}, push_of({{{"name", "refs/heads/a"}, {"oldObjectId", "x"}, {"newObjectId", kSha}}}).dump()));
  EXPECT_FALSE(kind().parse({}, push_of({{{"name", "refs/heads/a"}}}).dump()));
  EXPECT_TRUE(kind().parse({}, push_of(json::array()).dump())->ignored);
}

json pull_request_of(const std::string& event, const std::string& status) {
  return {{"subscriptionId", "1"},
          {"eventType", event},
          {"resource",
           {{"pullRequestId", 4},
            {"status", status},
            {"sourceRefName", "refs/heads/x"},
            {"targetRefName", "refs/heads/main"},
            {"lastMergeSourceCommit", {{"commitId", kSha}}},
            {"repository", {{"id", "ABC"}, {"name", "r"}, {"project", {{"name", "p"}}}}}}}};
}

TEST(AdoServerDelivery, EventAndStatusTogetherMakeTheAction) {
  using Action = vcs::PullRequestAction;
  const std::vector<std::tuple<const char*, const char*, Action>> table = {
      {"git.pullrequest.created", "active", Action::kOpened},
      {"git.pullrequest.updated", "active", Action::kUpdated},
      {"git.pullrequest.updated", "completed", Action::kMerged},
      {"git.pullrequest.updated", "abandoned", Action::kClosed},
      {"git.pullrequest.merged", "completed", Action::kMerged}};
  for (const auto& [event, status, action] : table) {
    const auto parsed = kind().parse({}, pull_request_of(event, status).dump());
    ASSERT_EQ(parsed->events.size(), 1U) << event << status;
    EXPECT_EQ(std::get<vcs::PullRequest>(parsed->events[0]).action, action) << event << status;
  }
  EXPECT_TRUE(kind().parse({}, pull_request_of("git.pullrequest.merged", "active").dump())->ignored)
      << "a tried merge is not a merge";
}

TEST(AdoServerDelivery, T_W08_UnusedEventsAreIgnored) {
  EXPECT_EQ(kind().parse({}, R"({"eventType":"build.complete","subscriptionId":"1"})")->ignored->reason,
            "event 'build.complete' is not used");
}

}  // namespace
