#include "config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ConfigFile : public testing::Test {
 protected:
  std::string write(const std::string& text, unsigned mode = 0600) {
    const auto path = directory_->path() / "runbridge.yml";
    EXPECT_TRUE(base::write_file(path, text, mode));
    return path.string();
  }

  base::Result<base::TemporaryDirectory> directory_ =
      base::TemporaryDirectory::create(std::filesystem::temp_directory_path(), "config");
};

std::string problems_of(const std::vector<std::string>& arguments, const Environment& environment = {}) {
  const auto config = load(arguments, environment);
  EXPECT_FALSE(config);
  return config ? "" : config.error().message;
}

TEST(Config, HasUsableDefaults) {
  const auto config = load({}, {});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->listen_address, "127.0.0.1");
  EXPECT_EQ(config->listen_port, 8080);
  EXPECT_EQ(config->public_url, "http://127.0.0.1:8080");
  EXPECT_EQ(config->master_key_file, "data/master.key");
  EXPECT_TRUE(config->database.empty());
  EXPECT_FALSE(config->admin_token);
  EXPECT_THAT(config->warnings, IsEmpty());
}

TEST_F(ConfigFile, FlagsWinOverTheEnvironmentAndThatOverTheFile) {
  const std::string file = write("listen: 127.0.0.1:1\ndata-dir: /file\nlog-level: debug\n");
  const auto config = load({"--config", file, "--listen=127.0.0.1:3"},
                           {{"RUNBRIDGE_LISTEN", "127.0.0.1:2"}, {"RUNBRIDGE_DATA_DIR", "/environment"}});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->listen_port, 3);
  EXPECT_EQ(config->data_dir, "/environment");
  EXPECT_EQ(config->log_level, "debug");
}

TEST_F(ConfigFile, ListsAreRepeatedJoinedOrSequences) {
  const std::string file = write("outbound-http: [a.corp, b.corp]\ntrusted-proxy: 10.0.0.1, 10.1.0.0/16\n");
  const auto config = load({"--outbound-allow", "ado.corp,10.0.0.0/8:443", "--outbound-allow", "x.corp"},
                           {{"RUNBRIDGE_CONFIG", file}, {"RUNBRIDGE_ALLOWED_HOSTS", "A.corp, b.corp"}});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_THAT(config->outbound_allow, ElementsAre("ado.corp", "10.0.0.0/8:443", "x.corp"));
  EXPECT_THAT(config->outbound_http, ElementsAre("a.corp", "b.corp"));
  EXPECT_THAT(config->trusted_proxies, ElementsAre("10.0.0.1", "10.1.0.0/16"));
  EXPECT_THAT(config->allowed_hosts, ElementsAre("a.corp", "b.corp"));
}

TEST_F(ConfigFile, T_C05_AllProblemsComeAtOnceEachWithItsSource) {
  const std::string file = write("listne: x\n\nlog-level: loud\nrun-workers: [1]\nlog-level: info\n");
  const std::string text =
      problems_of({"--listen", "nowhere", "--lisen=1", "stray", "--config", file}, {{"RUNBRIDGE_RUN_WORKERS", "0"}});
  EXPECT_THAT(text, AllOf(HasSubstr("flag --listen: write HOST:PORT"), HasSubstr("--lisen: there is no such flag"),
                          HasSubstr("Did you mean --listen?"), HasSubstr("\"stray\""),
                          HasSubstr("environment variable RUNBRIDGE_RUN_WORKERS: write a number")));
  EXPECT_THAT(text, AllOf(HasSubstr("runbridge.yml:1, listne: there is no such setting. Did you mean listen?"),
                          HasSubstr("runbridge.yml:3, log-level: \"loud\" is none of"),
                          HasSubstr("runbridge.yml:4, run-workers: this must be one text"),
                          HasSubstr("runbridge.yml:5, log-level: the setting is here for a second time")));
}

TEST(Config, SingleSignOnIsCheckedAndItsSecretHasNoFlag) {
  const auto config = load({"--oidc-issuer", "https://id.example.com/realms/main", "--oidc-client-id", "runbridge",
                            "--oidc-users=create", "--oidc-email-domains", "Example.com,example.org"},
                           {{"RUNBRIDGE_OIDC_CLIENT_SECRET", "hush"}});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->openid.issuer, "https://id.example.com/realms/main");
  EXPECT_EQ(config->openid.client_secret.reveal(), "hush");
  EXPECT_EQ(config->openid.email_domains, (std::vector<std::string>{"example.com", "example.org"}));
  EXPECT_EQ(load({}, {})->openid.users, "linked");
  const std::vector<std::vector<std::string>> refused = {
      {"--oidc-issuer", "https://id.example.com"},
      {"--oidc-client-id", "runbridge"},
      {"--oidc-issuer", "id.example.com", "--oidc-client-id", "runbridge"},
      {"--oidc-issuer", "https://id.example.com?a=b", "--oidc-client-id", "runbridge"},
      {"--oidc-users", "everybody"},
      {"--oidc-client-secret", "hush"}};
  for (const auto& arguments : refused) {
    const auto wrong = load(arguments, {});
    ASSERT_FALSE(wrong) << arguments[0] << " " << arguments[1];
    EXPECT_EQ(wrong.error().message.find("hush"), std::string::npos);
  }
}

