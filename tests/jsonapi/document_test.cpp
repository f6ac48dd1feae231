#include "jsonapi/document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace jsonapi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Document with_attributes(const std::string& attributes) {
  auto document = Document::parse(R"({"data":{"type":"things","attributes":)" + attributes + "}}");
  EXPECT_TRUE(document);
  return *std::move(document);
}

std::vector<std::string> pointers(const Document& document) {
  std::vector<std::string> all;
  for (const base::Error& problem : document.problems()) {
    EXPECT_EQ(problem.code, base::Code::kInvalid);
    all.push_back(problem.pointer);
  }
  return all;
}

TEST(Document, KeepsAbsentNullAndEmptyApart) {
  Document document = with_attributes(R"({"null":null,"empty":""})");
  EXPECT_FALSE(document.text("absent").present);
  EXPECT_TRUE(document.text("null").present);
  EXPECT_FALSE(document.text("null").has_value());
  EXPECT_EQ(*document.text("empty"), "");
  EXPECT_TRUE(document.problems().empty());
}

TEST(Document, AcceptsBareJsonAndNothing) {
  auto bare = Document::parse(R"({"comment":"hello"})");
  ASSERT_TRUE(bare);
  EXPECT_EQ(*bare->text("comment"), "hello");
  auto empty = Document::parse(" \n", Document::Body::kMayBeEmpty);
  ASSERT_TRUE(empty);
  EXPECT_FALSE(empty->text("comment").present);
  EXPECT_FALSE(Document::parse(""));
}

TEST(Document, ToleratesMissingTypeIdAndAttributes) {
  for (const char* body :
       {R"({"data":{"type":""}})", R"({"data":{}})", R"({"data":null})", R"({"data":{"attributes":null}})"}) {
    auto document = Document::parse(body);
    ASSERT_TRUE(document) << body;
    EXPECT_EQ(document->type(), "");
    EXPECT_EQ(document->id(), "");
    EXPECT_FALSE(document->text("name").present);
  }
}

TEST(Document, RefusesBodiesOfAnotherShape) {
  for (const char* body : {"[]", "1", R"({"data":"x"})", R"({"data":{"attributes":[]}})"}) {
    const auto document = Document::parse(body);
    ASSERT_FALSE(document) << body;
    EXPECT_EQ(document.error().code, base::Code::kMalformed);
  }
}

TEST(Document, T_J03_WrongKindsAreProblemsWithPointersAndNothingIsConverted) {
  Document document = with_attributes(
      R"({"t":5,"i":"5","f":1.5,"e":1e3,"big":18446744073709551615,"neg":-1,"b":"true","one":1,"time":7,"l":"x","li":["a",1],"o":[]})");
  EXPECT_FALSE(document.text("t").present);
  EXPECT_FALSE(document.integer("i", 0, 10).present);
  EXPECT_FALSE(document.integer("f", 0, 10).present);
  EXPECT_FALSE(document.integer("e", 0, 10000).present);
  EXPECT_FALSE(document.integer("big", 0, 10).present);
  EXPECT_FALSE(document.integer("neg", 0, 10).present);
  EXPECT_FALSE(document.boolean("b").present);
  EXPECT_FALSE(document.boolean("one").present);
  EXPECT_FALSE(document.time("time").present);
  EXPECT_FALSE(document.texts("l").present);
  EXPECT_FALSE(document.texts("li").present);
  EXPECT_FALSE(document.object("o").present);
  EXPECT_THAT(pointers(document), ElementsAre("/data/attributes/t", "/data/attributes/i", "/data/attributes/f",
                                              "/data/attributes/e", "/data/attributes/big", "/data/attributes/neg",
                                              "/data/attributes/b", "/data/attributes/one", "/data/attributes/time",
                                              "/data/attributes/l", "/data/attributes/li/1", "/data/attributes/o"));
}

TEST(Document, T_J03_ProblemsNeverRepeatTheValue) {
  Document document = with_attributes(R"({"token":["hunter2"]})");
  document.secret("token");
  ASSERT_EQ(document.problems().size(), 1U);
  EXPECT_THAT(document.problems()[0].message, testing::Not(HasSubstr("hunter2")));
}

