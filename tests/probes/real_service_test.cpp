#include <gmock/gmock.h>

#include <fstream>
#include <thread>

#include "base/file.h"
#include "base/process.h"
#include "base/strings.h"
#include "base/thread.h"
#include "crypto/ssh_key.h"
#include "tests/net/tiny_server.h"
#include "tests/probes/world.h"

// Verification against the real programs: nginx, Apache with git and Subversion, svnserve, docker-registry, sshd.
namespace {

using probes_test::certificate_for;
using probes_test::everything;
using probes_test::kPassword;
using probes_test::kUser;
using probes_test::Service;
using probes_test::summary;
using probes_test::Texts;
using probes_test::Try;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kWrong = "wr0ng&secret/value";

Texts files_of(const net_test::CertificateAuthority::Files& files) {
  return {{"cert", files.certificate.string()}, {"key", files.key.string()}};
}

Try generic(const std::string& url, const std::string& password = kPassword, const std::string& path = "/") {
  return Try("generic", "username_password",
             {{"server_url", url}, {"username", kUser}, {"password", password}, {"verify_path", path}});
}

// ---- nginx: TLS and Basic

class Nginx : public testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = std::make_unique<Service>("nginx", certificate_for("DNS:web.test")); }
  static void TearDownTestSuite() { server_.reset(); }
  static Try at(const std::string& password, const std::string& path = "/") {
    return generic("https://web.test", password, path).at(*server_);
  }
  static std::unique_ptr<Service> server_;
};
std::unique_ptr<Service> Nginx::server_;

TEST_F(Nginx, TheRightPasswordIsProven) {
  const auto report = at(kPassword).run();
  EXPECT_EQ(summary(report), "ok") << everything(report);
  EXPECT_GT(report.steps.front().duration.count() + 1, 0);
}

TEST_F(Nginx, AWrongPasswordIsRefused) {
  const auto report = at(kWrong).run();
  EXPECT_EQ(summary(report), "failed unauthorized");
  EXPECT_EQ(report.verdict.message, "web.test refused the credentials.");
  EXPECT_THAT(everything(report), Not(HasSubstr(kWrong)));
}

TEST_F(Nginx, WhatAnybodyMayReadProvesNothing) {
  EXPECT_EQ(summary(at(kPassword, "/open/").run()), "unproven unproven");
}

TEST_F(Nginx, AMissingPageIsUnproven) { EXPECT_EQ(summary(at(kPassword, "/none").run()), "unproven unproven"); }

TEST_F(Nginx, ARedirectToASignInPageIsSaid) {
  const auto report = Try("teamcity", "username_password",
                          {{"server_url", "https://web.test/moved"}, {"username", kUser}, {"password", kPassword}})
                          .at(*server_)
                          .run();
  EXPECT_EQ(summary(report), "failed login_page") << everything(report);
}

TEST_F(Nginx, ACertificateForAnotherNameIsNamed) {
  const auto report = generic("https://other.test").at(*server_).run();
  EXPECT_EQ(summary(report), "failed tls_name");
}

TEST_F(Nginx, WithoutAnOutboundRuleNothingIsSent) {
  const auto report = at(kPassword).without_allowance().run();
  EXPECT_EQ(summary(report), "failed blocked");
  EXPECT_THAT(report.verdict.message, HasSubstr("--outbound-allow"));
}

TEST(Certificates, ExpiredAndSelfSignedOnesHaveTheirOwnWords) {
  const Service expired("nginx", files_of(probes_test::authority().issue_expired("DNS:web.test")));
  const auto old = generic("https://web.test").at(expired).run();
  EXPECT_EQ(summary(old), "failed tls_untrusted");
  EXPECT_THAT(old.verdict.message, HasSubstr("expired"));
  const Service unsigned_one("nginx", files_of(probes_test::authority().self_signed("DNS:web.test")));
  const auto self = generic("https://web.test").at(unsigned_one).run();
  EXPECT_EQ(summary(self), "failed tls_untrusted");
  EXPECT_THAT(self.verdict.message, HasSubstr("self"));
}

