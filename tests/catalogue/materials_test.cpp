#include "catalogue/materials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/process.h"
#include "base/strings.h"
#include "tests/support/connection_values.h"

namespace catalogue {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

const Catalogue& builtin() { return *Catalogue::builtin(); }

// Connections of a run, made as a person would make them.
class TestRun {
 public:
  TestRun() : directory_(*base::TemporaryDirectory::create(std::filesystem::temp_directory_path(), "materials")) {}

  // Good values of the scheme, with these instead.
  Use& add(const char* type_name, const char* scheme_name, const std::string& name,
           const std::map<std::string, std::string>& changes = {}, const std::string& prefix = "") {
    const Type* type = builtin().find_type(type_name);
    const Scheme* scheme = type->find_scheme(scheme_name);
    Given given = test::good_values(*type, *scheme);
    for (const auto& [id, value] : changes) given.values.insert_or_assign(id, base::Secret(value));
    Checked checked = validate(builtin(), *type, *scheme, given, Mode::kCreate);
    for (const Problem& problem : checked.problems) ADD_FAILURE() << problem.message;
    values_.push_back(std::move(checked.values));
    Use use;
    use.type = type;
    use.scheme = scheme;
    use.name = name;
    use.values = &values_.back();
    use.prefix = prefix;
    use.known_host_line = "host.example.com ssh-ed25519 AAAA";
    for (const std::string& captured : needed_captures(*scheme)) {
      use.steps.captures.emplace(captured, base::Secret("canary-" + captured));
    }
    uses_.push_back(std::move(use));
    return uses_.back();
  }

  base::Result<Materials> make(bool endpoints = false) const {
    return materialize(builtin(), uses_, directory_.path().string(), endpoints);
  }

  // Writes the files; what the executor does.
  Materials written() {
    auto made = make();
    if (!made) {
      ADD_FAILURE() << made.error().message;
      return {};
    }
    for (const MaterialFile& file : made->files) {
      const auto path = directory_.path() / file.path;
      std::filesystem::create_directories(path.parent_path());
      EXPECT_TRUE(base::write_file(path, file.content.reveal(), file.mode));
    }
    return *std::move(made);
  }

  std::string dir() const { return directory_.path().string(); }

