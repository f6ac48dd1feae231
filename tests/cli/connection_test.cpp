#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/file.h"
#include "cli/cli.h"
#include "jsonapi/json.h"
#include "tests/net/tiny_server.h"

namespace cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kJenkins =
    "name: builds\ntype: jenkins\ntarget: https://jenkins.example.com\ncredentials:\n  type: username_password\n"
    "  username: deployer\n  password:\n";

// The command line before a server that answers what it is told, and remembers what it was sent.
class ConnectionCommands : public testing::Test {
 protected:
  ConnectionCommands()
      : directory_(*base::TemporaryDirectory::create(std::filesystem::temp_directory_path(), "cli")),
        server_([this](int fd, const std::string& request) { return serve(fd, request); }) {
    answers_["GET /api/v2/organizations/acme/projects"] =
        R"({"data":[{"id":"prj-1","type":"projects","attributes":{"name":"Default Project"}}]})";
    answers_["GET /api/v2/projects/prj-1/service-connections"] = R"({"data":[]})";
    answers_["POST /api/v2/projects/prj-1/service-connections"] = connection({});
  }

  static std::string connection(const nlohmann::json& attributes) {
    return nlohmann::json{{"data", {{"id", "sc-1"}, {"type", "service-connections"}, {"attributes", attributes}}}}
        .dump();
  }

  std::string write(const std::string& name, const std::string& text, unsigned mode = 0600) {
    const auto path = directory_.path() / name;
    EXPECT_TRUE(base::write_file(path, text, mode));
    return path.string();
  }

  int type(const std::vector<std::string>& words, const std::string& given = "") {
    std::istringstream in(given);
    out_.str("");
    err_.str("");
    World world{in, out_, err_, environment_};
    world.environment["RUNBRIDGE_ADDRESS"] = "http://127.0.0.1:" + std::to_string(server_.port());
    world.environment["RUNBRIDGE_TOKEN"] = "token";
    world.environment["RUNBRIDGE_ORGANIZATION"] = "acme";
    return run(words, world);
  }

  // The bodies of requests that change something.
  std::vector<nlohmann::json> sent() {
    const std::lock_guard lock(mutex_);
    return sent_;
  }

  std::map<std::string, std::string> environment_;
  std::map<std::string, std::string> answers_;
  std::ostringstream out_, err_;

 private:
  bool serve(int fd, const std::string& request) {
    const std::string method = request.substr(0, request.find(' '));
    std::string path = request.substr(method.size() + 1);
    path = path.substr(0, path.find_first_of(" ?"));
    if (method != "GET") {
      const std::lock_guard lock(mutex_);
      sent_.push_back(nlohmann::json::parse(request.substr(request.find("\r\n\r\n") + 4), nullptr, false));
    }
    const auto answer = answers_.find(method + " " + path);
    const std::string body = answer == answers_.end() ? R"({"errors":[{"detail":"not there"}]})" : answer->second;
    const std::string head = answer == answers_.end() ? "HTTP/1.1 404 Not Found" : "HTTP/1.1 200 OK";
    net_test::send_all(fd, head +
                               "\r\nContent-Type: application/vnd.api+json\r\nConnection: close\r\nContent-Length: " +
                               std::to_string(body.size()) + "\r\n\r\n" + body);
    return false;
  }

  std::mutex mutex_;
  std::vector<nlohmann::json> sent_;
  base::TemporaryDirectory directory_;
  net_test::TinyServer server_;
};

TEST_F(ConnectionCommands, OptionsAsksWithWhatIsGivenSoFar) {
  const std::string call = "POST /api/v2/projects/prj-1/service-connections/actions/options";
  answers_[call] =
      R"({"data":{"id":"cluster","type":"service-connection-options","attributes":{"complete":false,"options":[)"
      R"({"value":"/subscriptions/a/prod","label":"prod"}]}}})";
  const std::vector<std::string> words{
      "connection",         "options",     "--type",  "kubernetes", "--scheme",
      "azure_subscription", "--parameter", "cluster", "--set",      "properties.azure_subscription=cloud"};
  EXPECT_EQ(type(words), 0) << err_.str();
  ASSERT_EQ(sent().size(), 1U);
  const auto attributes = sent()[0].at("data").at("attributes");
  EXPECT_EQ(attributes.at("connection-type"), "kubernetes");
  EXPECT_EQ(attributes.at("scheme"), "azure_subscription");
  EXPECT_EQ(attributes.at("parameter"), "cluster");
  EXPECT_EQ(attributes.at("parameters").at("azure_subscription"), "cloud");
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("/subscriptions/a/prod"), HasSubstr("prod")));
  EXPECT_THAT(err_.str(), HasSubstr("more than these"));
  answers_[call] = R"({"data":{"id":"cluster","attributes":{"complete":true,"options":[]}}})";
  EXPECT_EQ(type(words), 0);
  EXPECT_THAT(out_.str(), HasSubstr("none to choose from"));
  answers_.erase(call);
  EXPECT_EQ(type(words), 1);
}

