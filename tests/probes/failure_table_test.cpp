#include <gmock/gmock.h>

#include <set>

#include "crypto/ssh_key.h"
#include "tests/net/tiny_server.h"
#include "tests/probes/world.h"

// Every kind of verification against everything that commonly goes wrong: each has its own class and its own words.
namespace {

using probes_test::everything;
using probes_test::kPassword;
using probes_test::kToken;
using probes_test::kUser;
using probes_test::Service;
using probes_test::summary;
using probes_test::Texts;
using probes_test::Try;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kWrong = "wr0ng&secret/value";
constexpr const char* kNames =
    "DNS:web.test,DNS:git.test,DNS:svn.test,DNS:images.test,DNS:feeds.test,DNS:k8s.test,DNS:jenkins.test,"
    "DNS:vcenter.test,DNS:sql.test,DNS:a.servicebus.windows.net,DNS:fabric.test,DNS:s3.test";

enum class Wire { kHttps, kTls, kTlsInside, kPlain };  // kTlsInside: after some bytes of the protocol's own

struct Kind {
  std::string name, service, type, scheme;
  Texts good;
  std::string secret;  // the parameter that is the password
  std::string wrong = kWrong;
  Wire wire = Wire::kHttps;
  std::string host_key = {};  // of SSH
};

std::vector<Kind> kinds() {
  const auto with = [](Texts more) {
    more.insert({{"username", kUser}, {"password", kPassword}});
    return more;
  };
  return {
      {"Basic", "nginx", "generic", "username_password",
       with({{"server_url", "https://web.test"}, {"verify_path", "/"}}), "password"},
      {"Git", "apache", "external_git", "username_password", with({{"server_url", "https://git.test/git/network.git"}}),
       "password"},
      {"Subversion over DAV", "apache", "subversion", "username_password",
       with({{"server_url", "https://svn.test/svn"}}), "password"},
      {"registry", "registry", "docker_registry", "others", with({{"registry_url", "https://images.test"}}),
       "password"},
      {"package feed", "cloud", "npm", "username_password", with({{"registry_url", "https://feeds.test/npm"}}),
       "password"},
      {"index", "cloud", "python_feed", "username_password", with({{"target", "https://feeds.test/simple"}}),
       "password"},
      {"Kubernetes",
       "cloud",
       "kubernetes",
       "service_account",
       {{"server_url", "https://k8s.test"}, {"token", kToken}},
       "token"},
      {"Jenkins", "cloud", "jenkins", "username_password", with({{"server_url", "https://jenkins.test"}}), "password"},
      {"session", "cloud", "vmware_vcenter", "username_password", with({{"server_url", "https://vcenter.test"}}),
       "password"},
      {"AMQP",
       "amqp",
       "azure_service_bus",
       "connection_string",
       {{"queue_name", "orders"},
        {"connection_string",
         "Endpoint=sb://a.servicebus.windows.net/;SharedAccessKeyName=probe;SharedAccessKey=c2hhcmVk"}},
       "connection_string",
       "Endpoint=sb://a.servicebus.windows.net/;SharedAccessKeyName=probe;SharedAccessKey=b3RoZXI=",
       Wire::kTls},
      {"SQL log-in", "tds", "azure_sql_db", "username_password",
       with({{"target", "Server=tcp:sql.test,1433;Database=inventory;Encrypt=True;Connection Timeout=30"}}), "password",
       kWrong, Wire::kTlsInside},
      {"Subversion", "svnserve", "subversion", "username_password", with({{"server_url", "svn://svn.test/repository"}}),
       "password", kWrong, Wire::kPlain},
  };
}

// One port that stands for the kind's service, whatever port is asked for.
Try at(const Kind& kind, int port, const std::string& secret) {
  Texts values = kind.good;
  values[kind.secret] = secret;
  Try one(kind.type, kind.scheme, values);
  // The queue's management over HTTPS is closed, so that AMQP has to prove it.
  return kind.service == "amqp" ? one.only_from(443, 1).only_from(5671, port) : one.at_port(port);
}

class Failures : public testing::Test {
 protected:
  static Texts files_of(const net_test::CertificateAuthority::Files& files) {
    return {{"cert", files.certificate.string()}, {"key", files.key.string()}, {"shared", "c2hhcmVk"}};
  }
  // A TLS server fails before anything of the protocol is said, so that one serves for all; where TLS comes inside
  // the protocol it has to be the right service.
  static std::unique_ptr<Service> with_certificate(const Kind& kind,
                                                   const net_test::CertificateAuthority::Files& files) {
    return std::make_unique<Service>(kind.wire == Wire::kTlsInside ? kind.service : "nginx", files_of(files));
  }