 private:
  base::TemporaryDirectory directory_;
  std::deque<Values> values_;
  std::vector<Use> uses_;
};

std::string value_of(const Materials& made, std::string_view name) {
  for (const MaterialVariable& variable : made.variables) {
    if (variable.name == name) return variable.value.reveal();
  }
  return "(not set)";
}

std::string file_of(const Materials& made, std::string_view path) {
  for (const MaterialFile& file : made.files) {
    if (file.path == path) return file.content.reveal();
  }
  return "(no file)";
}

struct Ran {
  int exit = -1;
  std::string output, errors;
};

// A tool with the run's variables; "(skipped)" if it is not installed.
Ran run_tool(const Materials& made, std::vector<std::string> arguments, const std::string& directory,
             const std::string& input = "") {
  base::Command command;
  command.arguments = std::move(arguments);
  command.directory = directory;
  command.input = input;
  command.environment = {{"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"HOME", directory}};
  for (const MaterialVariable& variable : made.variables) {
    command.environment.emplace_back(variable.name, variable.value.reveal());
  }
  const auto result = base::run_process(command);
  if (!result) {
    ADD_FAILURE() << result.error().message;
    return {};
  }
  return {result->exit_code, result->output, result->errors};
}

#define NEED_TOOL(name) \
  if (!base::find_program(name)) GTEST_SKIP() << name << " is not installed"

class EveryEnvironment : public testing::TestWithParam<std::pair<const Type*, const Scheme*>> {};

TEST_P(EveryEnvironment, IsRenderedWithoutAnythingLeftOver) {
  TestRun run;
  run.add(GetParam().first->id.c_str(), GetParam().second->id.c_str(), "my connection-1");
  const auto made = run.make(true);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_FALSE(made->variables.empty());
  for (const MaterialVariable& variable : made->variables) {
    EXPECT_THAT(variable.name, testing::MatchesRegex("[A-Za-z_][A-Za-z0-9_]*"));
    EXPECT_THAT(variable.value.reveal(), Not(HasSubstr("{{"))) << variable.name;
    EXPECT_FALSE(variable.value.empty()) << variable.name;
    EXPECT_LT(variable.value.size(), 128U << 10U) << variable.name;
  }
  for (const MaterialFile& file : made->files) {
    EXPECT_THAT(file.content.reveal(), Not(HasSubstr("{{"))) << file.path;
    EXPECT_FALSE(file.content.empty()) << file.path;
    EXPECT_TRUE(file.mode == 0600 || file.mode == 0700) << file.path;
  }
}

// Whatever variable or file has a secret in it says so, and its secret is masked.
TEST_P(EveryEnvironment, T_CanarySecretsAreMarkedAndMasked) {
  TestRun run;
  const Use& use = run.add(GetParam().first->id.c_str(), GetParam().second->id.c_str(), "my connection-1");
  const auto made = run.make(true);
  ASSERT_TRUE(made);
  const auto masked = [&](const std::string& text) {
    return std::any_of(made->masked.begin(), made->masked.end(), [&](const auto& one) { return one.reveal() == text; });
  };
  for (const auto& [id, secret] : use.values->secrets()) {
    EXPECT_TRUE(masked(std::string(base::trim(secret.reveal())))) << id;
    for (const MaterialVariable& variable : made->variables) {
      const bool has = variable.value.reveal().find(secret.reveal()) != std::string::npos;
      EXPECT_TRUE(variable.secret || !has) << variable.name << " has " << id;
    }
    for (const MaterialFile& file : made->files) {
      const bool has = file.content.reveal().find(secret.reveal()) != std::string::npos;
      EXPECT_TRUE(file.secret || !has) << file.path << " has " << id;
    }
  }
}

std::vector<std::pair<const Type*, const Scheme*>> all_schemes() {
  std::vector<std::pair<const Type*, const Scheme*>> all;
  for (const Type& type : builtin().types()) {
    for (const Scheme& scheme : type.schemes) all.emplace_back(&type, &scheme);
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryEnvironment, testing::ValuesIn(all_schemes()),
                         [](const auto& one) { return one.param.first->id + "_" + one.param.second->id; });

TEST(Materials, AnEmptyValueIsNoVariable) {
  TestRun run;
  run.add("s3", "access_key", "data", {{"region", ""}, {"endpoint_url", ""}});
  const auto made = run.make();
  EXPECT_EQ(value_of(*made, "AWS_REGION"), "(not set)");
  EXPECT_EQ(value_of(*made, "S3_BUCKET"), "example-training-data");
}

TEST(Materials, TwoThatSetTheSameVariableAreRefusedNamingBoth) {
  TestRun run;
  run.add("s3", "access_key", "first", {{"target", "bucket-a"}});
  run.add("s3", "access_key", "second", {{"target", "bucket-b"}});
  const auto made = run.make();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, base::Code::kConflict);
  EXPECT_THAT(made.error().message,
              testing::AllOf(HasSubstr("\"first\""), HasSubstr("\"second\""), HasSubstr("prefix")));
}

TEST(Materials, APrefixKeepsThemApart) {
  TestRun run;
  run.add("s3", "access_key", "first", {{"target", "bucket-a"}});
  run.add("s3", "access_key", "second", {{"target", "bucket-b"}}, "B_");
  const auto made = run.make();
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(value_of(*made, "S3_BUCKET"), "bucket-a");
  EXPECT_EQ(value_of(*made, "B_S3_BUCKET"), "bucket-b");
}

TEST(Materials, APrefixThatIsNoNameIsRefused) {
  TestRun run;
  run.add("s3", "access_key", "first", {}, "1=");
  EXPECT_FALSE(run.make());
}

TEST(Materials, ScriptsOfAPrefixedConnectionReadThePrefixedVariables) {
  TestRun run;
  run.add("git", "pat", "code", {}, "B_");
  const auto made = run.make();
  EXPECT_THAT(file_of(*made, "git-askpass.sh"), HasSubstr("\"$B_GIT_ASKPASS_PASSWORD\""));
  TestRun npm;
  npm.add("npm", "external_azure_pipelines", "feed", {}, "B_");
  EXPECT_THAT(file_of(*npm.make(), "npm/.npmrc"), HasSubstr("${B_NPM_TOKEN}"));
}

TEST(Materials, ApiKeyNamesThatAreAmbiguousAreLeftOut) {
  TestRun run;
  run.add("api_key", "api_key", "one", {{"api_key", "key-one"}});
  run.add("api_key", "api_key", "two", {{"api_key", "key-two"}});
  const auto made = run.make();
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(value_of(*made, "API_KEY"), "(not set)");
  EXPECT_EQ(value_of(*made, "ONE_API_KEY"), "key-one");
  EXPECT_EQ(value_of(*made, "TWO_API_KEY"), "key-two");
  EXPECT_THAT(made->warnings, testing::Contains(HasSubstr("API_KEY is not set")));
}

TEST(Materials, SecondIndexesOfPipGoToTheExtraOnes) {
  TestRun run;
  run.add("python_feed", "none", "a", {{"target", "https://a.example.com/simple"}});
  run.add("python_feed", "none", "b", {{"target", "https://b.example.com/simple"}});
  run.add("python_feed", "username_password", "c",
          {{"target", "https://c.example.com/simple"}, {"username", "u@x"}, {"password", "p/w"}});
  const auto made = run.make();
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(value_of(*made, "PIP_INDEX_URL"), "https://a.example.com/simple");
  EXPECT_EQ(value_of(*made, "PIP_EXTRA_INDEX_URL"),
            "https://b.example.com/simple https://u%40x:p%2Fw@c.example.com/simple");
  const auto at = std::find_if(made->variables.begin(), made->variables.end(),
                               [](const auto& one) { return one.name == "PIP_EXTRA_INDEX_URL"; });
  EXPECT_TRUE(at->secret);
}

TEST(Materials, TheSameRegistryTwiceIsRefused) {
  TestRun run;
  run.add("docker_registry", "others", "a");
  run.add("docker_registry", "others", "b", {}, "B_");
  const auto made = run.make();
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message,
              testing::AllOf(HasSubstr("\"a\""), HasSubstr("\"b\""), HasSubstr("registry.example.com:5443")));
}

TEST(Materials, EndpointVariablesAreNamedAfterTheConnection) {
  TestRun run;
  run.add("jenkins", "username_password", "build server");
  const auto made = run.make(true);
  EXPECT_EQ(value_of(*made, "ENDPOINT_URL_BUILD_SERVER"), "https://service.example.com/base");
  EXPECT_EQ(value_of(*made, "ENDPOINT_AUTH_SCHEME_BUILD_SERVER"), "UsernamePassword");
  EXPECT_EQ(value_of(*made, "ENDPOINT_DATA_BUILD_SERVER_ACCEPTUNTRUSTEDCERTS"), "true");
  const auto json = nlohmann::json::parse(value_of(*made, "ENDPOINT_AUTH_BUILD_SERVER"));
  EXPECT_EQ(json.at("parameters").at("password"), value_of(*made, "ENDPOINT_AUTH_PARAMETER_BUILD_SERVER_PASSWORD"));
  EXPECT_EQ(value_of(*run.make(false), "ENDPOINT_URL_BUILD_SERVER"), "(not set)");
}

TEST(Materials, SecretPartsAreMaskedOnTheirOwn) {
  TestRun run;
  run.add("azure_service_bus", "connection_string", "bus");
  run.add("kubernetes", "kubeconfig", "cluster");
  const auto made = run.make();
  std::vector<std::string> masked;
  for (const auto& one : made->masked) masked.push_back(one.reveal());
  EXPECT_THAT(masked, testing::Contains("canaryservicebus0123456789ABCDEF="));
  EXPECT_THAT(masked, testing::Contains("canary-kubeconfig-token"));
  EXPECT_TRUE(
      std::is_sorted(masked.begin(), masked.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); }));
}

