#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/strings.h"
#include "runs/executor.h"
#include "runs/run_log.h"

namespace runs {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kSecret = "canary \"4711\" value";

TEST(Masker, T_R11_ListedCodingsAreMaskedWhereverAChunkEnds) {
  const std::string text = std::string("a ") + kSecret + " b " + base::to_base64(kSecret) + " c " +
                           base::url_encode(kSecret) + " d canary \\\"4711\\\" value e " + base::to_hex(kSecret) + " f";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Masker masker({base::Secret(kSecret)});
    std::string shown = masker.feed(text.substr(0, cut));
    shown += masker.feed(text.substr(cut));
    shown += masker.finish();
    ASSERT_THAT(shown, Not(HasSubstr("4711"))) << cut;
    ASSERT_THAT(shown, Not(HasSubstr(base::to_hex(kSecret)))) << cut;
    ASSERT_THAT(shown, HasSubstr("a *** b ***")) << cut;
    ASSERT_THAT(shown, testing::EndsWith(" e *** f")) << cut;
  }
}

TEST(Masker, T_R11_TextsOfServiceConnectionsAreMaskedAsTheyAreHoweverShort) {
  const std::string text = "a pin 4711 and\na certificate\nline two here";
  for (std::size_t chunk = 1; chunk < text.size(); ++chunk) {
    Masker masker({}, {base::Secret("4711"), base::Secret("certificate\nline two")});
    std::string shown;
    for (std::size_t at = 0; at < text.size(); at += chunk) shown += masker.feed(text.substr(at, chunk));
    shown += masker.finish();
    EXPECT_EQ(shown, "a pin *** and\na *** here") << chunk;
  }
}

TEST(Masker, ALineIsShownAsSoonAsItCannotBeTheBeginningOfASecret) {
  Masker masker({base::Secret(std::string(3000, 'k'))});
  EXPECT_EQ(masker.feed("begun\n"), "begun\n");
  EXPECT_EQ(masker.feed("a kk"), "a ");
  EXPECT_EQ(masker.feed(" b"), "kk b");
}

TEST(Masker, T_R11_OfASecretThatBeginsWithAnotherNothingIsShown) {
  const std::string text = "a password-of-ann b";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Masker masker({base::Secret("password"), base::Secret("password-of-ann")});
    std::string shown = masker.feed(text.substr(0, cut));
    shown += masker.feed(text.substr(cut));
    shown += masker.finish();
    EXPECT_EQ(shown, "a *** b") << cut;
  }
}

TEST(Masker, ShortValuesAreLeftAlone) {
  Masker masker({base::Secret("yes")});
  EXPECT_EQ(masker.feed("yes, yes") + masker.finish(), "yes, yes");
}

class RunFiles : public testing::Test {
 protected:
  void SetUp() override {
    auto directory = base::TemporaryDirectory::create(testing::TempDir(), "run-files-");
    ASSERT_TRUE(directory);
    directory_ = std::make_unique<base::TemporaryDirectory>(std::move(*directory));
  }
  std::filesystem::path path(const std::string& name) const { return directory_->path() / name; }

  std::unique_ptr<base::TemporaryDirectory> directory_;
};

TEST_F(RunFiles, ALogBeginsAndEndsWithItsMarksAndOnlyGrows) {
  {
    auto log = RunLog::open(path("log"), {});
    ASSERT_TRUE(log);
    (*log)->write("one\x02\x03\n");
  }
  const std::string before = *read_log_part(path("log"), 0, 100);
  EXPECT_EQ(before, "\x02one  \n");
  {
    auto again = RunLog::open(path("log"), {});
    ASSERT_TRUE(again);
    (*again)->line("two");
  }
  ASSERT_TRUE(RunLog::end(path("log")));
  ASSERT_TRUE(RunLog::end(path("log")));
  EXPECT_EQ(*read_log_part(path("log"), 0, 100), before + "two\n\x03");
}

TEST_F(RunFiles, T_R13_PastTheEndThereIsNothing) {
  ASSERT_TRUE(RunLog::end(path("log")));
  EXPECT_EQ(*read_log_part(path("log"), 1, 100), "\x03");
  EXPECT_EQ(*read_log_part(path("log"), 1000, 100), "");
  EXPECT_EQ(*read_log_part(path("never"), 0, 100), "");
}

TEST_F(RunFiles, T_R09_AnyChangeAfterThePlanChangesTheHash) {
  std::filesystem::create_directories(path("tree/modules"));
  ASSERT_TRUE(base::write_file(path("tree/main.tf"), "one"));
  ASSERT_TRUE(base::write_file(path("tree/plan"), "planned"));
  const std::string planned = *hash_directory(path("tree"));
  EXPECT_EQ(*hash_directory(path("tree")), planned);
  ASSERT_TRUE(base::write_file(path("tree/plan"), "swapped"));
  EXPECT_NE(*hash_directory(path("tree")), planned);
  ASSERT_TRUE(base::write_file(path("tree/plan"), "planned"));
  EXPECT_EQ(*hash_directory(path("tree")), planned);
  std::filesystem::create_symlink("main.tf", path("tree/modules/link"));
  EXPECT_NE(*hash_directory(path("tree")), planned);
}

TEST(RunEnvironment, T_W27_APullRequestFromAForkGetsNoSecret) {
  std::vector<workspaces::OpenedVariable> variables(3);
  variables[0] = {"region", workspaces::Category::kTerraform, false, false, base::Secret("eu")};
  variables[1] = {"password", workspaces::Category::kTerraform, false, true, base::Secret("canary-1")};
  variables[2] = {"CLOUD_TOKEN", workspaces::Category::kEnvironment, false, true, base::Secret("canary-2")};
  runs::Run run;
  EXPECT_EQ(run_environment(run, variables).at("TF_VAR_password"), "canary-1");
  EXPECT_EQ(run_environment(run, variables).at("CLOUD_TOKEN"), "canary-2");
  run.origin.from_fork = true;
  const auto environment = run_environment(run, variables);
  EXPECT_EQ(environment.at("TF_VAR_region"), "eu");
  EXPECT_EQ(environment.count("TF_VAR_password") + environment.count("CLOUD_TOKEN"), 0U);
}

TEST(PlanCounts, CountWhatThePlanSays) {
  const auto counts =
      count_plan(R"({"resource_changes":[{"change":{"actions":["create"]}},{"change":{"actions":["delete","create"]}},)"
                 R"({"change":{"actions":["update"]}},{"change":{"actions":["no-op"]}}]})");
  EXPECT_TRUE(counts.has_changes);
  EXPECT_EQ(counts.additions, 2);
  EXPECT_EQ(counts.changes, 1);
  EXPECT_EQ(counts.destructions, 1);
  EXPECT_FALSE(count_plan(R"({"resource_changes":[{"change":{"actions":["no-op"]}}]})").has_changes);
  EXPECT_TRUE(count_plan(R"({"output_changes":{"x":{"actions":["create"]}}})").has_changes);
  EXPECT_TRUE(count_plan("not json").has_changes);
}

}  // namespace
}  // namespace runs