  void expect(const Kind& kind, const std::string& cell, int port, const std::string& wanted,
              const std::string& words = {}) {
    SCOPED_TRACE(kind.name + ": " + cell);
    const bool wrong = cell == "wrong password";
    Try one = at(kind, port, wrong ? kind.wrong : kind.good.at(kind.secret));
    if (cell == "time-out") one.within(std::chrono::milliseconds(600));
    const auto report = one.run();
    EXPECT_EQ(summary(report), wanted) << everything(report);
    if (wanted == "ok") return;
    EXPECT_THAT(report.verdict.message, HasSubstr(words)) << everything(report);
    EXPECT_FALSE(report.verdict.remedy.empty()) << everything(report);
    EXPECT_TRUE(said_.insert(report.verdict.message).second) << "said before: " << report.verdict.message;
    EXPECT_THAT(everything(report), Not(HasSubstr(kind.wrong)));
    EXPECT_THAT(everything(report), Not(HasSubstr(kind.good.at(kind.secret))));
  }
  void next_kind() { said_.clear(); }

 private:
  std::set<std::string> said_;
};

TEST_F(Failures, EachOfEveryKindHasItsOwnWords) {
  // Each is issued right before its service starts: the next one takes its place.
  const auto& authority = probes_test::authority();
  auto sign_in = files_of(authority.issue(kNames));
  sign_in["sign_in"] = "yes";
  const Service page("nginx", sign_in);
  const net_test::ClosedPort closed;
  const net_test::TinyServer silent([](int fd, const std::string&) {
    net_test::wait_for_close(fd);
    return false;
  });
  for (const Kind& kind : kinds()) {
    next_kind();
    const Service service(kind.service, kind.wire == Wire::kPlain ? Texts{} : files_of(authority.issue(kNames)));
    expect(kind, "good", service.port(), "ok");
    expect(kind, "wrong password", service.port(), "failed unauthorized");
    expect(kind, "closed port", closed.port(), "failed connect");
    expect(kind, "time-out", silent.port(), "failed timeout");
    if (kind.wire == Wire::kPlain) continue;
    expect(kind, "expired certificate", with_certificate(kind, authority.issue_expired(kNames))->port(),
           "failed tls_untrusted", "expired");
    expect(kind, "self-signed", with_certificate(kind, authority.self_signed(kNames))->port(), "failed tls_untrusted",
           "self");
    expect(kind, "another host's certificate", with_certificate(kind, authority.issue("DNS:other.test"))->port(),
           "failed tls_name");
    if (kind.wire == Wire::kHttps) expect(kind, "sign-in page", page.port(), "failed login_page");
  }
}

// What a log-in over SSH meets on the way; passwords, keys and host keys are tried with sshd itself.
Kind ssh() {
  return {"SSH",
          "sshd",
          "ssh",
          "password",
          {{"host", "build.test"}, {"port", "22"}, {"username", kUser}, {"password", kPassword}},
          "password",
          kWrong,
          Wire::kPlain};
}

TEST_F(Failures, SoHasSsh) {
  const net_test::ClosedPort closed;
  const net_test::TinyServer silent([](int fd, const std::string&) {
    net_test::wait_for_close(fd);
    return false;
  });
  expect(ssh(), "closed port", closed.port(), "failed connect");
  expect(ssh(), "time-out", silent.port(), "failed timeout");
}

// sshd itself, and what stands on a port in its place.
TEST_F(Failures, EachOfSshHasItsOwnWords) {
  const auto known = *crypto::SshKey::generate(crypto::SshKeyType::kEd25519, "known");
  const auto stranger = *crypto::SshKey::generate(crypto::SshKeyType::kEd25519, "stranger");
  const Service server("sshd", {{"key", known.public_line()}});
  const Service keys_only("sshd", {{"passwords", "no"}});
  const Service old("sshd", {{"settings", "KexAlgorithms diffie-hellman-group1-sha1"}});
  const net_test::TinyServer web([](int, const std::string&) { return false; }, "HTTP/1.1 400 Bad Request\r\n\r\n");
  const Texts host{{"host", "build.test"}, {"port", "22"}, {"username", server.fact("user")}};
  const auto with = [&](Texts more) {
    more.insert(host.begin(), host.end());
    return more;
  };
  const std::string other_print = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  const std::string other_line = "build.test " + stranger.public_line();
  struct Cell {
    std::string name;
    Try attempt;
    std::string wanted;
  };
  const auto by_password = [&](const Texts& more = {}) {
    Texts values = with({{"password", kWrong}});
    values.insert(more.begin(), more.end());
    return Try("ssh", "password", values);
  };
  const auto by_key = [&](const std::string& text) { return Try("ssh", "private_key", with({{"private_key", text}})); };
  std::vector<Cell> cells{
      {"wrong password", by_password().at(server), "failed unauthorized"},
      {"keys only", by_password().at(keys_only), "failed unauthorized"},
      {"not the fingerprint", by_password({{"host_key_fingerprint", other_print}}).at(server), "failed tls_untrusted"},
      {"no exchange in common", by_password().at(old), "failed wrong_service"},
      {"a web server", by_password().at_port(web.port()), "failed wrong_service"},
      {"an unknown key", by_key(stranger.private_text().reveal()).at(server), "failed unauthorized"},
      {"a public key", by_key(known.public_line()).at(server), "failed bad_input"}};
  std::set<std::string> said;
  for (Cell& cell : cells) {
    SCOPED_TRACE(cell.name);
    const auto report = cell.attempt.run();
    EXPECT_EQ(summary(report), cell.wanted) << everything(report);
    EXPECT_FALSE(report.verdict.message.empty());
    EXPECT_TRUE(said.insert(report.verdict.message).second) << "said before: " << report.verdict.message;
    EXPECT_THAT(everything(report), Not(HasSubstr(kWrong)));
  }
  // A host whose key is remembered and changed: the same failure as one that is not the expected one.
  const auto changed = by_key(known.private_text().reveal()).at(server).knowing(other_line).run();
  EXPECT_EQ(summary(changed), "failed tls_untrusted") << everything(changed);
  EXPECT_EQ(changed.steps.size(), 1U) << "nothing was sent to it";
  const auto good = by_key(known.private_text().reveal()).at(server).run();
  EXPECT_EQ(summary(good), "ok") << everything(good);
}

// Nothing is redirected here: the names are looked up as they are.
TEST_F(Failures, ANameThatIsNotKnownIsSaid) {
  auto all = kinds();
  all.push_back(ssh());
  for (Kind& kind : all) {
    if (kind.service == "amqp") {
      kind.good["connection_string"] = "Endpoint=sb://a.invalid/;SharedAccessKeyName=probe;SharedAccessKey=c2hhcmVk";
    }
    const auto report = Try(kind.type, kind.scheme, kind.good).within(std::chrono::seconds(6)).run();
    EXPECT_EQ(summary(report), "failed dns") << kind.name << everything(report);
  }
}

}  // namespace