TEST(Materials, WhatIsFetchedWhenTheRunStartsIsNamed) {
  EXPECT_THAT(needed_captures(*builtin().find_type("snowflake")->find_scheme("service_principal")),
              testing::ElementsAre("token.access_token"));
  EXPECT_THAT(needed_captures(*builtin().find_type("docker_registry")->find_scheme("azure_container_registry")),
              testing::ElementsAre("exchange.refresh_token"));
  EXPECT_THAT(needed_captures(*builtin().find_type("jenkins")->find_scheme("username_password")), IsEmpty());
}

TEST(RealTools, GitAsksTheScriptOfOneConnection) {
  NEED_TOOL("git");
  TestRun run;
  run.add("git", "username_password", "code",
          {{"target", "https://git.example.com/team/repo"}, {"username", "u ser"}, {"password", "p'w$x"}});
  const auto made = run.written();
  const auto fill = [&](const std::string& host) {
    return run_tool(made, {"git", "-c", "credential.helper=", "credential", "fill"}, run.dir(),
                    "protocol=https\nhost=" + host + "\n\n");
  };
  const Ran own = fill("git.example.com");
  EXPECT_EQ(own.exit, 0) << own.errors;
  EXPECT_THAT(own.output, HasSubstr("username=u ser\npassword=p'w$x\n"));
  const Ran other = fill("evil.example.com");
  EXPECT_NE(other.exit, 0);
  EXPECT_THAT(other.output, Not(HasSubstr("p'w")));
}

