#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "base/process.h"
#include "base/strings.h"
#include "catalogue/catalogue.h"
#include "probes/certificate.h"
#include "test_paths.h"
#include "tests/probes/world.h"

// Every scheme whose service cannot run here, against cloud.py: the good credentials, and wrong ones.
namespace {

using probes_test::everything;
using probes_test::kPassword;
using probes_test::kToken;
using probes_test::kUser;
using probes_test::summary;
using probes_test::Texts;
using probes_test::Try;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kSubscription = "00000000-0000-0000-0000-00000000000a";
constexpr const char* kWrong = "wr0ng&secret/value";

std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string output_of(std::vector<std::string> arguments, std::string_view input = {}) {
  const auto result = base::run_process(
      {.arguments = std::move(arguments), .environment = {{"PATH", "/usr/bin:/bin"}}, .input = input});
  return result && result->succeeded() ? result->output : "";
}

// A client's certificate and key in the forms that people paste.
struct Client {
  std::string certificate, key, pfx, pfx_with_password, expired_pfx, rsa_key, rsa_certificate;
};

std::string pfx_of(const net_test::CertificateAuthority::Files& files, const std::string& password) {
  return base::to_base64(output_of({"openssl", "pkcs12", "-export", "-in", files.certificate.string(), "-inkey",
                                    files.key.string(), "-passout", "pass:" + password}));
}

const Client& client() {
  static const Client kClient = [] {
    const auto& authority = probes_test::authority();
    const auto files = authority.issue("DNS:client.test");
    Client made{file_text(files.certificate), file_text(files.key), pfx_of(files, ""), pfx_of(files, kPassword)};
    made.expired_pfx = pfx_of(authority.issue_expired("DNS:client.test"), "");
    made.rsa_key = output_of({"openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"});
    made.rsa_certificate = output_of(
        {"openssl", "req", "-x509", "-new", "-key", "/dev/stdin", "-subj", "/CN=app", "-days", "2"}, made.rsa_key);
    return made;
  }();
  return kClient;
}

const std::string& server_names() {
  static const std::string kNames =
      "DNS:login.microsoftonline.com,DNS:management.azure.com,DNS:management.core.windows.net,DNS:api.github.com,"
      "DNS:*.servicebus.windows.net,DNS:*.amazonaws.com,DNS:*.s3.us-east-1.amazonaws.com,"
      "DNS:*.s3.eu-west-1.amazonaws.com,DNS:*.s3.amazonaws.com,DNS:*.snowflakecomputing.com,DNS:api.bitbucket.org,"
      "DNS:sts.eu-west-1.amazonaws.com,DNS:sts.us-east-1.amazonaws.com,DNS:*.azurecr.io,DNS:*.docker.io,"
      "DNS:api.appcenter.ms,DNS:github.test,DNS:jenkins.test,DNS:k8s.test,DNS:teamcity.test,DNS:vcenter.test,"
      "DNS:tfs.test,DNS:feeds.test,DNS:registry.test,DNS:stray.registry.test,DNS:docker.test,DNS:fabric.test,"
      "DNS:chef.test";
  return kNames;
}

class Cloud : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_ = std::make_unique<base::TemporaryDirectory>(
        *base::TemporaryDirectory::create(std::filesystem::temp_directory_path(), "cloud-"));
    const auto ca = directory_->path() / "ca.pem", chef = directory_->path() / "chef.pem";
    std::ofstream(ca) << probes_test::authority().pem();
    std::ofstream(chef) << output_of({"openssl", "pkey", "-pubout"}, client().rsa_key);
    files_ = std::make_unique<net_test::CertificateAuthority::Files>(probes_test::authority().issue(server_names()));
    thumbprint_ = base::to_hex(*probes::certificate_digest(file_text(files_->certificate), false));
    const Texts options{{"cert", files_->certificate.string()},
                        {"key", files_->key.string()},
                        {"ca", ca.string()},
                        {"chef", chef.string()}};
    options_ = std::make_unique<Texts>(options);
    service_ = std::make_unique<probes_test::Service>("cloud", options);
  }
  static void TearDownTestSuite() {
    service_.reset();
    old_chef_.reset();
    plain_.reset();
    files_.reset();
    directory_.reset();
  }

  static Try at(const std::string& type, const std::string& scheme, const Texts& values) {
    return Try(type, scheme, values).at(*service_);
  }
  static const std::string& thumbprint() { return thumbprint_; }
  // Without TLS.
  static const probes_test::Service& plain() {
    if (!plain_) plain_ = std::make_unique<probes_test::Service>("cloud");
    return *plain_;
  }
  // Its Chef server knows version 1.0 only.
  static const probes_test::Service& old_chef() {
    if (old_chef_) return *old_chef_;
    Texts options = *options_;
    options["chef_old"] = "yes";
    old_chef_ = std::make_unique<probes_test::Service>("cloud", options);
    return *old_chef_;
  }

 private:
  static std::string thumbprint_;
  static std::unique_ptr<Texts> options_;
  static std::unique_ptr<base::TemporaryDirectory> directory_;
  static std::unique_ptr<net_test::CertificateAuthority::Files> files_;
  static std::unique_ptr<probes_test::Service> service_, plain_, old_chef_;
};
std::string Cloud::thumbprint_;
std::unique_ptr<Texts> Cloud::options_;
std::unique_ptr<base::TemporaryDirectory> Cloud::directory_;
std::unique_ptr<net_test::CertificateAuthority::Files> Cloud::files_;
std::unique_ptr<probes_test::Service> Cloud::service_, Cloud::plain_, Cloud::old_chef_;

