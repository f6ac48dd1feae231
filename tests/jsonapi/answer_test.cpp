#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "jsonapi/resource.h"

namespace jsonapi {
namespace {

Json parsed(const std::string& text) {
  auto json = parse(text);
  EXPECT_TRUE(json) << text;
  return *std::move(json);
}

Resource thing(const std::string& id) {
  Resource resource{.type = "things", .id = id};
  resource.attributes["name"] = "n-" + id;
  return resource;
}

TEST(ErrorDocument, StatusIsTextAndThePointerIsThere) {
  const Json json = parsed(error_document({base::invalid("Ssh key is invalid", "/data/attributes/ssh-key")}, "req-1"));
  EXPECT_EQ(json, Json::parse(R"({"errors":[{"id":"req-1","status":"422","code":"invalid","title":"invalid attribute",
    "detail":"Ssh key is invalid","source":{"pointer":"/data/attributes/ssh-key"}}]})"));
}

TEST(ErrorDocument, TheDetailOfAnErrorStaysInside) {
  const std::string text = error_document({base::internal("password is hunter2")}, "req-1");
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("hunter2")));
  EXPECT_EQ(parsed(text)["errors"][0]["status"], "500");
}

TEST(Resource, RelationshipsHaveDataAndLinks) {
  Resource resource = thing("1");
  resource.to_one("organization", "organizations", "acme", "/api/v2/organizations/acme").to_one("agent-pool", "x", "");
  resource.to_many("projects", "projects", {"prj-1"}).to_many("empty", "x", {});
  EXPECT_EQ(to_json(resource)["relationships"], Json::parse(R"({
    "organization":{"data":{"id":"acme","type":"organizations"},"links":{"related":"/api/v2/organizations/acme"}},
    "agent-pool":{"data":null},"projects":{"data":[{"id":"prj-1","type":"projects"}]},"empty":{"data":[]}})"));
}

TEST(Document, IncludedResourcesFollowTheData) {
  const Json json = parsed(document(thing("1"), {thing("2")}));
  EXPECT_EQ(json["data"]["id"], "1");
  EXPECT_EQ(json["included"][0]["id"], "2");
}

TEST(List, HasLinksAndPaginationOfAMiddlePage) {
  const Json json =
      parsed(list_document({thing("3")}, {2, 1}, 3, "/api/v2/things?q=a%20b&page[number]=2&page%5Bsize%5D=1"));
  EXPECT_EQ(json["meta"]["pagination"], Json::parse(R"({"current-page":2,"page-size":1,"prev-page":1,"next-page":3,
    "total-pages":3,"total-count":3})"));
  EXPECT_EQ(json["links"]["next"], "/api/v2/things?q=a%20b&page%5Bnumber%5D=3&page%5Bsize%5D=1");
  EXPECT_EQ(json["links"]["prev"], "/api/v2/things?q=a%20b&page%5Bnumber%5D=1&page%5Bsize%5D=1");
}

TEST(List, APageBeyondTheEndIsEmptyWithTrueTotals) {
  const Json json = parsed(list_document({}, {999, 20}, 3, "/api/v2/things"));
  EXPECT_EQ(json["data"], Json::array());
  EXPECT_EQ(json["meta"]["pagination"], Json::parse(R"({"current-page":999,"page-size":20,"prev-page":1,
    "next-page":null,"total-pages":1,"total-count":3})"));
}

TEST(List, AnUnpagedListStillHasMeta) {
  const Json json = parsed(list_document({thing("1"), thing("2")}, "/api/v2/things"));
  EXPECT_EQ(json["meta"]["pagination"]["total-count"], 2);
  EXPECT_EQ(json["meta"]["pagination"]["next-page"], nullptr);
}

TEST(Page, T_J08_SizesAreClampedAndWordsRefused) {
  EXPECT_EQ(page_request({}, {})->size, 20);
  EXPECT_EQ(page_request("0", "0")->number, 1);
  EXPECT_EQ(page_request("-5", "-1")->size, 1);
  EXPECT_EQ(page_request("1", "1000000000")->size, 100);
  EXPECT_GT(page_request("999999999999999999", "100")->offset(), 0);
  EXPECT_FALSE(page_request("99999999999999999999", {}));
  EXPECT_EQ(page_request("two", {}).error().code, base::Code::kMalformed);
}

}  // namespace
}  // namespace jsonapi