TEST(RealTools, GitAsksOneScriptForSeveralConnections) {
  NEED_TOOL("git");
  TestRun run;
  run.add("git", "username_password", "host",
          {{"target", "https://git.example.com"}, {"username", "host-user"}, {"password", "host-pass"}});
  run.add("git", "username_password", "repo",
          {{"target", "https://git.example.com/team/repo.git"}, {"username", "repo-user"}, {"password", "repo-pass"}});
  run.add("github", "pat", "hub", {{"token", "hub-token"}});
  auto made = run.make();
  ASSERT_FALSE(made);  // GIT_REPO_URL of two
  TestRun more;
  more.add("external_git", "username_password", "host",
           {{"server_url", "https://git.example.com"},
            {"username", "host-user"},
            {"password", "host-pass"},
            {"accept_untrusted_certs", "false"}});
  more.add("external_git", "username_password", "repo",
           {{"server_url", "https://git.example.com/team/repo.git"},
            {"username", "repo-user"},
            {"password", "repo-pass"},
            {"accept_untrusted_certs", "false"}});
  more.add("github", "pat", "hub", {{"token", "hub-token"}});
  const auto written = more.written();
  const auto fill = [&](const std::string& host, const std::string& path) {
    return run_tool(written, {"git", "-c", "credential.helper=", "credential", "fill"}, more.dir(),
                    "protocol=https\nhost=" + host + "\npath=" + path + "\n\n")
        .output;
  };
  EXPECT_THAT(fill("git.example.com", "team/repo.git"), HasSubstr("username=repo-user\npassword=repo-pass"));
  EXPECT_THAT(fill("git.example.com", "team/repo"), HasSubstr("username=repo-user\npassword=repo-pass"));
  EXPECT_THAT(fill("git.example.com", "team/repository"), HasSubstr("username=host-user\npassword=host-pass"));
  EXPECT_THAT(fill("git.example.com", "other"), HasSubstr("username=host-user\npassword=host-pass"));
  EXPECT_THAT(fill("github.com", "a/b"), HasSubstr("username=x-access-token\npassword=hub-token"));
  EXPECT_THAT(fill("evil.example.com", "team/repo"), Not(HasSubstr("password")));
}

TEST(RealTools, NpmReadsItsFile) {
  NEED_TOOL("npm");
  TestRun run;
  run.add("npm", "username_password", "feed",
          {{"registry_url", "https://npm.example.com/team"}, {"username", "a;b#c"}, {"password", "p\"w"}});
  const auto made = run.written();
  const Ran read = run_tool(made, {"npm", "config", "get", "//npm.example.com/team/:username"}, run.dir());
  EXPECT_THAT(run_tool(made, {"npm", "config", "get", "registry"}, run.dir()).output,
              HasSubstr("https://npm.example.com/team"));
  // What npm shows of an account's name is not protected; the password is.
  EXPECT_THAT(read.output + read.errors, testing::AnyOf(HasSubstr("a;b#c"), HasSubstr("protected")));
}