// One scheme with good values, what comes of them, and what of each single wrong one.
struct Wrong {
  std::string parameter, value, outcome;
};
struct Case {
  std::string type, scheme;
  Texts good;
  std::string outcome;
  std::vector<Wrong> wrong;
  bool azure = false;
};

std::vector<Case> cases() {
  const Texts principal{
      {"scope_level", "Subscription"}, {"subscription_id", kSubscription}, {"tenant_id", "t"}, {"client_id", "app"}};
  const auto with = [](Texts base, const Texts& more) {
    base.insert(more.begin(), more.end());
    return base;
  };
  const Texts basic{{"username", kUser}, {"password", kPassword}};
  const Wrong password{"password", kWrong, "failed unauthorized"};
  const Wrong token{"token", kWrong, "failed unauthorized"};
  return {
      {"azure_classic",
       "credentials",
       with(basic, {{"subscription_id", kSubscription}}),
       "ok",
       {password, {"subscription_id", "00000000-0000-0000-0000-00000000000b", "failed not_found"}}},
      {"azure_classic",
       "certificate",
       {{"subscription_id", kSubscription}, {"management_certificate", client().pfx}},
       "ok",
       {{"management_certificate", "bm90IGEgcGZ4", "failed bad_input"},
        {"management_certificate", client().expired_pfx, "failed expired"}}},
      {"azure_rm",
       "automatic",
       {{"tenant_id", "t"}, {"subscription_id", kSubscription}, {"refresh_token", kToken}},
       "ok",
       {{"refresh_token", kWrong, "failed expired"}}},
      {"azure_rm",
       "service_principal_key",
       with(principal, {{"client_secret", kPassword}}),
       "ok",
       {{"client_secret", kWrong, "failed unauthorized"},
        {"tenant_id", "bad-tenant", "failed not_found"},
        {"subscription_id", "00000000-0000-0000-0000-00000000000b", "failed not_found"}}},
      {"azure_rm",
       "service_principal_certificate",
       with(principal, {{"certificate", client().rsa_certificate + client().rsa_key}}),
       "ok",
       {{"certificate", "nothing", "failed bad_input"}}},
      {"azure_rm",
       "workload_identity_federation",
       with(principal, {{"issuer", "i"}, {"subject", "s"}}),
       "ok",
       {{"subscription_id", "00000000-0000-0000-0000-00000000000b", "failed not_found"}}},
      {"azure_service_bus",
       "connection_string",
       {{"queue_name", "orders"},
        {"connection_string",
         "Endpoint=sb://a.servicebus.windows.net/;SharedAccessKeyName=probe;SharedAccessKey=c2hhcmVk"}},
       "ok",
       {{"connection_string", "Endpoint=http://x", "failed bad_input"}}},
      {"bitbucket_cloud", "username_password", basic, "ok", {password}},
      {"bitbucket_cloud", "api_token", {{"email", kUser}, {"token", kPassword}}, "ok", {token}},
      {"chef",
       "client_key",
       {{"server_url", "https://chef.test/organizations/acme"}, {"node_name", kUser}, {"client_key", client().rsa_key}},
       "ok",
       {{"node_name", "bob", "failed unauthorized"}, {"client_key", "no key", "failed bad_input"}}},
      {"docker_host",
       "certificate",
       {{"server_url", "tcp://docker.test:2376"},
        {"ca_certificate", probes_test::authority().pem()},
        {"certificate", client().certificate},
        {"key", client().key}},
       "ok",
       {{"certificate", "no", "failed bad_input"}}},
      {"docker_registry",
       "azure_container_registry",
       {{"azure_subscription", "az"}, {"registry_url", "https://acme.azurecr.io"}},
       "ok",
       {},
       true},
      {"docker_registry", "docker_hub", basic, "ok", {password}},
      {"docker_registry",
       "others",
       with(basic, {{"registry_url", "https://registry.test"}}),
       "ok",
       {password, {"registry_url", "https://stray.registry.test", "failed blocked"}}},
      {"container_registry",
       "username_password",
       with(basic, {{"target", "https://acme.azurecr.io"}}),
       "ok",
       {password}},
      {"container_registry", "none", {{"target", "https://acme.azurecr.io"}}, "ok_with_warning forbidden_warn", {}},
      {"generic_container_registry",
       "username_password",
       with(basic, {{"target", "https://registry.test"}}),
       "ok",
       {password}},
      {"github",
       "grant_authorization",
       {{"access_token", kToken}},
       "ok",
       {{"access_token", kWrong, "failed unauthorized"}}},
      {"github", "personal_access_token", {{"token", kToken}}, "ok", {token}},
      {"github_enterprise_server",
       "personal_access_token",
       {{"server_url", "https://github.test"}, {"token", kToken}},
       "ok",
       {token, {"server_url", "https://jenkins.test", "failed unauthorized"}}},
      {"github_enterprise_server",
       "username_password",
       with(basic, {{"server_url", "https://github.test"}}),
       "ok",
       {password}},
      {"github_enterprise_server",
       "oauth2",
       {{"server_url", "https://github.test"}, {"access_token", kToken}},
       "ok",
       {{"access_token", kWrong, "failed unauthorized"}}},
      {"jenkins",
       "username_password",
       with(basic, {{"server_url", "https://jenkins.test"}}),
       "ok",
       {password, {"server_url", "https://teamcity.test", "failed wrong_service"}}},
      {"kubernetes",
       "azure_subscription",
       {{"azure_subscription", "az"}, {"cluster", "subscriptions/x/managedClusters/prod"}},
       "ok",
       {{"cluster", "subscriptions/x/managedClusters/none", "failed not_found"}},
       true},
      {"kubernetes",
       "service_account",
       {{"server_url", "https://k8s.test"}, {"token", kToken}, {"certificate", probes_test::authority().pem()}},
       "ok",
       {token, {"namespace", "closed", "ok_with_warning forbidden_warn"}}},
      {"maven",
       "username_password",
       with(basic, {{"registry_url", "https://feeds.test/maven"}}),
       "ok",
       {password, {"registry_url", "https://feeds.test/other", "ok"}}},
      {"maven",
       "authentication_token",
       {{"registry_url", "https://feeds.test/maven"}, {"token", kToken}},
       "ok",
       {token}},
      {"npm", "username_password", with(basic, {{"registry_url", "https://feeds.test/npm"}}), "ok", {password}},
      {"npm",
       "external_azure_pipelines",
       {{"registry_url", "https://feeds.test/_packaging/x/npm"}, {"token", kToken}},
       "ok",
       {token, {"registry_url", "https://feeds.test/npm", "ok"}}},
      {"nuget",
       "api_key",
       {{"feed_url", "https://feeds.test/open/v3/index.json"}, {"api_key", kToken}},
       "unproven unproven",
       {{"feed_url", "https://jenkins.test/x.json", "failed unauthorized"}}},
      {"nuget",
       "external_azure_pipelines",
       {{"feed_url", "https://feeds.test/v3/index.json"}, {"token", kToken}},
       "ok",
       {token}},
      {"nuget", "basic", with(basic, {{"feed_url", "https://feeds.test/v3/index.json"}}), "ok", {password}},
      {"python_download",
       "authentication_token",
       {{"repository_url", "https://feeds.test/simple"}, {"token", kToken}},
       "ok",
       {token}},
      {"python_download",
       "username_password",
       with(basic, {{"repository_url", "https://feeds.test/simple"}}),
       "ok",
       {password}},
      {"python_upload",
       "authentication_token",
       {{"repository_url", "https://feeds.test/upload"}, {"token", std::string("pypi-") + kToken}},
       "ok",
       {token}},
      {"python_upload",
       "username_password",
       with(basic, {{"repository_url", "https://feeds.test/upload"}}),
       "ok",
       {password, {"repository_url", "https://feeds.test/none", "failed wrong_service"}}},
      {"python_feed",
       "pat",
       {{"target", "https://feeds.test/simple"}, {"pat", kToken}},
       "ok",
       {{"pat", kWrong, "failed unauthorized"}}},
      {"python_feed", "username_password", with(basic, {{"target", "https://feeds.test/simple"}}), "ok", {password}},
      {"python_feed", "none", {{"target", "https://feeds.test/simple"}}, "failed unauthorized", {}},
      {"tfs_azure_pipelines", "basic", with(basic, {{"connection_url", "https://tfs.test/tfs/C"}}), "ok", {password}},
      {"tfs_azure_pipelines",
       "token",
       {{"connection_url", "https://tfs.test/tfs/C"}, {"token", kToken}},
       "ok",
       {{"token", kWrong, "failed login_page"}}},
      {"app_center", "token", {{"server_url", "https://api.appcenter.ms/v0.1"}, {"token", kToken}}, "ok", {token}},
      {"snowflake",
       "username_password",
       with(basic, {{"target", "jdbc:snowflake://acme.snowflakecomputing.com/?db=SALES&warehouse=W&role=LOADER"}}),
       "ok",
       {password,
        {"target", "jdbc:snowflake://acme.snowflakecomputing.com/?db=ELSEWHERE&warehouse=W&role=LOADER",
         "ok_with_warning forbidden_warn"}}},
      {"snowflake",
       "service_principal",
       {{"target", "jdbc:snowflake://acme.snowflakecomputing.com/?db=SALES&warehouse=W&scope=api%3A%2F%2Fx%2F.default"},
        {"client_id", "c"},
        {"client_secret", kPassword},
        {"tenant_id", "t"}},
       "ok",
       {{"client_secret", kWrong, "failed unauthorized"},
        {"target", "jdbc:snowflake://acme.snowflakecomputing.com/?db=SALES&warehouse=W", "failed bad_input"}}},
      {"s3",
       "access_key",
       {{"target", "data"},
        {"access_key_id", "AKIDEXAMPLE"},
        {"secret_access_key", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}},
       "ok",
       {{"secret_access_key", kWrong, "failed unauthorized"},
        {"access_key_id", "AKIDOTHER", "failed unauthorized"},
        {"target", "locked", "ok_with_warning forbidden_warn"}}},
      {"api_key",
       "api_key",
       {{"api_base", "https://feeds.test/api"}, {"api_key", kToken}, {"verify_path", "/x"}},
       "ok",
       {{"api_key", kWrong, "failed unauthorized"},
        {"verify_path", "/open", "unproven unproven"},
        {"auth_header", "query_key", "ok"},
        {"auth_header", "x-api-key", "ok"}}},
      {"teamcity", "username_password", with(basic, {{"server_url", "https://teamcity.test"}}), "ok", {password}},
      {"vmware_vcenter", "username_password", with(basic, {{"server_url", "https://vcenter.test"}}), "ok", {password}},
  };
}

