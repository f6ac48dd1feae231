#include <gmock/gmock.h>

#include <filesystem>

#include "test_paths.h"
#include "tests/probes/world.h"

// S3 against the Versity gateway, which checks signatures of version 4.
namespace {

using probes_test::everything;
using probes_test::summary;
using probes_test::Texts;
using probes_test::Try;

constexpr const char* kKeyId = "AKIDPROBE01";
constexpr const char* kSecret = "s3cret/of+the key";
constexpr const char* kWrong = "wr0ng/secret+value";
constexpr const char* kProgram = RUNBRIDGE_BINARY_DIR "/tests/probes/go/versitygw";

TEST(S3, AKeyIsProvenByARealServer) {
  if (!std::filesystem::exists(kProgram)) GTEST_SKIP() << "the S3 server was not built here; see tests/probes/go";
  auto options = probes_test::certificate_for("DNS:s3.test");
  options.insert({{"program", kProgram}, {"id", kKeyId}, {"secret", kSecret}, {"region", "eu-west-1"}});
  const probes_test::Service server("s3", options);
  const auto run = [&](const Texts& changes) {
    Texts values{{"target", "models"},
                 {"access_key_id", kKeyId},
                 {"secret_access_key", kSecret},
                 {"region", "eu-west-1"},
                 {"endpoint_url", "https://s3.test"}};
    for (const auto& [id, text] : changes) values[id] = text;
    return Try("s3", "access_key", values).at(server).run();
  };
  const auto good = run({});
  EXPECT_EQ(summary(good), "ok") << everything(good);
  const auto wrong = run({{"secret_access_key", kWrong}});
  EXPECT_EQ(summary(wrong), "failed unauthorized") << everything(wrong);
  EXPECT_THAT(wrong.verdict.message, testing::HasSubstr("does not fit the id"));
  EXPECT_THAT(everything(wrong), testing::Not(testing::HasSubstr(kWrong)));
  const auto unknown = run({{"access_key_id", "AKIDNOBODY"}});
  EXPECT_EQ(summary(unknown), "failed unauthorized") << everything(unknown);
  EXPECT_THAT(unknown.verdict.message, testing::HasSubstr("No such access key id"));
  const auto missing = run({{"target", "no-such-bucket"}});
  EXPECT_EQ(summary(missing), "failed not_found") << everything(missing);
  const auto named = run({{"region", ""}});
  EXPECT_EQ(summary(named), "ok") << everything(named);
  EXPECT_EQ(summary(run({{"endpoint_url", "https://other.test"}})), "failed tls_name");
}

}  // namespace