TEST(RealTools, PipReadsItsVariables) {
  NEED_TOOL("pip3");
  TestRun run;
  run.add("python_feed", "username_password", "feed",
          {{"target", "https://pypi.example.com/simple"}, {"username", "u@x"}, {"password", "p/w"}});
  const Ran read = run_tool(run.written(), {"pip3", "config", "list"}, run.dir());
  EXPECT_THAT(read.output, HasSubstr("u%40x:p%2Fw@pypi.example.com/simple")) << read.errors;
}

TEST(RealTools, SkopeoReadsTheDockerConfigOfSeveralRegistries) {
  NEED_TOOL("skopeo");
  TestRun run;
  run.add("docker_registry", "others", "a",
          {{"registry_url", "https://a.example.com"}, {"username", "user-a"}, {"password", "pa:ss"}});
  run.add("docker_registry", "docker_hub", "hub",
          {{"registry_url", "docker.io"}, {"username", "hub-user"}, {"password", "hub-pass"}}, "HUB_");
  const auto made = run.written();
  const auto login = [&](const std::string& registry) {
    return run_tool(made, {"skopeo", "login", "--get-login", registry}, run.dir()).output;
  };
  EXPECT_EQ(login("a.example.com"), "user-a\n");
  EXPECT_EQ(login("docker.io"), "hub-user\n");
}

TEST(RealTools, KubectlReadsTheKubeconfigs) {
  NEED_TOOL("kubectl");
  TestRun run;
  run.add("kubernetes", "service_account", "production",
          {{"server_url", "https://k8s.example.com:6443"}, {"token", "tok\"en"}});
  run.add("kubernetes", "kubeconfig", "staging", {}, "");
  // KUBE_INSECURE and others differ in nothing; only what joins is set twice.
  const auto made = run.written();
  const Ran contexts = run_tool(made, {"kubectl", "config", "get-contexts", "-o", "name"}, run.dir());
  EXPECT_THAT(contexts.output, testing::AllOf(HasSubstr("production"), HasSubstr("first"), HasSubstr("second")))
      << contexts.errors;
  const Ran view = run_tool(made, {"kubectl", "config", "view", "--raw", "-o", "json"}, run.dir());
  const auto json = nlohmann::json::parse(view.output, nullptr, false);
  ASSERT_TRUE(json.is_object()) << view.errors;
  for (const auto& user : json.at("users")) {
    if (user.at("name") == "production") {
      EXPECT_EQ(user.at("user").at("token"), "tok\"en");
    }
  }
  TestRun alone;
  alone.add("kubernetes", "kubeconfig", "staging");
  const Ran current = run_tool(alone.written(), {"kubectl", "config", "current-context"}, alone.dir());
  EXPECT_EQ(current.output, "second\n") << current.errors;
}

TEST(Materials, KubeconfigsWithTheSameNamesAreRefused) {
  TestRun run;
  run.add("kubernetes", "kubeconfig", "one");
  run.add("kubernetes", "kubeconfig", "two");
  const auto made = run.make();
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message,
              testing::AllOf(HasSubstr("\"one\""), HasSubstr("\"two\""), HasSubstr("\"staging\"")));
}

