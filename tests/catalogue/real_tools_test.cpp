#include "catalogue/materials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/random.h"
#include "base/strings.h"
#include "crypto/ssh_key.h"
#include "tests/catalogue/test_run.h"
#include "tests/net/tiny_server.h"
#include "tests/support/ssh_server.h"

namespace catalogue {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

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

// A host to log in to with a key; whoever is let in is told so.
class LogsIn : public testing::Test {
 protected:
  // The command as the run's own variables have it, without a word of ours about key, port or host key.
  static Ran log_in(TestRun& run) {
    const auto made = run.written();
    return run_tool(made, {"sh", "-c", "exec $GIT_SSH_COMMAND -o ConnectTimeout=20 \"$SSH_USER@$SSH_HOST\" whatever"},
                    run.dir());
  }
  Use& add(TestRun& run, const std::string& private_key, const std::string& known_hosts,
           const std::string& passphrase = "") {
    std::map<std::string, std::string> values{{"host", server.host()},
                                              {"port", std::to_string(server.port())},
                                              {"username", server.user()},
                                              {"private_key", private_key},
                                              {"passphrase", passphrase}};
    Use& use = run.add("ssh", "private_key", "host", values);
    use.known_host_line = known_hosts.substr(0, known_hosts.find('\n'));
    return use;
  }