TEST(Certificates, AnUntrustedOneIsTakenWhereAPersonSaidSoAndTheReportTells) {
  const Service server("apache", files_of(probes_test::authority().self_signed("DNS:git.test")));
  const Texts values{{"server_url", "https://git.test/git/network.git"}, {"username", kUser}, {"password", kPassword}};
  EXPECT_EQ(summary(Try("external_git", "username_password", values).at(server).run()), "failed tls_untrusted");
  Texts accepting = values;
  accepting["accept_untrusted_certs"] = "true";
  const auto report = Try("external_git", "username_password", accepting).at(server).run();
  EXPECT_EQ(summary(report), "ok") << everything(report);
  EXPECT_THAT(report.notes, testing::ElementsAre(HasSubstr("was not checked")));
}

TEST(Certificates, ADaemonAsksForTheClientsOwn) {
  const base::TemporaryDirectory directory =
      *base::TemporaryDirectory::create(std::filesystem::temp_directory_path(), "daemon-");
  std::ofstream(directory.path() / "ca.pem") << probes_test::authority().pem();
  auto options = certificate_for("DNS:docker.test");
  options["client_ca"] = (directory.path() / "ca.pem").string();
  const Service daemon("nginx", options);
  const auto text = [](const std::filesystem::path& path) { return *base::read_file(path, 65'536); };
  const auto files = probes_test::authority().issue("DNS:client.test");
  const auto stranger = probes_test::authority().self_signed("DNS:client.test");
  const auto run = [&](const net_test::CertificateAuthority::Files& client) {
    return Try("docker_host", "certificate",
               {{"server_url", "tcp://docker.test:2376"},
                {"ca_certificate", probes_test::authority().pem()},
                {"certificate", text(client.certificate)},
                {"key", text(client.key)}})
        .at(daemon)
        .run();
  };
  EXPECT_EQ(summary(run(files)), "ok") << everything(run(files));
  EXPECT_EQ(run(stranger).outcome, probes::Outcome::kFailed) << everything(run(stranger));
}

// ---- what is no answer

TEST(Reaching, AClosedPortASilentHostAndAnUnknownNameDiffer) {
  const net_test::ClosedPort closed;
  const auto refused = generic("https://web.test").at_port(closed.port()).run();
  EXPECT_EQ(summary(refused), "failed connect");
  const net_test::TinyServer silent([](int fd, const std::string&) {
    net_test::wait_for_close(fd);
    return false;
  });
  const auto late =
      generic("http://127.0.0.1:" + std::to_string(silent.port())).within(std::chrono::milliseconds(400)).run();
  EXPECT_EQ(summary(late), "failed timeout") << everything(late);
  EXPECT_LT(late.duration.count(), 5'000);
  const auto unknown = generic("https://no-such-host.invalid").within(std::chrono::seconds(3)).run();
  EXPECT_EQ(summary(unknown), "failed dns") << everything(unknown);
}

TEST(Reaching, ACallerMayEndIt) {
  const net_test::TinyServer silent([](int fd, const std::string&) {
    net_test::wait_for_close(fd);
    return false;
  });
  std::stop_source source;
  const auto stopper = base::start_thread("stopper", [&](const std::stop_token&) {
    while (silent.connections() == 0) std::this_thread::yield();
    source.request_stop();
  });
  const auto report = generic("http://127.0.0.1:" + std::to_string(silent.port())).stopped_by(source.get_token()).run();
  EXPECT_EQ(report.outcome, probes::Outcome::kFailed);
  EXPECT_LT(report.duration.count(), 10'000);
}

TEST(Redirects, AnotherOriginGetsNoCredentials) {
  const net_test::TinyServer other(net_test::ok(R"({"count":1})", "Content-Type: application/json\r\n"));
  const net_test::TinyServer first("HTTP/1.1 307 Moved\r\nLocation: " + other.url("/x") +
                                   "\r\nContent-Length: 0\r\n\r\n");
  const auto report = Try("jenkins", "username_password",
                          {{"server_url", "http://127.0.0.1:" + std::to_string(first.port())},
                           {"username", kUser},
                           {"password", kPassword}})
                          .run();
  EXPECT_NE(report.outcome, probes::Outcome::kOk);
  ASSERT_FALSE(other.requests().empty());
  for (const auto& request : other.requests()) EXPECT_THAT(request, Not(HasSubstr("Authorization")));
  EXPECT_THAT(first.requests().front(), HasSubstr("Authorization: Basic"));
}

TEST(Redirects, NoMoreThanThreeAreFollowed) {
  const net_test::TinyServer loop("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");
  const auto report = Try("teamcity", "username_password",
                          {{"server_url", "http://127.0.0.1:" + std::to_string(loop.port())},
                           {"username", kUser},
                           {"password", kPassword}})
                          .run();
  EXPECT_EQ(summary(report), "failed wrong_service") << everything(report);
  EXPECT_EQ(loop.requests().size(), 4U);
}

TEST(Words, AServicesOwnAreCutAndHoldNoSecret) {
  const std::string echo = std::string(kWrong) + " " + base::to_base64(std::string(kUser) + ":" + kWrong) + " " +
                           base::url_encode(kWrong) + std::string(2'000, 'x');
  const net_test::TinyServer server("HTTP/1.1 403 No\r\nContent-Length: " + std::to_string(echo.size()) + "\r\n\r\n" +
                                    echo);
  const auto report = generic("http://127.0.0.1:" + std::to_string(server.port()), kWrong).run();
  EXPECT_EQ(summary(report), "failed forbidden");
  EXPECT_THAT(report.verdict.words, testing::StartsWith("*** *** ***"));
  EXPECT_LE(report.verdict.words.size(), 303U);
}

// ---- Apache: git over smart HTTP, Subversion over DAV

class Apache : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    server_ = std::make_unique<Service>("apache", certificate_for("DNS:git.test,DNS:svn.test"));
  }
  static void TearDownTestSuite() { server_.reset(); }
  static Try git(const std::string& path, const std::string& password) {
    return Try("external_git", "username_password",
               {{"server_url", "https://git.test" + path}, {"username", kUser}, {"password", password}})
        .at(*server_);
  }
  static Try svn(const std::string& path, const std::string& password, const std::string& realm = "") {
    return Try("subversion", "username_password",
               {{"server_url", "https://svn.test" + path},
                {"username", kUser},
                {"password", password},
                {"realm_name", realm}})
        .at(*server_);
  }
  static std::unique_ptr<Service> server_;
};
std::unique_ptr<Service> Apache::server_;

TEST_F(Apache, AGitRepositoryIsProvenByItsAdvertisement) {
  EXPECT_EQ(summary(git("/git/network.git", kPassword).run()), "ok")
      << everything(git("/git/network.git", kPassword).run());
  EXPECT_EQ(summary(git("/git/network.git", kWrong).run()), "failed unauthorized");
  EXPECT_EQ(summary(git("/public/network.git", kPassword).run()), "unproven unproven");
}

TEST_F(Apache, AServersAddressIsNoRepositorys) {
  const auto report = git("/public", kPassword).run();
  EXPECT_EQ(report.outcome, probes::Outcome::kUnproven) << everything(report);
  EXPECT_THAT(report.verdict.message, HasSubstr("Git repository"));
}

TEST_F(Apache, TheGitTypesSchemesAreProven) {
  const Texts target{{"target", "https://git.test/git/network.git"}};
  Texts basic = target;
  basic["username"] = kUser;
  basic["password"] = kPassword;
  EXPECT_EQ(summary(Try("git", "username_password", basic).at(*server_).run()), "ok");
  Texts token = target;
  token["pat"] = kWrong;
  EXPECT_EQ(summary(Try("git", "pat", token).at(*server_).run()), "failed unauthorized");
  EXPECT_EQ(summary(Try("git", "none", {{"target", "https://git.test/public/network.git"}}).at(*server_).run()), "ok");
  EXPECT_EQ(summary(Try("git", "none", target).at(*server_).run()), "failed unauthorized");
}

TEST_F(Apache, ASubversionRepositoryIsProvenOverDav) {
  const auto good = svn("/svn", kPassword, "the realm").run();
  EXPECT_EQ(summary(good), "ok") << everything(good);
  EXPECT_EQ(summary(svn("/svn", kWrong).run()), "failed unauthorized");
  EXPECT_EQ(summary(svn("/public/network.git/HEAD", kPassword).run()), "failed wrong_service");
  const auto realm = svn("/svn", kPassword, "another realm").run();
  EXPECT_EQ(realm.outcome, probes::Outcome::kOkWithWarning) << everything(realm);
  EXPECT_THAT(realm.verdict.message, HasSubstr("the realm"));
}

// ---- svnserve

TEST(Svnserve, ARepositoryIsProvenByItsOwnProtocol) {
  const Service server("svnserve");
  const auto run = [&](const std::string& path, const std::string& password) {
    return Try("subversion", "username_password",
               {{"server_url", "svn://svn.test" + path}, {"username", kUser}, {"password", password}})
        .at(server)
        .run();
  };
  const auto good = run("/repository", kPassword);
  EXPECT_EQ(summary(good), "ok") << everything(good);
  const auto wrong = run("/repository", kWrong);
  EXPECT_EQ(summary(wrong), "failed unauthorized") << everything(wrong);
  EXPECT_THAT(everything(wrong), Not(HasSubstr(kWrong)));
  EXPECT_EQ(summary(run("/none", kPassword)), "failed not_found") << everything(run("/none", kPassword));
}

TEST(Svnserve, AWebServerIsNone) {
  const net_test::TinyServer web([](int, const std::string&) { return false; }, "HTTP/1.1 400 Bad Request\r\n\r\n");
  const auto report = Try("subversion", "username_password",
                          {{"server_url", "svn://svn.test/x"}, {"username", kUser}, {"password", kPassword}})
                          .at_port(web.port())
                          .run();
  EXPECT_EQ(summary(report), "failed wrong_service") << everything(report);
}

// ---- docker-registry

TEST(Registry, AnAccountIsProvenByTheRealProgram) {
  const Service server("registry", certificate_for("DNS:images.test"));
  const auto run = [&](const std::string& type, const std::string& scheme, Texts values, const char* parameter) {
    values[parameter] = "https://images.test";
    return Try(type, scheme, values).at(server).run();
  };
  const Texts good{{"username", kUser}, {"password", kPassword}}, wrong{{"username", kUser}, {"password", kWrong}};
  const auto report = run("docker_registry", "others", good, "registry_url");
  EXPECT_EQ(summary(report), "ok") << everything(report);
  EXPECT_EQ(summary(run("docker_registry", "others", wrong, "registry_url")), "failed unauthorized");
  EXPECT_EQ(summary(run("generic_container_registry", "username_password", good, "target")), "ok");
  EXPECT_EQ(summary(run("generic_container_registry", "username_password", wrong, "target")), "failed unauthorized");
}

// ---- sshd

class Sshd : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    key_ = std::make_unique<crypto::SshKey>(*crypto::SshKey::generate(crypto::SshKeyType::kEd25519, "test"));
    server_ = std::make_unique<Service>("sshd", Texts{{"key", key_->public_line()}});
  }
  static void TearDownTestSuite() { server_.reset(); }
  static Texts host(const std::string& fingerprint = "") {
    return {{"host", "build.test"},
            {"port", "22"},
            {"username", server_->fact("user")},
            {"host_key_fingerprint", fingerprint}};
  }
  static Try password(const std::string& text, const std::string& fingerprint = "") {
    Texts values = host(fingerprint);
    values["password"] = text;
    return Try("ssh", "password", values).at(*server_);
  }
  static Try key(const std::string& text, const std::string& passphrase = "") {
    Texts values = host();
    values["private_key"] = text;
    values["passphrase"] = passphrase;
    return Try("ssh", "private_key", values).at(*server_);
  }
  static std::unique_ptr<Service> server_;
  static std::unique_ptr<crypto::SshKey> key_;
};
std::unique_ptr<Service> Sshd::server_;
std::unique_ptr<crypto::SshKey> Sshd::key_;

TEST_F(Sshd, APasswordIsProvenAndTheHostKeyRemembered) {
  if (server_->fact("passwords").empty()) GTEST_SKIP() << "only root can give sshd a password of its own to check";
  const auto report = password(kPassword).run();
  EXPECT_EQ(summary(report), "ok") << everything(report);
  EXPECT_EQ(report.learned.at("host_key_fingerprint"), server_->fact("fingerprint"));
  EXPECT_THAT(report.learned.at("known_host_line"), testing::StartsWith("build.test ssh-ed25519 "));
  const auto again = password(kPassword).knowing(report.learned.at("known_host_line")).run();
  EXPECT_EQ(summary(again), "ok") << everything(again);
}

TEST_F(Sshd, AWrongPasswordIsRefused) {
  const auto report = password(kWrong).run();
  EXPECT_EQ(summary(report), "failed unauthorized") << everything(report);
  EXPECT_THAT(everything(report), Not(HasSubstr(kWrong)));
}

TEST_F(Sshd, AnotherHostKeyEndsItBeforeAnythingIsSent) {
  const auto report = password(kPassword, "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").run();
  EXPECT_EQ(summary(report), "failed tls_untrusted") << everything(report);
  EXPECT_THAT(report.verdict.message, HasSubstr(server_->fact("fingerprint")));
  EXPECT_EQ(report.steps.size(), 1U);
}

TEST_F(Sshd, AKeyIsProven) {
  const auto report = key(key_->private_text().reveal()).run();
  EXPECT_EQ(summary(report), "ok") << everything(report);
  const auto stranger = *crypto::SshKey::generate(crypto::SshKeyType::kEd25519, "stranger");
  EXPECT_EQ(summary(key(stranger.private_text().reveal()).run()), "failed unauthorized");
  const auto pasted = key(key_->public_line()).run();
  EXPECT_EQ(summary(pasted), "failed bad_input") << everything(pasted);
}

TEST_F(Sshd, AKeyWithAPassphraseNeedsIt) {
  const base::TemporaryDirectory directory =
      *base::TemporaryDirectory::create(std::filesystem::temp_directory_path(), "key-");
  const auto path = directory.path() / "key";
  std::ofstream(path) << key_->private_text().reveal();
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const auto made =
      base::run_process({.arguments = {"ssh-keygen", "-q", "-p", "-P", "", "-N", kPassword, "-f", path.string()},
                         .environment = {{"PATH", "/usr/bin:/bin"}}});
  ASSERT_TRUE(made && made->succeeded());
  const std::string text = *base::read_file(path, 65'536);
  const auto good = key(text, kPassword).run();
  EXPECT_EQ(summary(good), "ok") << everything(good);
  const auto none = key(text).run();
  EXPECT_EQ(summary(none), "failed bad_input");
  EXPECT_THAT(none.verdict.message, HasSubstr("needs a passphrase"));
  const auto wrong = key(text, kWrong).run();
  EXPECT_EQ(summary(wrong), "failed bad_input") << everything(wrong);
  EXPECT_THAT(wrong.verdict.message, HasSubstr("does not open"));
}

TEST_F(Sshd, SubversionGoesThroughIt) {
  if (server_->fact("passwords").empty()) GTEST_SKIP() << "only root can give sshd a password of its own to check";
  const auto run = [&](const std::string& text) {
    return Try("subversion", "username_password",
               {{"server_url", "svn+ssh://build.test/x"}, {"username", server_->fact("user")}, {"password", text}})
        .at(*server_)
        .run();
  };
  EXPECT_EQ(summary(run(kPassword)), "ok") << everything(run(kPassword));
  EXPECT_EQ(summary(run(kWrong)), "failed unauthorized");
}

TEST(SshdOnly, OneThatTakesKeysSaysSo) {
  const Service server("sshd", {{"passwords", "no"}});
  const auto report =
      Try("ssh", "password",
          {{"host", "build.test"}, {"port", "22"}, {"username", server.fact("user")}, {"password", kPassword}})
          .at(server)
          .run();
  EXPECT_EQ(summary(report), "failed unauthorized") << everything(report);
  EXPECT_THAT(report.verdict.message, HasSubstr("keys only"));
}

TEST(SshdOnly, AWebServerIsNoSshServer) {
  const net_test::TinyServer web([](int, const std::string&) { return false; }, "HTTP/1.1 400 Bad Request\r\n\r\n");
  const auto report =
      Try("ssh", "password", {{"host", "build.test"}, {"port", "22"}, {"username", kUser}, {"password", kPassword}})
          .at_port(web.port())
          .run();
  EXPECT_EQ(summary(report), "failed wrong_service") << everything(report);
}

}  // namespace
