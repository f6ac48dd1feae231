#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/http_client.h"
#include "net/outbound_policy.h"
#include "tests/net/certificates.h"
#include "tests/net/fake_resolver.h"
#include "tests/net/tiny_server.h"
#include "tests/net/tls_server.h"

namespace net {
namespace {

using net_test::CertificateAuthority;
using net_test::TlsServer;
using testing::AllOf;
using testing::HasSubstr;

// Names below .test lead to this machine.
std::unique_ptr<HttpClient> client() {
  const auto policy = OutboundPolicy::parse({"127.0.0.0/8", "git.test", "other.test"}, {});
  return make_http_client(policy->with_resolver(net_test::resolves_to({"127.0.0.1"})));
}

base::Result<ClientResponse> get(HttpClient& client, int port, const std::string& ca,
                                 const std::string& host = "git.test") {
  return client.send({.ca_bundle = ca}, {.url = "https://" + host + ":" + std::to_string(port) + "/"});
}

TEST(HttpClientTls, ACertificateOfTheEndpointsOwnAuthorityIsTrusted) {
  const CertificateAuthority authority;
  const TlsServer server(authority.issue("DNS:git.test"));
  const auto response = get(*client(), server.port(), authority.pem());
  ASSERT_TRUE(response) << response.error().message << response.error().detail;
  EXPECT_EQ(response->status, 200);
}

TEST(HttpClientTls, ASelfSignedCertificateIsTrustedOnceItIsGivenAsTheBundle) {
  const CertificateAuthority authority;
  const auto files = authority.self_signed("IP:127.0.0.1");
  const TlsServer server(files);
  const auto refused = get(*client(), server.port(), "", "127.0.0.1");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("add your CA certificate to the provider"));
  EXPECT_TRUE(get(*client(), server.port(), *base::read_file(files.certificate, 1U << 20U), "127.0.0.1"));
}

TEST(HttpClientTls, T_S12_AnUnknownAuthorityIsRefusedWithTheRemedy) {
  const CertificateAuthority authority, other;
  const TlsServer server(authority.issue("DNS:git.test"));
  for (const std::string& bundle : {std::string(), other.pem()}) {
    const auto response = get(*client(), server.port(), bundle);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, base::Code::kUpstream);
    EXPECT_THAT(response.error().message,
                AllOf(HasSubstr("authority that this server does not trust"), HasSubstr("add your CA certificate")));
  }
}

TEST(HttpClientTls, T_S12_OneEndpointsAuthorityIsNotTrustedForAnother) {
  const CertificateAuthority authority;
  const TlsServer server(authority.issue("DNS:git.test"));
  const auto shared = client();
  ASSERT_TRUE(get(*shared, server.port(), authority.pem()));
  EXPECT_FALSE(get(*shared, server.port(), ""));
}

TEST(HttpClientTls, T_S12_ACertificateForAnotherNameIsToldApart) {
  const CertificateAuthority authority;
  const TlsServer server(authority.issue("DNS:git.test"));
  const auto response = get(*client(), server.port(), authority.pem(), "other.test");
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().message, AllOf(HasSubstr("other.test"), HasSubstr("is for another name")));
}

TEST(HttpClientTls, T_S12_DatesAreToldApart) {
  const CertificateAuthority authority;
  {
    const TlsServer server(authority.issue_expired("DNS:git.test"));
    EXPECT_THAT(get(*client(), server.port(), authority.pem()).error().message, HasSubstr("has expired"));
  }
  const TlsServer server(authority.issue_not_yet_valid("DNS:git.test"));
  EXPECT_THAT(get(*client(), server.port(), authority.pem()).error().message, HasSubstr("not valid yet"));
}

TEST(HttpClientTls, T_S12_OldProtocolsAreRefused) {
  const CertificateAuthority authority;
  const TlsServer server(authority.issue("DNS:git.test"), "-tls1_1 -cipher DEFAULT@SECLEVEL=0");
  const auto response = get(*client(), server.port(), authority.pem());
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, base::Code::kUpstream);
  EXPECT_THAT(response.error().message, HasSubstr("TLS 1.2 or newer is needed"));
}

TEST(HttpClientTls, T_S12_APortWithoutTlsIsSaid) {
  const net_test::TinyServer server([](int, const std::string&) { return true; }, "HTTP/1.1 400 Bad Request\r\n\r\n");
  const auto response = get(*client(), server.port(), "");
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, base::Code::kUpstream);
  EXPECT_THAT(response.error().message, HasSubstr("does not speak TLS on this port"));
}

TEST(HttpClientTls, T_S12_ABundleThatIsNotPemIsSaid) {
  const CertificateAuthority authority;
  const TlsServer server(authority.issue("DNS:git.test"));
  EXPECT_FALSE(get(*client(), server.port(), "not a certificate"));
}

}  // namespace
}  // namespace net
