#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/http_client.h"
#include "tests/net/certificates.h"

namespace net {
namespace {

using testing::HasSubstr;

TEST(CaBundle, OneOrMoreCertificatesAreAccepted) {
  const net_test::CertificateAuthority authority;
  EXPECT_TRUE(check_ca_bundle(authority.pem()));
  EXPECT_TRUE(check_ca_bundle("# our own\r\n" + authority.pem() + "\n\n" + authority.pem()));
}

TEST(CaBundle, T_S12_AnythingElseIsRefusedWithTheReason) {
  const net_test::CertificateAuthority authority;
  const std::string key = "-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n-----END PRIVATE KEY-----\n";
  std::string damaged = authority.pem();
  damaged[60] = damaged[60] == 'A' ? 'B' : 'A';
  damaged.erase(80, 40);
  EXPECT_THAT(check_ca_bundle("").error().message, HasSubstr("no PEM block"));
  EXPECT_THAT(check_ca_bundle("hello").error().message, HasSubstr("no PEM block"));
  EXPECT_THAT(check_ca_bundle(authority.pem() + key).error().message, HasSubstr("private key"));
  EXPECT_THAT(check_ca_bundle("-----BEGIN PUBLIC KEY-----\n").error().message, HasSubstr("something else"));
  EXPECT_THAT(check_ca_bundle(damaged).error().message, HasSubstr("certificate 1 in it cannot be read"));
  EXPECT_THAT(check_ca_bundle(authority.pem() + damaged).error().message, HasSubstr("certificate 2"));
  EXPECT_THAT(check_ca_bundle(authority.pem().substr(0, 200)).error().message, HasSubstr("cannot be read"));
  EXPECT_THAT(check_ca_bundle(std::string(300U << 10U, 'x')).error().message, HasSubstr("256 KB"));
}

}  // namespace
}  // namespace net
