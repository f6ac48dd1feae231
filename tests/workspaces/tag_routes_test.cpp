#include "tests/workspaces/workspaces_test.h"

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace {

class TagRoutes : public WorkspacesTest {
 protected:
  static json named(const std::vector<std::string>& names) {
    json data = json::array();
    for (const auto& name : names) data.push_back({{"type", "tags"}, {"attributes", {{"name", name}}}});
    return {{"data", data}};
  }
  static json identified(const std::string& type, const std::string& id) {
    json data = json::array();
    data.push_back({{"type", type}, {"id", id}});
    return {{"data", data}};
  }
  static json bindings(const std::vector<std::pair<std::string, std::string>>& pairs) {
    json data = json::array();
    for (const auto& [key, value] : pairs) {
      data.push_back({{"type", "tag-bindings"}, {"attributes", {{"key", key}, {"value", value}}}});
    }
    return {{"data", data}};
  }
  std::string tags_of(const std::string& id) { return at(id) + "/relationships/tags"; }
  std::vector<std::string> names(const std::string& target, const char* attribute = "name") {
    std::vector<std::string> out;
    const auto answer = all->get(target);
    for (const auto& one : answer.body.at("data")) out.push_back(one.at("attributes").at(attribute));
    return out;
  }
  json tag_names(const std::string& id) { return all->get(at(id)).attributes().at("tag-names"); }
  const std::string kList = "/api/v2/organizations/acme/workspaces";
  const std::string kTags = "/api/v2/organizations/acme/tags";
};
INSTANTIATE_ON_BOTH_DATABASES(TagRoutes);

TEST_P(TagRoutes, TagsAreAddedShownAndRemoved) {
  const auto id = made("prod");
  EXPECT_EQ(all->post(tags_of(id), named({"net", "eu"})).status, 204);
  EXPECT_EQ(all->post(tags_of(id), named({"net"})).status, 204) << "again";
  EXPECT_EQ(tag_names(id), json::array({"eu", "net"}));
  EXPECT_THAT(names(tags_of(id)), ElementsAre("eu", "net"));
  const auto listed = all->get(tags_of(id)).body.at("data").at(0);
  EXPECT_EQ(world().call(http::Method::kDelete, tags_of(id), identified("tags", listed.at("id"))).status, 204);
  EXPECT_EQ(world().call(http::Method::kDelete, tags_of(id), named({"net"})).status, 204);
  EXPECT_EQ(tag_names(id), json::array());
}

TEST_P(TagRoutes, WorkspacesAreFoundByTheirTags) {
  const auto one = made("one"), two = made("two"), three = made("three");
  all->post(tags_of(one), named({"net", "eu"}));
  all->post(tags_of(two), named({"net"}));
  EXPECT_THAT(names(kList + "?search[tags]=net"), ElementsAre("one", "two"));
  EXPECT_THAT(names(kList + "?search[tags]=net,eu"), ElementsAre("one"));
  EXPECT_THAT(names(kList + "?search[exclude-tags]=eu"), ElementsAre("three", "two"));
  EXPECT_THAT(names(kList + "?search[tags]=net&search[exclude-tags]=eu"), ElementsAre("two"));
  EXPECT_THAT(names(kList + "?search[tags]=gone"), IsEmpty());
  EXPECT_EQ(all->get(kList + "?search[tags]=net").body.at("meta").at("pagination").at("total-count"), 2);
}

TEST_P(TagRoutes, BindingsHaveValuesAndComeFromTheProjectToo) {
  const auto id = made("prod");
  const auto project = all->get(at(id)).data().at("relationships").at("project").at("data").at("id").get<std::string>();
  const auto of_project = "/api/v2/projects/" + project + "/tag-bindings";
  ASSERT_EQ(world().call(http::Method::kPatch, of_project, bindings({{"team", "core"}, {"cost", "7"}})).status, 200);
  const auto put = world().call(http::Method::kPatch, at(id) + "/tag-bindings", bindings({{"cost", "9"}, {"eu", ""}}));
  ASSERT_EQ(put.status, 200) << put.text;
  EXPECT_THAT(names(at(id) + "/tag-bindings", "key"), ElementsAre("cost", "eu"));
  const auto effective = all->get(at(id) + "/effective-tag-bindings").body.at("data");
  ASSERT_EQ(effective.size(), 3U);
  EXPECT_EQ(effective[0].at("attributes"), json({{"key", "cost"}, {"value", "9"}}));
  EXPECT_EQ(effective[2].at("attributes"), json({{"key", "team"}, {"value", "core"}}));
  EXPECT_EQ(effective[2].at("links").at("inherited-from"), "/api/v2/projects/" + project);
  EXPECT_THAT(names(kList + "?filter[tagged][0][key]=team"), ElementsAre("prod"));
  EXPECT_THAT(names(kList + "?filter[tagged][0][key]=cost&filter[tagged][0][value]=9"), ElementsAre("prod"));
  EXPECT_THAT(names(kList + "?filter[tagged][0][key]=cost&filter[tagged][0][value]=7"), IsEmpty())
      << "the workspace's own value stands before the project's";
  EXPECT_EQ(tag_names(id), json::array({"eu"}));
  const auto shown = all->get(at(id) + "?include=effective_tag_bindings,vars");
  EXPECT_EQ(shown.body.at("included").size(), 3U);
  EXPECT_EQ(shown.data().at("relationships").at("effective-tag-bindings").at("data").size(), 3U);
}

TEST_P(TagRoutes, TagsComeWithTheWorkspaceAndAListReplacesThem) {
  json body = all->document({{"name", "made"}});
  body["data"]["relationships"]["tags"] = named({"flat"});
  body["data"]["relationships"]["tag-bindings"] = bindings({{"k", "v"}});
  const auto created = all->post(kList, body);
  ASSERT_EQ(created.status, 201) << created.text;
  const auto id = created.data().at("id").get<std::string>();
  EXPECT_THAT(names(at(id) + "/tag-bindings", "key"), ElementsAre("flat", "k"));
  json none = all->document(json::object());
  none["data"]["relationships"]["tag-bindings"]["data"] = json::array();
  EXPECT_EQ(world().call(http::Method::kPatch, at(id), none).status, 200);
  EXPECT_THAT(names(at(id) + "/tag-bindings", "key"), IsEmpty());
  EXPECT_EQ(all->patch(id, {{"description", "x"}}).status, 200) << "what is not sent stays";
}

TEST_P(TagRoutes, TheOrganizationListsItsTagsAndCanDeleteThem) {
  const auto one = made("one"), two = made("two");
  all->post(tags_of(one), named({"net", "eu"}));
  all->post(tags_of(two), named({"net"}));
  const auto listed = all->get(kTags).body.at("data");
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[1].at("attributes").at("name"), "net");
  EXPECT_EQ(listed[1].at("attributes").at("instance-count"), 2);
  EXPECT_THAT(names(kTags + "?q=ne"), ElementsAre("net"));
  EXPECT_THAT(names(kTags + "?filter[exclude][taggable][id]=" + two), ElementsAre("eu"));
  const auto eu = listed[0].at("id").get<std::string>();
  EXPECT_EQ(all->post("/api/v2/tags/" + eu + "/relationships/workspaces", identified("workspaces", two)).status, 204);
  EXPECT_EQ(tag_names(two), json::array({"eu", "net"}));
  EXPECT_EQ(world().call(http::Method::kDelete, kTags, identified("tags", eu)).status, 204);
  EXPECT_EQ(tag_names(two), json::array({"net"}));
  EXPECT_THAT(names(kTags), ElementsAre("net"));
}