Texts a_principal() {
  return {{"scope_level", "Subscription"},
          {"subscription_id", kSubscription},
          {"tenant_id", "t"},
          {"client_id", "app"},
          {"client_secret", kPassword}};
}

void expect_no_secret(const probes::Report& report) {
  for (const std::string& secret : {std::string(kWrong), base::url_encode(kWrong), base::to_base64(kWrong),
                                    base::to_base64(std::string(kUser) + ":" + kWrong), std::string(kPassword)}) {
    EXPECT_THAT(everything(report), Not(HasSubstr(secret)));
  }
}

// One table, one start of the services.
TEST_F(Cloud, EverySchemeTakesGoodCredentialsAndNamesWhatIsWrong) {
  for (const Case& tried : cases()) {
    SCOPED_TRACE(tried.type + " " + tried.scheme);
    const auto run = [&](const Texts& values) {
      Try one = at(tried.type, tried.scheme, values);
      if (tried.azure) one.with_azure("service_principal_key", a_principal());
      return one.run();
    };
    const auto good = run(tried.good);
    EXPECT_EQ(summary(good), tried.outcome) << everything(good);
    for (const Wrong& wrong : tried.wrong) {
      SCOPED_TRACE(wrong.parameter + "=" + wrong.value);
      Texts values = tried.good;
      values[wrong.parameter] = wrong.value;
      const auto report = run(values);
      EXPECT_EQ(summary(report), wrong.outcome) << everything(report);
      EXPECT_THAT(report.verdict.message, Not(testing::IsEmpty()));
      expect_no_secret(report);
    }
  }
}