  crypto::SshKey key = *crypto::SshKey::generate(crypto::SshKeyType::kEd25519, "test");
  support::SshServer server{
      {.authorized_keys = {key.public_line()}, .host_keys = {"ed25519"}, .settings = {"ForceCommand echo welcome"}}};
};

TEST_F(LogsIn, SshWithTheKeyOfTheRun) {
  TestRun run;
  add(run, key.private_text().reveal(), server.known_hosts());
  const Ran in = log_in(run);
  EXPECT_EQ(in.output, "welcome\n") << in.errors << server.log();
  EXPECT_EQ(in.exit, 0);
}

TEST_F(LogsIn, SshWithTheKeyAndItsPassphrase) {
  const auto path = std::filesystem::path(TestRun().dir()).parent_path() / ("key-" + base::random_base58(12));
  ASSERT_TRUE(base::write_file(path, key.private_text().reveal(), 0600));
  const auto locked =
      base::run_process({.arguments = {"ssh-keygen", "-q", "-p", "-P", "", "-N", "pass phrase'$", "-f", path.string()},
                         .environment = {{"PATH", "/usr/bin:/bin"}}});
  const auto text = base::read_file(path, 65'536);
  std::filesystem::remove(path);
  ASSERT_TRUE(locked && locked->succeeded() && text);
  TestRun run;
  add(run, *text, server.known_hosts(), "pass phrase'$");
  const Ran in = log_in(run);
  EXPECT_EQ(in.output, "welcome\n") << in.errors << server.log();
}

TEST_F(LogsIn, SshNowhereElse) {
  TestRun stranger;
  add(stranger, crypto::SshKey::generate(crypto::SshKeyType::kEd25519, "stranger")->private_text().reveal(),
      server.known_hosts());
  EXPECT_THAT(log_in(stranger).errors, HasSubstr("Permission denied"));
  const std::string before = server.known_hosts();
  server.change_host_keys();
  TestRun changed;
  add(changed, key.private_text().reveal(), before);
  const Ran refused = log_in(changed);
  EXPECT_THAT(refused.errors, HasSubstr("Host key verification failed"));
  EXPECT_EQ(refused.output, "");
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

// Asks everybody for a password in the name of "the realm", then has nothing.
bool ask_for_a_password(int fd, const std::string& request) {
  const bool signed_in = base::to_lower(request).find("\r\nauthorization: ") != std::string::npos;
  const std::string challenge = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"the realm\"\r\n";
  const std::string pom =
      "<project><modelVersion>4.0.0</modelVersion><groupId>com.example</groupId><artifactId>parent</artifactId>"
      "<version>1</version><packaging>pom</packaging></project>";
  const bool wants_pom = request.starts_with("GET ") && request.find(".pom HTTP") != std::string::npos;
  if (!signed_in) return net_test::send_all(fd, challenge + "Content-Length: 0\r\n\r\n");
  return net_test::send_all(fd, wants_pom ? net_test::ok(pom) : "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
}

struct SignIn {
  const char* tool;
  const char* type;
  const char* scheme;
  std::map<std::string, std::string> values;  // URL stands for the server, HOST for its host and port
  std::vector<std::string> arguments;         // also NAME of a variable in "$NAME"
  const char* shown = "Basic ";               // of the account, unless it is a token
};

std::vector<SignIn> sign_ins() {
  const auto with = [](std::map<std::string, std::string> more) {
    more.insert({{"username", "u@ser"}, {"password", "p\"<&w #1"}});
    return more;
  };
  return {
      {"git",
       "external_git",
       "username_password",
       with({{"server_url", "URL/team/repo.git"}}),
       {"git", "ls-remote", "URL/team/repo.git"}},
      {"npm",
       "npm",
       "username_password",
       with({{"registry_url", "URL/npm/"}}),
       {"npm", "view", "left-pad", "--fetch-retries=0"}},
      {"npm",
       "npm",
       "external_azure_pipelines",
       {{"registry_url", "URL/npm/"}, {"token", "t0ken-of-npm"}},
       {"npm", "view", "left-pad", "--fetch-retries=0"},
       "Bearer t0ken-of-npm"},
      {"pip3",
       "python_download",
       "username_password",
       with({{"repository_url", "URL/simple"}}),
       {"pip3", "download", "--no-deps", "--retries=0", "--disable-pip-version-check", "left-pad"}},
      {"skopeo",
       "docker_registry",
       "others",
       with({{"registry_url", "URL"}, {"email", ""}}),
       {"skopeo", "inspect", "--tls-verify=false", "docker://HOST/image"}},
      {"mvn",
       "maven",
       "username_password",
       with({{"registry_url", "URL/maven"}, {"registry_id", "releases"}}),
       {"mvn", "-q", "-B", "-s", "$MAVEN_SETTINGS_FILE", "-Dmaven.repo.local=repository", "validate"}},
      {"svn",
       "subversion",
       "username_password",
       with({{"server_url", "URL/svn"}, {"realm_name", "the realm"}}),
       {"svn", "info", "--non-interactive", "--config-dir", "$SVN_CONFIG_DIR", "URL/svn"}},
  };
}

// The credentials arrive at the service, byte for byte, from the tool itself.
TEST(RealTools, EachSignsInAtTheService) {
  for (const SignIn& one : sign_ins()) {
    SCOPED_TRACE(std::string(one.tool) + " " + one.scheme);
    if (!base::find_program(one.tool)) {
      std::cerr << one.tool << " is not installed and was not tried\n";
      continue;
    }
    const net_test::TinyServer server(ask_for_a_password);
    const std::string host = "127.0.0.1:" + std::to_string(server.port());
    TestRun run;
    const auto placed = [&](const std::string& text) {
      return base::replace_all(base::replace_all(text, "URL", "http://" + host), "HOST", host);
    };
    std::map<std::string, std::string> values;
    for (const auto& [id, text] : one.values) values.emplace(id, placed(text));
    run.add(one.type, one.scheme, "service", values);
    const auto made = run.written();
    ASSERT_TRUE(base::write_file(
        std::filesystem::path(run.dir()) / "pom.xml",
        "<project><modelVersion>4.0.0</modelVersion><parent><groupId>com.example</groupId><artifactId>parent"
        "</artifactId><version>1</version></parent><artifactId>child</artifactId><packaging>pom</packaging>"
        "<repositories><repository><id>releases</id><url>http://" +
            host + "/maven</url></repository></repositories></project>"));
    std::vector<std::string> arguments;
    for (const auto& word : one.arguments) {
      arguments.push_back(word.starts_with('$') ? value_of(made, word.substr(1)) : placed(word));
    }
    const Ran ran = run_tool(made, arguments, run.dir());
    const std::string account = base::to_base64("u@ser:p\"<&w #1");
    const std::string wanted = std::string(one.shown) + (one.values.contains("password") ? account : "");
    EXPECT_THAT(server.requests(), testing::Contains(HasSubstr(wanted))) << ran.output << ran.errors;
    if (std::string_view(one.tool) == "mvn") {
      EXPECT_EQ(ran.exit, 0) << ran.output << ran.errors;
    }
  }
}

}  // namespace
}  // namespace catalogue
