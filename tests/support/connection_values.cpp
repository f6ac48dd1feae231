#include "tests/support/connection_values.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <map>
#include <memory>
#include <set>

#include "base/strings.h"
#include "catalogue/identity.h"
#include "crypto/ssh_key.h"

namespace test {
namespace {

std::string take(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return text;
}

Identity make_identity(const char* password) {
  EVP_PKEY* key = EVP_RSA_gen(2048);
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 86400L * 365);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("example.com"), -1, -1,
                             0);
  X509_set_issuer_name(certificate, name);
  X509_sign(certificate, key, EVP_sha256());
  Identity out;
  BIO* bio = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(bio, certificate);
  out.certificate = take(bio);
  bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  out.key = take(bio);
  PKCS12* pfx = PKCS12_create(password, "example", key, certificate, nullptr, 0, 0, 0, 0, 0);
  bio = BIO_new(BIO_s_mem());
  i2d_PKCS12_bio(bio, pfx);
  out.pfx_base64 = base::to_base64(take(bio));
  PKCS12_free(pfx);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return out;
}

constexpr const char* kKubeconfig =
    "apiVersion: v1\nkind: Config\nclusters:\n- name: staging\n  cluster:\n    server: https://k8s.example.com:6443\n"
    "users:\n- name: admin\n  user:\n    token: canary-kubeconfig-token\ncontexts:\n- name: first\n  context: "
    "{cluster: staging, user: admin}\n- name: second\n  context: {cluster: staging, user: admin}\n"
    "current-context: first\n";

const std::map<std::string, std::string, std::less<>>& by_rule() {
  static const std::map<std::string, std::string, std::less<>> values = {
      {"http_url", "https://service.example.com/base"},
      {"https_url", "https://service.example.com/base"},
      {"any_url", "https://service.example.com/base"},
      {"git_url", "https://git.example.com/team/repo"},
      {"git_http_url", "https://git.example.com/team/repo.git"},
      {"svn_url", "https://svn.example.com/repos/infra"},
      {"docker_host_url", "tcp://docker.example.com:2376"},
      {"registry_url", "https://registry.example.com:5443"},
      {"cluster_endpoint", "tcp://fabric.example.com:19000"},
      {"host", "host.example.com"},
      {"port", "2222"},
      {"guid", "00000000-0000-0000-0000-00000000c001"},
      {"tenant", "00000000-0000-0000-0000-00000000d001"},
      {"work_account", "operator@example.com"},
      {"email", "operator@example.com"},
      {"thumbprint_list", "00112233445566778899AABBCCDDEEFF00112233"},
      {"twine_name", "example-wheels"},
      {"maven_id", "example-releases"},
      {"service_bus_connection_string",
       "Endpoint=sb://bus.example.com/;SharedAccessKeyName=send;SharedAccessKey=canaryservicebus0123456789ABCDEF="},
      {"service_bus_queue", "deployments/finished"},
      {"k8s_name", "web"},
      {"snowflake_jdbc",
       "jdbc:snowflake://example-org.snowflakecomputing.com/"
       "?db=SALES&warehouse=ETL_WH&role=LOADER&scope=api://00000000-0000-0000-0000-00000000a001/.default"},
      {"sql_connection_string",
       "Server=tcp:sql01.example.com,1433;Database=inventory;Trusted_Connection=False;Encrypt=True;"
       "Connection Timeout=30"},
      {"s3_bucket", "example-training-data"},
      {"aws_access_key_id", "AKIAEXAMPLE0123456"},
      {"chef_user", "deployer"},
      {"spn", "HTTP/fabric.example.com"},
      {"ssh_fingerprint", "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
      {"path", "/models"},
      {"aws_region", "eu-west-1"},
      {"kubeconfig_yaml", kKubeconfig},
  };
  return values;
}

// Those that need keys, which take a moment to make.
std::string keyed_value(const std::string& rule) {
  if (rule == "pem_certificate" || rule == "pem_or_base64_cert") return identity().certificate;
  if (rule == "pem_private_key" || rule == "pem_rsa_private_key") return identity().key;
  if (rule == "pem_cert_and_key") return identity().certificate + identity().key;
  if (rule == "ssh_private_key") return ssh_private_key();
  if (rule == "base64_pfx") return identity().pfx_base64;
  if (rule == "base64_pfx_nopass") return identity_without_password().pfx_base64;
  return {};
}

}  // namespace

const Identity& identity() {
  static const Identity made = make_identity("pfx-password");
  return made;
}

const Identity& identity_without_password() {
  static const Identity made = make_identity("");
  return made;
}

std::string ssh_private_key() {
  static const std::string made = [] {
    auto key = crypto::SshKey::generate(crypto::SshKeyType::kEd25519, "test");
    return key ? key->private_text().reveal() : std::string{};
  }();
  return made;
}

std::string good_value(const catalogue::Scheme& scheme, const catalogue::Parameter& parameter) {
  if (!parameter.options.empty()) return parameter.options.front().value;
  if (parameter.input == catalogue::Input::kBool) return "true";
  if (const auto at = by_rule().find(parameter.rule); at != by_rule().end()) return at->second;
  if (std::string keyed = keyed_value(parameter.rule); !keyed.empty()) return keyed;
  const auto is_pfx = [](const catalogue::Parameter& other) { return other.rule == "base64_pfx"; };
  for (const auto& other : scheme.parameters) {
    if (is_pfx(other) && parameter.id == "password") return "pfx-password";
  }
  if (parameter.id == "context") return "second";
  if (!parameter.rule.empty() && parameter.rule != "non_empty") {
    ADD_FAILURE() << "no good value is known for rule " << parameter.rule;
  }
  return (parameter.secret ? "canary-" : "value-") + scheme.id + "-" + parameter.id;
}

catalogue::Given good_values(const catalogue::Type& type, const catalogue::Scheme& scheme) {
  catalogue::Given given;
  catalogue::Values values;  // what conditions look at
  for (const auto& parameter : scheme.parameters) {
    if (catalogue::is_identity(scheme, parameter.id)) continue;  // the server sets it
    std::string value = good_value(scheme, parameter);
    if (parameter.show_when.empty() || catalogue::holds(parameter.show_when, values, scheme.id, "")) {
      values.set(parameter.id, value);
      given.values.emplace(parameter.id, base::Secret(std::move(value)));
    }
  }
  (void)type;
  return given;
}

}  // namespace test