TEST_F(Cloud, AKubeconfigsUserIsTheOneThatIsTried) {
  const std::string text =
      "current-context: c\ncontexts: [{name: c, context: {cluster: k, user: u}}]\n"
      "clusters: [{name: k, cluster: {server: 'https://k8s.test', certificate-authority-data: " +
      base::to_base64(probes_test::authority().pem()) + "}}]\nusers: [{name: u, user: {token: " + kToken + "}}]\n";
  const auto good = at("kubernetes", "kubeconfig", {{"kubeconfig", text}}).run();
  EXPECT_EQ(summary(good), "ok") << everything(good);
  const auto none = at("kubernetes", "kubeconfig", {{"kubeconfig", text}, {"context", "other"}}).run();
  EXPECT_EQ(summary(none), "failed bad_input");
  EXPECT_THAT(none.verdict.message, HasSubstr("other"));
}

TEST_F(Cloud, AnOlderChefServerGetsTheOlderSignature) {
  const auto report = Try("chef", "client_key",
                          {{"server_url", "https://chef.test/organizations/acme"},
                           {"node_name", kUser},
                           {"client_key", client().rsa_key}})
                          .at(old_chef())
                          .run();
  EXPECT_EQ(summary(report), "ok") << everything(report);
}

TEST_F(Cloud, AManagedIdentityMayReachTheMetadataServiceAndNothingElseMay) {
  const Texts values{{"scope_level", "Subscription"}, {"subscription_id", kSubscription}};
  Try one = at("azure_rm", "managed_identity", values);
  one.only_from(80, plain().port());
  const auto report = one.run();
  EXPECT_EQ(summary(report), "ok") << everything(report);
  const auto refused = Try("generic", "username_password",
                           {{"server_url", "http://169.254.169.254/metadata"}, {"username", "a"}, {"password", "b"}})
                           .run();
  EXPECT_EQ(summary(refused), "failed blocked") << everything(refused);
}

