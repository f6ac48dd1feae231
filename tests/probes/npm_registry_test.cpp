#include <gmock/gmock.h>

#include "test_paths.h"
#include "tests/probes/world.h"

// npm against the real verdaccio.
namespace {

using probes_test::everything;
using probes_test::kPassword;
using probes_test::kUser;
using probes_test::summary;
using probes_test::Try;

constexpr const char* kWrong = "wr0ng&secret/value";

TEST(Verdaccio, AnAccountIsProvenByTheRealProgram) {
  auto options = probes_test::certificate_for("DNS:npm.test");
  options["modules"] = RUNBRIDGE_BINARY_DIR "/tests/probes/npm/node_modules";
  const probes_test::Service registry("verdaccio", options);
  const auto run = [&](const std::string& password, const std::string& url = "https://npm.test") {
    return Try("npm", "username_password", {{"registry_url", url}, {"username", kUser}, {"password", password}})
        .at(registry)
        .run();
  };
  const auto good = run(kPassword);
  EXPECT_EQ(summary(good), "ok") << everything(good);
  const auto wrong = run(kWrong);
  EXPECT_EQ(summary(wrong), "failed unauthorized") << everything(wrong);
  EXPECT_THAT(everything(wrong), testing::Not(testing::HasSubstr(kWrong)));
  EXPECT_EQ(summary(run(kPassword, "https://other.test")), "failed tls_name");
  const auto token = Try("npm", "external_azure_pipelines", {{"registry_url", "https://npm.test"}, {"token", kWrong}})
                         .at(registry)
                         .run();
  EXPECT_EQ(summary(token), "failed unauthorized") << everything(token);
}

}  // namespace