TEST(Document, T_J04_NulIsRefusedInTextsAndInvisibleCharactersInLines) {
  Document document = with_attributes(
      R"({"nul":"a\u0000b","bidi":"a\u202eb","zero":"a\u200bb","bom":"\ufeffa","c1":"\u0085","tab":"a\tb","long":")" +
      std::string(256, 'x') + R"(","good":"Zoë – Größe 漢字"})");
  EXPECT_FALSE(document.text("nul").present);
  for (const char* name : {"nul", "bidi", "zero", "bom", "c1", "tab", "long"}) {
    EXPECT_FALSE(document.line(name).present) << name;
  }
  EXPECT_EQ(document.problems().size(), 8U);
  EXPECT_EQ(*document.line("good"), "Zoë – Größe 漢字");
}

TEST(Document, T_J20_TimesNeedAZoneAndBecomeUtc) {
  Document document = with_attributes(
      R"({"good":"2026-01-02T05:04:05+02:00","zoneless":"2026-01-02T03:04:05","far":"10000-01-01T00:00:00Z"})");
  EXPECT_EQ(base::format_time(*document.time("good")), "2026-01-02T03:04:05.000Z");
  document.time("zoneless");
  document.time("far");
  EXPECT_THAT(pointers(document), ElementsAre("/data/attributes/zoneless", "/data/attributes/far"));
}

TEST(Document, RequiredTextsCountEmptyNullAndAbsentOnce) {
  Document document = with_attributes(R"({"empty":"","null":null,"kind":1,"blank":"  ","good":"x"})");
  document.required_text("empty");
  document.required_text("null");
  document.required_text("absent");
  document.required_text("kind");
  document.required_line("blank");
  EXPECT_EQ(document.required_text("good"), "x");
  EXPECT_EQ(document.problems().size(), 5U);
}

TEST(Document, NestedObjectsReportToTheOutermost) {
  Document document = with_attributes(R"({"vcs-repo":{"branch":1,"identifier":"a/b"},"gone":null})");
  auto inner = document.nested("vcs-repo");
  ASSERT_TRUE(inner.has_value());
  EXPECT_EQ(*inner.value->text("identifier"), "a/b");
  inner.value->text("branch");
  EXPECT_THAT(pointers(document), ElementsAre("/data/attributes/vcs-repo/branch"));
  EXPECT_TRUE(document.nested("gone").present);
  EXPECT_FALSE(document.nested("gone").has_value());
}

TEST(Document, T_J05_RelationshipsOfAForeignTypeAreProblems) {
  auto document = Document::parse(
      R"({"data":{"relationships":{"a":{"data":{"id":"1","type":"projects"}},"b":{"data":null},"c":{"data":{"id":"2","type":"runs"}},"d":{"data":[{"id":"3","type":"projects"},{"id":"4"}]},"e":{}}}})");
  ASSERT_TRUE(document);
  EXPECT_EQ(*document->related("a", "projects"), "1");
  EXPECT_TRUE(document->related("b", "projects").present);
  EXPECT_FALSE(document->related("b", "projects").has_value());
  EXPECT_FALSE(document->related("c", "projects").present);
  EXPECT_THAT(*document->related_list("d", "projects"), ElementsAre("3", "4"));
  EXPECT_FALSE(document->related("e", "projects").present);
  EXPECT_THAT(pointers(*document), ElementsAre("/data/relationships/c/data/type"));
}

TEST(Document, ReadsListsOfIdentifiers) {
  auto document = Document::parse(R"({"data":[{"id":"a","type":"users"},{"id":"b","type":"users"}]})");
  ASSERT_TRUE(document);
  EXPECT_THAT(document->identifiers("users"), ElementsAre("a", "b"));
  auto wrong = Document::parse(R"({"data":[{"id":"a","type":"users"},{"id":7,"type":"users"}]})");
  EXPECT_TRUE(wrong->identifiers("users").empty());
  EXPECT_THAT(pointers(*wrong), ElementsAre("/data/1/id"));
}

}  // namespace
}  // namespace jsonapi