TEST_P(TagRoutes, T_J04_WhatIsNoTagIsRefused) {
  const auto id = made("prod");
  for (const char* name : {"", "a b", "-a", "a/b", "a\n", "\xE2\x80\xAE"}) {
    EXPECT_EQ(all->post(tags_of(id), named({name})).status, 422) << name;
  }
  EXPECT_EQ(all->post(tags_of(id), {{"data", json::array()}}).status, 422);
  EXPECT_EQ(world().call(http::Method::kPatch, at(id) + "/tag-bindings", bindings({{"", "v"}})).status, 422);
  std::vector<std::string> many;
  for (int number = 0; number < 101; ++number) many.push_back("t" + std::to_string(number));
  EXPECT_EQ(all->post(tags_of(id), named(many)).status, 422);
  EXPECT_EQ(tag_names(id), json::array()) << "all or none";
}

TEST_P(TagRoutes, T_J11_TagsOfAnotherOrganizationAreNotThere) {
  const auto id = made("prod");
  all->post(tags_of(id), named({"net"}));
  const auto tag = all->get(kTags).body.at("data").at(0).at("id").get<std::string>();
  world().acting_for = world().globex;
  EXPECT_EQ(all->post("/api/v2/tags/" + tag + "/relationships/workspaces", identified("workspaces", id)).status, 404);
}

}  // namespace