TEST_F(Cloud, AClusterIsKnownByItsThumbprint) {
  const auto fabric = [&](const std::string& print) {
    Try one = at("service_fabric", "certificate",
                 {{"cluster_endpoint", "tcp://fabric.test:19000"},
                  {"server_certificate_thumbprint", print},
                  {"client_certificate", client().pfx_with_password},
                  {"password", kPassword},
                  {"management_port", "19080"}});
    return one.run();
  };
  const auto good = fabric(thumbprint());
  EXPECT_EQ(summary(good), "ok") << everything(good);
  const auto other = fabric("00112233445566778899AABBCCDDEEFF00112233");
  EXPECT_EQ(summary(other), "failed tls_untrusted") << everything(other);
  EXPECT_THAT(other.verdict.message, HasSubstr(thumbprint()));
}

TEST_F(Cloud, AClusterSignsInByItsDirectory) {
  const auto fabric = [&](const std::string& password) {
    return at("service_fabric", "azure_active_directory",
              {{"cluster_endpoint", "tcp://fabric.test:19000"},
               {"server_certificate_thumbprint", thumbprint()},
               {"username", kUser},
               {"password", password},
               {"management_port", "19080"}})
        .run();
  };
  EXPECT_EQ(summary(fabric(kPassword)), "ok") << everything(fabric(kPassword));
  EXPECT_EQ(summary(fabric(kWrong)), "failed unauthorized");
}