TEST(RealTools, MavenReadsItsSettings) {
  NEED_TOOL("mvn");
  TestRun run;
  run.add("maven", "username_password", "releases",
          {{"registry_id", "releases"}, {"username", "u<&>"}, {"password", "p\"w"}});
  run.add("maven", "authentication_token", "tokens", {{"registry_id", "tokens"}}, "T_");
  const auto made = run.written();
  const Ran parsed = run_tool(made,
                              {"python3", "-c",
                               "import sys,xml.etree.ElementTree as t; n='{http://maven.apache.org/SETTINGS/1.2.0}'\n"
                               "for s in t.parse(sys.argv[1]).iter(n+'server'): print(s.find(n+'id').text, "
                               "s.find(n+'username').text, s.find(n+'password').text)",
                               run.dir() + "/maven/settings.xml"},
                              run.dir());
  EXPECT_THAT(parsed.output, HasSubstr("releases u<&> p\"w\n")) << parsed.errors;
  EXPECT_THAT(parsed.output, HasSubstr("tokens AzureDevOps"));
}

TEST(RealTools, PypircAndNuGetConfigMerge) {
  NEED_TOOL("python3");
  TestRun run;
  run.add("python_upload", "username_password", "a",
          {{"endpoint_name", "a"}, {"username", "user-a"}, {"password", "p;#%w"}});
  run.add("python_upload", "authentication_token", "b", {{"endpoint_name", "b"}}, "B_");
  run.add("nuget", "basic", "feed one", {{"username", "u&"}, {"password", "p<"}});
  run.add("nuget", "external_azure_pipelines", "feed two", {}, "N_");
  const auto made = run.written();
  const Ran pypirc =
      run_tool(made,
               {"python3", "-c",
                "import sys,configparser as c; p=c.RawConfigParser(); p.read(sys.argv[1])\n"
                "print(p.get('distutils','index-servers').split(), p.get('a','password'), p.get('b','username'))",
                run.dir() + "/python/.pypirc"},
               run.dir());
  EXPECT_EQ(pypirc.output, "['a', 'b'] p;#%w build\n") << pypirc.errors;
  const Ran nuget = run_tool(
      made,
      {"python3", "-c",
       "import sys,xml.etree.ElementTree as t; r=t.parse(sys.argv[1]).getroot()\n"
       "print([a.get('key') for a in r.find('packageSources')], [c.tag for c in r.find('packageSourceCredentials')],"
       " r.find('packageSourceCredentials/feed_one')[1].get('value'))",
       run.dir() + "/nuget/NuGet.Config"},
      run.dir());
  EXPECT_EQ(nuget.output, "['feed_one', 'feed_two'] ['feed_one', 'feed_two'] p<\n") << nuget.errors;
}

TEST(RealTools, SshReadsItsKey) {
  NEED_TOOL("ssh-keygen");
  TestRun run;
  run.add("ssh", "private_key", "host");
  const auto made = run.written();
  const Ran key = run_tool(made, {"ssh-keygen", "-y", "-P", "", "-f", value_of(made, "SSH_KEY_FILE")}, run.dir());
  EXPECT_THAT(key.output, StartsWith("ssh-ed25519 ")) << key.errors;
  EXPECT_THAT(value_of(made, "GIT_SSH_COMMAND"), HasSubstr("-p 2222"));
}

TEST(RealTools, OpensslReadsThePfxWithoutAPassword) {
  NEED_TOOL("openssl");
  TestRun run;
  run.add("azure_rm", "service_principal_certificate", "azure");
  const auto made = run.written();
  const Ran read = run_tool(
      made, {"openssl", "pkcs12", "-in", value_of(made, "ARM_CLIENT_CERTIFICATE_PATH"), "-passin", "pass:", "-nodes"},
      run.dir());
  EXPECT_EQ(read.exit, 0) << read.errors;
  EXPECT_THAT(read.output, HasSubstr("BEGIN PRIVATE KEY"));
}

TEST(RealTools, SubversionFindsTheRecordByItsRealm) {
  NEED_TOOL("svn");
  TestRun run;
  run.add("subversion", "username_password", "old", {{"realm_name", "Example Source Vault"}, {"username", "reader"}});
  const auto made = run.written();
  const Ran list = run_tool(made, {"svn", "auth", "--config-dir", value_of(made, "SVN_CONFIG_DIR")}, run.dir());
  EXPECT_THAT(list.output,
              testing::AllOf(HasSubstr("<https://svn.example.com:443> Example Source Vault"), HasSubstr("reader")))
      << list.errors;
}

}  // namespace
}  // namespace catalogue
