#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/outbound_policy.h"

namespace net {
namespace {

using testing::HasSubstr;

TEST(Url, PartsOfAWellFormedUrlAreTold) {
  const auto url = parse_url("HTTPS://Ado.Example.com:8443/tfs/My%20Collection?api-version=7.0&x=%C3%A4");
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "ado.example.com");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->path, "/tfs/My%20Collection");
  EXPECT_EQ(url->query, "api-version=7.0&x=%C3%A4");
  EXPECT_EQ(url->origin(), "https://ado.example.com:8443");
  EXPECT_EQ(url->text(), "https://ado.example.com:8443/tfs/My%20Collection?api-version=7.0&x=%C3%A4");
}

TEST(Url, DefaultPortAndPathAreFilledIn) {
  EXPECT_EQ(parse_url("https://a.example")->text(), "https://a.example/");
  EXPECT_EQ(parse_url("https://a.example:443")->origin(), "https://a.example");
  EXPECT_EQ(parse_url("http://[2606:4700::1111]:8080?x")->origin(), "http://[2606:4700::1111]:8080");
}

TEST(Url, T_S01_EverySchemeButHttpAndHttpsIsRefused) {
  for (const char* text : {"file:///etc/passwd", "ftp://h/", "gopher://h/", "dict://h:11/", "ext://h/", "git://h/r",
                           "ssh://git@h/r", "javascript:alert(1)", "//host/path", "host.example", "", "ldap://h/",
                           "https:/host", "https:host", " https://h/", "data:text/html,x"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, base::Code::kInvalid);
  }
}

TEST(Url, T_S02_MalformedAuthoritiesAndSmuggledCharactersAreRefused) {
  for (const char* text :
       {"https://user@h/",    "https://user:pass@h/", "https://h/#x",         "https://h/a b",
        "https://h/\r\nX: y", "https://h/a\tb",       "https://h\\@evil/",    "https://h/a\\b",
        "https://h/a%0d%0ab", "https://h/%5cx",       "https://h/?q=%0A",     "https://h/%00",
        "https://-oProxy.x/", "https://a.-b/",        "https:///path",        "https://:443/",
        "https://h:/",        "https://h:0/",         "https://h:65536/",     "https://h:99999999999/",
        "https://h:+1/",      "https://h:-1/",        "https://h:080/",       "https://h:4 4/",
        "https://a..b/",      "https://.a/",          "https://h%2eexample/", "https://h/%zz",
        "https://h/%4",       "https://[::1/",        "https://[::1]x/",      "https://[fe80::1%25eth0]/",
        "https://::1/",       "https://a_b!c/",       "https://h,i/",         "https://h/<script>"}) {
    EXPECT_FALSE(parse_url(text)) << text;
  }
  EXPECT_FALSE(parse_url("https://h/" + std::string(9000, 'a')));
  EXPECT_FALSE(parse_url("https://" + std::string(64, 'a') + ".example/"));
  EXPECT_FALSE(parse_url(std::string("https://h/\0x", 12)));
}

TEST(Url, T_S04_DisguisedAddressesAreRefusedByTheParser) {
  for (const char* host : {"2130706433",
                           "0x7f000001",
                           "0x7f.1",
                           "0177.0.0.1",
                           "127.1",
                           "127.0.1",
                           "0",
                           "0x0",
                           "127.0.0.01",
                           "127.0.0.1.",
                           "1.2.3.4.5",
                           "256.1.1.1",
                           "example.com.",
                           "a.0x10",
                           "[0:0:0:0:0:0:0:1]",
                           "[::ffff:127.0.0.1]",
                           "[::FFFF:7F00:1]",
                           "[::0001]",
                           "[fe80::1%eth0]",
                           "[v1.x]",
                           "[]",
                           "[127.0.0.1]",
                           "\xEF\xBC\x91\xEF\xBC\x92\xEF\xBC\x97.0.0.1",  // full-width digits
                           "127\xE3\x80\x82"
                           "0.0.1",  // ideographic full stop
                           "\xE2\x91\xA0.0.0.1",
                           "m\xC3\xBCnchen.example",
                           "%31%32%37.0.0.1"}) {
    EXPECT_FALSE(parse_url("https://" + std::string(host) + "/")) << host;
  }
  EXPECT_EQ(parse_url("https://[::1]/")->host, "::1");
  EXPECT_EQ(parse_url("https://XN--MNCHEN-3YA.example/")->host, "xn--mnchen-3ya.example");
}

TEST(Url, AMessageSaysHowToWriteTheAddress) {
  EXPECT_THAT(parse_url("https://[0:0::1]/").error().message, HasSubstr("write the address as ::1"));
  EXPECT_THAT(parse_url("https://me:secret@h/").error().message, testing::Not(HasSubstr("secret")));
}

TEST(Url, T_S08_OnlyEqualSchemeHostAndPortAreOneOrigin) {
  const Url base = *parse_url("https://git.example/api");
  EXPECT_TRUE(same_origin(base, *parse_url("https://GIT.example:443/other")));
  EXPECT_FALSE(same_origin(base, *parse_url("http://git.example/api")));
  EXPECT_FALSE(same_origin(base, *parse_url("https://git.example:8443/api")));
  EXPECT_FALSE(same_origin(base, *parse_url("https://git.example.evil/api")));
}

}  // namespace
}  // namespace net