TEST_F(Cloud, AClusterWithWindowsSignInIsNotProvenByThisBuild) {
  Try one("service_fabric", "others",
          {{"cluster_endpoint", "tcp://fabric.test:19000"},
           {"use_windows_security", "true"},
           {"management_port", "19080"}});
  one.at(plain());
  const auto report = one.run();
  EXPECT_EQ(summary(report), "unproven unsupported_here") << everything(report);
  EXPECT_EQ(report.steps.front().state, probes::StepReport::State::kPassed);
}

TEST_F(Cloud, AManagementServerOnWindowsIsOnlyLookedFor) {
  const auto report =
      at("scvmm", "username_password", {{"server", "vmm.test"}, {"username", kUser}, {"password", kPassword}}).run();
  EXPECT_EQ(summary(report), "unproven unsupported_here") << everything(report);
}

// The tables of what was proven name every scheme of the catalogue, and no other.
TEST(VerificationDocument, NamesEverySchemeOnce) {
  const std::string text = file_text(RUNBRIDGE_SOURCE_DIR "/docs/connections/verification.md");
  std::multiset<std::string> listed;
  for (const auto& line : base::split(text, '\n')) {
    const auto cells = base::split(line, '|');
    if (cells.size() < 5 || line.find('`') == std::string::npos) continue;
    const auto name = [](std::string cell) { return base::replace_all(base::trim(cell), "`", ""); };
    listed.insert(name(cells[1]) + " " + name(cells[2]));
  }
  for (const auto& type : catalogue::Catalogue::builtin()->types()) {
    for (const auto& scheme : type.schemes) {
      EXPECT_EQ(listed.count(type.id + " " + scheme.id), 1U) << type.id << " " << scheme.id;
      listed.erase(type.id + " " + scheme.id);
    }
  }
  EXPECT_THAT(listed, testing::IsEmpty());
}

}  // namespace