TEST_F(ConnectionCommands, CreateSendsTheFileAndASecretFromAnotherFile) {
  const auto file = write("x.yaml", kJenkins);
  const auto secret = write("secret", "canary\n");
  EXPECT_EQ(
      type({"connection", "create", "--file", file, "--set", "credentials.password=@" + secret, "description=a=b"}), 0)
      << err_.str();
  ASSERT_EQ(sent().size(), 1U);
  const auto attributes = sent()[0].at("data").at("attributes");
  EXPECT_EQ(attributes.at("name"), "builds");
  EXPECT_EQ(attributes.at("connection-type"), "jenkins");
  EXPECT_EQ(attributes.at("scheme"), "username_password");
  EXPECT_EQ(attributes.at("description"), "a=b");
  EXPECT_EQ(attributes.at("parameters").at("server_url"), "https://jenkins.example.com");
  EXPECT_THAT(attributes.at("parameters").at("password").get<std::string>(), HasSubstr("canary"));
  EXPECT_THAT(out_.str() + err_.str(), Not(HasSubstr("canary")));
}

TEST_F(ConnectionCommands, ASecretComesFromTheEnvironmentOrStandardInput) {
  const auto file = write("x.yaml", kJenkins);
  environment_["JENKINS_PASSWORD"] = "from-environment";
  EXPECT_EQ(type({"connection", "create", "-f", file, "--set-env", "credentials.password=JENKINS_PASSWORD"}), 0)
      << err_.str();
  EXPECT_EQ(type({"connection", "create", "-f", file, "--set", "credentials.password=@-"}, "from-input\n"), 0)
      << err_.str();
  EXPECT_EQ(type({"connection", "create", "-f", "-", "--credentials", "password=typed"}, kJenkins), 0) << err_.str();
  ASSERT_EQ(sent().size(), 3U);
  const char* wanted[] = {"from-environment", "from-input", "typed"};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(sent()[i].at("data").at("attributes").at("parameters").at("password"), wanted[i]);
  }
  EXPECT_EQ(type({"connection", "create", "-f", file, "--set-env", "credentials.password=NOT_THERE"}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("there is no environment variable NOT_THERE"));
}

TEST_F(ConnectionCommands, WhatIsWrongIsToldWithItsPlaceAndNothingIsSent) {
  const auto file =
      write("x.yaml", "name: builds\ntype: jenkins\ntarget: ftp://x\ncredentials:\n  type: username_password\n");
  EXPECT_EQ(type({"connection", "create", "--file", file}), 1);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("x.yaml:3:9: target: "), HasSubstr("credentials.username"),
                                HasSubstr("credentials.password")));
  EXPECT_EQ(type({"connection", "create", "--file", write("y.yaml", std::string(kJenkins) + "\ttags: x\n")}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("There is a tab"));
  EXPECT_THAT(sent(), IsEmpty());
}

TEST_F(ConnectionCommands, ASignInIsBegunWaitedForAndNamed) {
  const auto sign_in = [](const nlohmann::json& attributes) {
    return nlohmann::json{{"data", {{"id", "oau-1"}, {"attributes", attributes}}}}.dump();
  };
  answers_["POST /api/v2/projects/prj-1/oauth-authorizations"] =
      sign_in({{"status", "pending"},
               {"poll-seconds", 0},
               {"user-code", "ABCD-EFGH"},
               {"authorization-url", "https://microsoft.com/devicelogin"}});
  answers_["GET /api/v2/oauth-authorizations/oau-1"] =
      sign_in({{"status", "granted"}, {"account", "operator@example.com"}});
  const std::vector<std::string> create{"connection",
                                        "create",
                                        "--sign-in",
                                        "--oauth-configuration",
                                        "entra",
                                        "--set",
                                        "name=cloud",
                                        "type=azure_rm",
                                        "credentials.type=automatic",
                                        "properties.subscription_id=00000000-0000-0000-0000-00000000000c"};
  auto without = create;
  std::erase(without, "--sign-in");
  EXPECT_EQ(type(without), 1);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("credentials.refresh_token"), HasSubstr("with --sign-in")));
  EXPECT_EQ(type(create), 0) << err_.str();
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("https://microsoft.com/devicelogin"), HasSubstr("ABCD-EFGH"),
                                HasSubstr("Signed in as operator@example.com")));
  ASSERT_EQ(sent().size(), 2U);
  EXPECT_EQ(sent()[0].at("data").at("attributes").at("oauth-configuration"), "entra");
  const auto attributes = sent()[1].at("data").at("attributes");
  EXPECT_EQ(attributes.at("oauth-authorization"), "oau-1");
  EXPECT_FALSE(attributes.at("parameters").contains("refresh_token"));
  answers_["GET /api/v2/oauth-authorizations/oau-1"] = sign_in({{"status", "failed"}, {"message", "It was refused."}});
  EXPECT_EQ(type(create), 1);
  EXPECT_THAT(err_.str(), HasSubstr("It was refused."));
  EXPECT_EQ(sent().size(), 3U) << "nothing is made";
}