TEST_F(ConfigFile, T_C05_AFileThatIsNoYamlOrNoMapIsNamedWithItsLine) {
  EXPECT_THAT(problems_of({"--config", write("a: b\nc: [\n")}), HasSubstr("runbridge.yml:3: this is not YAML"));
  EXPECT_THAT(problems_of({"--config", write("- a\n")}), HasSubstr("must have lines such as"));
  EXPECT_THAT(problems_of({"--config", "/nowhere/runbridge.yml"}), HasSubstr("/nowhere/runbridge.yml"));
  EXPECT_TRUE(load({"--config", write("# nothing yet\n")}, {}));
}

TEST_F(ConfigFile, T_C05_ASecretInAReadableFileOrAFlagIsWarnedOf) {
  const std::string file = write("database: postgres://u:hunter2@host/db\n", 0644);
  const auto open = load({"--config", file}, {});
  ASSERT_TRUE(open);
  ASSERT_EQ(open->warnings.size(), 1U);
  EXPECT_THAT(open->warnings[0], AllOf(HasSubstr("chmod 600"), Not(HasSubstr("hunter2"))));
  EXPECT_THAT(load({"--config", write("database: postgres://u:hunter2@host/db\n", 0600)}, {})->warnings, IsEmpty());
  EXPECT_THAT(load({"--config", write("database: postgres://u@host/db\n", 0644)}, {})->warnings, IsEmpty());
  EXPECT_THAT(load({"--database", "postgres://u:hunter2@host/db"}, {})->warnings,
              ElementsAre(AllOf(HasSubstr("RUNBRIDGE_DATABASE"), Not(HasSubstr("hunter2")))));
}

TEST(Config, T_C05_AnOpenListenerWithoutAProxyIsWarnedOf) {
  EXPECT_THAT(load({"--listen", "0.0.0.0:8080"}, {})->warnings, ElementsAre(HasSubstr("plain HTTP")));
  EXPECT_THAT(load({"--listen", "[::]:8080", "--trusted-proxy", "10.0.0.1"}, {})->warnings, IsEmpty());
}

TEST(Config, T_X07_ErrorsDoNotRepeatSecrets) {
  EXPECT_THAT(problems_of({"--database", "mysql://u:hunter2@host"}),
              AllOf(HasSubstr("flag --database"), Not(HasSubstr("hunter2"))));
  EXPECT_THAT(problems_of({"--admin-token=hunter2hunter2"}),
              AllOf(HasSubstr("RUNBRIDGE_ADMIN_TOKEN"), Not(HasSubstr("hunter2"))));
}

TEST(Config, ReadsTheAdministratorsTokenFromTheEnvironmentOnly) {
  const auto config = load({}, {{"RUNBRIDGE_ADMIN_TOKEN", "0123456789abcdef0123456789abcdef"}});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->admin_token->size(), 32U);
}

TEST(Config, AMisspeltVariableIsAWarningWithASuggestion) {
  EXPECT_THAT(load({}, {{"RUNBRIDGE_LISTNE", "x"}, {"RUNBRIDGE_TOKEN", "t"}, {"PATH", "/bin"}})->warnings,
              ElementsAre(AllOf(HasSubstr("RUNBRIDGE_LISTNE"), HasSubstr("Did you mean RUNBRIDGE_LISTEN?"))));
}

TEST(Config, ListenTakesNamesAndBracketsAndPortZero) {
  EXPECT_EQ(load({"--listen", "[::1]:0"}, {})->listen_address, "::1");
  EXPECT_EQ(load({"--listen", "[::1]:9"}, {})->public_url, "http://[::1]:9");
  EXPECT_EQ(load({"--listen", "localhost:65535"}, {})->listen_port, 65535);
  for (const char* bad : {"8080", ":8080", "::1:8080", "host:", "host:65536", "host:-1", "host:x", "ho st:1"}) {
    EXPECT_THAT(problems_of({"--listen", bad}), HasSubstr("flag --listen")) << bad;
  }
}

TEST(Config, PublicUrlIsSchemeAndHostOnly) {
  EXPECT_EQ(load({"--public-url", "https://runs.example.com:8443/"}, {})->public_url, "https://runs.example.com:8443");
  for (const char* bad : {"runs.example.com", "ftp://x", "https://", "https://x/path", "https://u@x", "https://x?y"}) {
    EXPECT_THAT(problems_of({"--public-url", bad}), HasSubstr("flag --public-url")) << bad;
  }
}

TEST(Config, AFlagWithoutItsValueIsAProblem) { EXPECT_THAT(problems_of({"--listen"}), HasSubstr("--listen")); }

TEST(Config, HelpNamesEverySetting) {
  EXPECT_TRUE(load({"--lisen", "--help"}, {})->wants_help);
  EXPECT_THAT(help(), AllOf(HasSubstr("--listen HOST:PORT"), HasSubstr("RUNBRIDGE_MASTER_KEY_FILE"),
                            HasSubstr("RUNBRIDGE_ADMIN_TOKEN"), Not(HasSubstr("--admin-token"))));
}

}  // namespace
}  // namespace config
