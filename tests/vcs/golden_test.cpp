// Every payload of the shared fixtures against the neutral event we make of it. Write the goldens anew with
//   RUNBRIDGE_UPDATE_GOLDENS=1 build/dev/bin/tests/vcs_test --gtest_filter='*Golden*'
// and read the difference before committing it.
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/strings.h"
#include "test_paths.h"
#include "tests/vcs/all_kinds.h"
#include "tests/vcs/event_json.h"
#include "tests/vcs/fake_client.h"

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Fixture {
  std::string provider, name, kind;
};

void PrintTo(const Fixture& fixture, std::ostream* out) { *out << fixture.provider << "/" << fixture.name; }

const std::vector<std::pair<std::string, std::string>>& providers() {
  static const std::vector<std::pair<std::string, std::string>> kProviders = {
      {"github", "github"},
      {"github-enterprise-server", "github_enterprise"},
      {"azure-devops-server", "ado_server"},
      {"azure-devops-services", "ado_server"},
      {"bitbucket-cloud", "bitbucket_hosted"},
      {"bitbucket-datacenter", "bitbucket_data_center"}};
  return kProviders;
}

std::vector<Fixture> all_fixtures() {
  std::vector<Fixture> fixtures;
  if (!vcs_test::has_shared_fixtures()) return fixtures;
  for (const auto& [provider, kind] : providers()) {
    if (vcs_test::all_kinds().find(kind) == nullptr) continue;
    for (const auto& entry : fs::directory_iterator(RUNBRIDGE_SOURCE_DIR "/../shared/fixtures/" + provider)) {
      const std::string name = entry.path().filename();
      if (entry.is_regular_file() && name.ends_with(".json") && !name.starts_with("_")) {
        fixtures.push_back({provider, name.substr(0, name.size() - 5), kind});
      }
    }
  }
  std::sort(fixtures.begin(), fixtures.end(),
            [](const Fixture& a, const Fixture& b) { return a.provider + "/" + a.name < b.provider + "/" + b.name; });
  return fixtures;
}

base::Headers headers_of(const Fixture& fixture) {
  base::Headers headers;
  const json all = json::parse(vcs_test::shared_fixture(fixture.provider + "/_headers.json"));
  for (const auto& [name, value] : all.at(fixture.name + ".json").items()) headers.add(name, value.get<std::string>());
  return headers;
}

std::string body_of(const Fixture& fixture) {
  return vcs_test::shared_fixture(fixture.provider + "/" + fixture.name + ".json");
}

class WebhookGolden : public testing::TestWithParam<Fixture> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(WebhookGolden);

TEST_P(WebhookGolden, MatchesRecordedEvent) {
  const Fixture& fixture = GetParam();
  const vcs::Kind& kind = *vcs_test::all_kinds().find(fixture.kind);
  const std::string text = vcs_test::to_json(kind.parse(headers_of(fixture), body_of(fixture))).dump(2) + "\n";
  const fs::path golden =
      fs::path(RUNBRIDGE_SOURCE_DIR) / "tests/fixtures/vcs" / fixture.provider / (fixture.name + ".golden.json");
  if (std::getenv("RUNBRIDGE_UPDATE_GOLDENS") != nullptr) {
    fs::create_directories(golden.parent_path());
    ASSERT_TRUE(base::write_file(golden, text, 0644));
  }
  const auto recorded = base::read_file(golden, std::size_t{1} << 20U);
  ASSERT_TRUE(recorded) << golden;
  EXPECT_EQ(text, *recorded);
}

// Cut short, with bytes changed, with members turned into another type: an answer or an error, never an exception.
TEST_P(WebhookGolden, DamagedPayloadsGiveAnErrorOrAnEvent) {
  const Fixture& fixture = GetParam();
  const vcs::Kind& kind = *vcs_test::all_kinds().find(fixture.kind);
  const base::Headers headers = headers_of(fixture);
  const std::string body = body_of(fixture);
  EXPECT_FALSE(kind.parse(headers, body.substr(0, body.size() / 2)));
  for (std::size_t step = 1; step <= 40; ++step) {
    (void)kind.parse(headers, body.substr(0, body.size() * step / 41));
    std::string changed = body;
    changed[body.size() * step / 41] ^= static_cast<char>(1U << (step % 8U));
    (void)kind.parse(headers, changed);
  }
}

void for_each_member(json& node, const std::function<void(json&)>& visit) {
  if (!node.is_structured()) return;
  for (auto& child : node) {
    visit(child);
    for_each_member(child, visit);
  }
}

TEST_P(WebhookGolden, MembersOfAnotherTypeGiveAnErrorOrAnEvent) {
  const Fixture& fixture = GetParam();
  const vcs::Kind& kind = *vcs_test::all_kinds().find(fixture.kind);
  const base::Headers headers = headers_of(fixture);
  json body = json::parse(body_of(fixture));
  std::size_t seen = 0;
  for_each_member(body, [&](json& member) {
    if (++seen % 5 != 0) return;
    for (const json& other : {json(), json(-1), json("x"), json::array({1})}) {
      const json before = std::exchange(member, other);
      (void)kind.parse(headers, body.dump());
      member = before;
    }
  });
  EXPECT_GT(seen, 0U);
}

INSTANTIATE_TEST_SUITE_P(Fixtures, WebhookGolden, testing::ValuesIn(all_fixtures()), [](const auto& fixture) {
  std::string name = fixture.param.provider + "_" + fixture.param.name;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

}  // namespace