TEST_F(ConnectionCommands, AnApplicationsSecretComesFromAFileOrTheEnvironment) {
  answers_["POST /api/v2/admin/oauth-configurations"] = R"({"data":{"id":"ocf-1","attributes":{"name":"corporate"}}})";
  const std::vector<std::string> create{"system", "oauth-configuration", "create", "corporate", "--type",
                                        "github", "--client-id",         "Iv1.app"};
  auto by_input = create;
  by_input.insert(by_input.end(), {"--client-secret-file", "-"});
  EXPECT_EQ(type(by_input, "canary-one\n"), 0) << err_.str();
  environment_["SECRET"] = "canary-two";
  auto by_environment = create;
  by_environment.insert(by_environment.end(), {"--client-secret-env", "SECRET"});
  EXPECT_EQ(type(by_environment), 0) << err_.str();
  ASSERT_EQ(sent().size(), 2U);
  EXPECT_EQ(sent()[0].at("data").at("attributes").at("client-secret"), "canary-one");
  EXPECT_EQ(sent()[1].at("data").at("attributes").at("client-secret"), "canary-two");
  EXPECT_THAT(out_.str() + err_.str(), Not(HasSubstr("canary")));
}

TEST_F(ConnectionCommands, AFileWithSecretsThatOthersCanReadIsWarnedAbout) {
  const std::string text =
      std::string(kJenkins).replace(std::string(kJenkins).find("password:\n"), 10, "password: canary\n");
  EXPECT_EQ(type({"connection", "create", "--file", write("open.yaml", text, 0644)}), 0) << err_.str();
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("warning: other users"), HasSubstr("chmod 600"), Not(HasSubstr("canary"))));
  EXPECT_EQ(type({"connection", "create", "--file", write("closed.yaml", text, 0600)}), 0);
  EXPECT_THAT(err_.str(), Not(HasSubstr("warning")));
  EXPECT_EQ(
      type({"connection", "create", "--file", write("blank.yaml", kJenkins, 0644), "--set", "credentials.password=x"}),
      0);
  EXPECT_THAT(err_.str(), Not(HasSubstr("warning")));
}

TEST_F(ConnectionCommands, ApplyShowsItsPlanAndChangesNothingIfAnythingIsWrong) {
  std::filesystem::create_directory(std::filesystem::path(write("d.txt", "")).parent_path() / "set");
  const std::string with_password = std::string(kJenkins) + "description: d\n";
  write("set/a.yaml", "name: public\ntype: git\ntarget: https://git.example.com/r\n");
  const std::string directory = std::filesystem::path(write("set/b.yaml", with_password)).parent_path().string();
  EXPECT_EQ(type({"connection", "apply", directory, "--yes"}), 1);
  EXPECT_THAT(err_.str(),
              AllOf(HasSubstr("b.yaml"), HasSubstr("credentials.password"), HasSubstr("Nothing was changed.")));
  EXPECT_THAT(sent(), IsEmpty());

  // The one that is there keeps its secret, so the file need not have it.
  answers_["GET /api/v2/projects/prj-1/service-connections"] = nlohmann::json{
      {"data",
       {{{"id", "sc-9"},
         {"type", "service-connections"},
         {"relationships", {{"project", {{"data", {{"id", "prj-1"}, {"type", "projects"}}}}}}},
         {"attributes",
          {{"name", "builds"},
           {"connection-type", "jenkins"},
           {"scheme", "username_password"},
           {"description", "old"},
           {"parameters",
            {{"server_url", "https://jenkins.example.com"},
             {"username", "deployer"},
             {"accept_untrusted_certs", "false"}}},
           {"secrets-set", {"password"}}}}}}}}.dump();
  answers_["PATCH /api/v2/service-connections/sc-9"] = connection({});
  EXPECT_EQ(type({"connection", "apply", directory, "--plan"}), 0) << err_.str();
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("+ create public (git, none)"), HasSubstr("~ change builds: description\n")));
  EXPECT_THAT(sent(), IsEmpty());
  EXPECT_EQ(type({"connection", "apply", directory, "--yes"}), 0) << err_.str();
  ASSERT_EQ(sent().size(), 2U);
  EXPECT_EQ(sent()[1].at("data").at("attributes").at("description"), "d");
}

TEST_F(ConnectionCommands, TypesShowWhatEachTakes) {
  EXPECT_EQ(type({"connection", "types", "K8S"}), 0) << err_.str();
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("credentials.type: service_account"), HasSubstr("credentials.kubeconfig")));
  EXPECT_EQ(type({"connection", "types", "kubernets"}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("\"kubernetes\"?"));
}

}  // namespace
}  // namespace cli
