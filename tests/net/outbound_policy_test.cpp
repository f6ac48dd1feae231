#include "net/outbound_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/net/fake_resolver.h"

namespace net {
namespace {

using net_test::FakeResolver;
using net_test::resolves_to;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

OutboundPolicy policy(const std::vector<std::string>& allow = {}, const std::vector<std::string>& http = {}) {
  auto parsed = OutboundPolicy::parse(allow, http);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return *parsed;
}

bool allows(const OutboundPolicy& rules, const std::string& url) {
  return rules.check_url(*parse_url(url)).has_value();
}

const char* const kBlockedV4[] = {
    "127.0.0.1",   "127.255.255.254", "10.0.0.1",       "172.16.0.1",      "172.31.255.255", "192.168.1.1",
    "169.254.1.1", "169.254.169.254", "100.64.0.1",     "100.127.255.255", "224.0.0.1",      "239.255.255.255",
    "240.0.0.1",   "255.255.255.255", "0.0.0.0",        "0.1.2.3",         "192.0.2.1",      "198.51.100.7",
    "203.0.113.9", "198.18.0.1",      "198.19.255.255", "168.63.129.16",   "192.0.0.8",      "192.88.99.1"};
const char* const kBlockedV6[] = {"::1",     "::",        "fc00::1", "fdff::1",       "fe80::1",
                                  "febf::1", "fec0::1",   "ff02::1", "fd00:ec2::254", "2001:db8::1",
                                  "100::1",  "2001:2::1", "3fff::1", "64:ff9b:1::1"};
const char* const kPublic[] = {"1.1.1.1",          "8.8.8.8",        "172.15.0.1",      "172.32.0.1",
                               "100.128.0.1",      "169.253.0.1",    "2606:4700::1111", "2a00:1450:4001::1",
                               "64:ff9b::808:808", "2002:808:808::1"};

TEST(OutboundPolicy, T_S03_SpecialNetworksAreBlockedByDefault) {
  for (const char* address : kBlockedV4) {
    EXPECT_FALSE(policy().check_address("name.example", 443, address)) << address;
    EXPECT_FALSE(allows(policy(), "https://" + std::string(address) + "/")) << address;
  }
  for (const char* address : kBlockedV6) {
    EXPECT_FALSE(policy().check_address("name.example", 443, address)) << address;
    EXPECT_FALSE(allows(policy(), "https://[" + std::string(address) + "]/")) << address;
  }
  for (const char* address : kPublic) EXPECT_TRUE(policy().check_address("name.example", 443, address)) << address;
}

TEST(OutboundPolicy, T_S03_TheAllowListNamesHostAddressOrNetworkWithAPort) {
  EXPECT_TRUE(allows(policy({"10.1.2.3"}), "https://10.1.2.3:8443/"));
  EXPECT_TRUE(allows(policy({"10.1.2.3:443"}), "https://10.1.2.3/"));
  EXPECT_FALSE(allows(policy({"10.1.2.3:443"}), "https://10.1.2.3:8443/"));
  EXPECT_FALSE(allows(policy({"10.1.2.3"}), "https://10.1.2.4/"));
  EXPECT_TRUE(allows(policy({"10.1.0.0/16:443"}), "https://10.1.2.3/"));
  EXPECT_FALSE(allows(policy({"10.1.0.0/16"}), "https://10.2.0.1/"));
  EXPECT_TRUE(allows(policy({"172.16.0.0/12"}), "https://172.31.0.1/"));
  EXPECT_TRUE(allows(policy({"fd00::/8"}), "https://[fd12::1]/"));
  EXPECT_TRUE(allows(policy({"[fd12::1]:443"}), "https://[fd12::1]/"));
  EXPECT_TRUE(allows(policy({"[fd00::]/8:443"}), "https://[fd12::1]/"));
  EXPECT_FALSE(allows(policy({"[fd00::/8]:443"}), "https://[fd12::1]:444/"));
  EXPECT_TRUE(allows(policy({"localhost"}), "https://localhost/"));
  EXPECT_FALSE(allows(policy(), "https://localhost/"));
  EXPECT_FALSE(allows(policy(), "https://metadata.google.internal/"));
}

TEST(OutboundPolicy, T_S03_ANameOpensPrivateNetworksButNeverMetadata) {
  const auto rules = policy({"ado.corp:443"});
  EXPECT_TRUE(rules.check_address("ado.corp", 443, "10.1.2.3"));
  EXPECT_TRUE(rules.check_address("ado.corp", 443, "::1"));
  EXPECT_FALSE(rules.check_address("ado.corp", 8080, "10.1.2.3"));
  EXPECT_FALSE(rules.check_address("other.corp", 443, "10.1.2.3"));
  EXPECT_FALSE(rules.check_address("ado.corp", 443, "169.254.169.254"));
  EXPECT_TRUE(policy({"169.254.169.254"}).check_address("ado.corp", 443, "169.254.169.254"));
}

TEST(OutboundPolicy, T_S03_TheMessageSaysExactlyWhatToAdd) {
  EXPECT_THAT(policy().check_url(*parse_url("https://10.1.2.3/")).error().message,
              AllOf(HasSubstr("a private address"), HasSubstr("--outbound-allow 10.1.2.3:443")));
  EXPECT_THAT(policy().check_url(*parse_url("http://127.0.0.1:8080/")).error().message,
              HasSubstr("--outbound-allow 127.0.0.1:8080 --outbound-http 127.0.0.1"));
  EXPECT_THAT(policy().check_address("ado.corp", 443, "10.1.2.3").error().message,
              HasSubstr("--outbound-allow ado.corp:443"));
  EXPECT_THAT(policy().check_address("ado.corp", 443, "169.254.169.254").error().message,
              HasSubstr("--outbound-allow 169.254.169.254:443"));
  EXPECT_THAT(policy().check_address("h", 443, "fd12::1").error().message, HasSubstr("--outbound-allow h:443"));
  EXPECT_THAT(policy().check_url(*parse_url("https://[fd12::1]/")).error().message,
              HasSubstr("--outbound-allow [fd12::1]:443"));
}

TEST(OutboundPolicy, T_S03_WhatTheMessageSaysToAddIsEnough) {
  for (const char* text : {"http://127.0.0.1:8080/", "https://[fd12::1]/", "https://10.1.2.3:22/",
                           "http://git.example:81/", "https://localhost:8443/", "https://169.254.169.254/"}) {
    const Url url = *parse_url(text);
    std::vector<std::string> allow, http;
    std::istringstream words(policy().check_url(url).error().message);
    for (std::string word; words >> word;) {
      if (word == "--outbound-allow" && words >> word) allow.push_back(word);
      if (word == "--outbound-http" && words >> word) http.push_back(word);
    }
    EXPECT_TRUE(policy(allow, http).check_url(url)) << text;
  }
}

TEST(OutboundPolicy, T_S01_PlainHttpNeedsItsOwnSwitch) {
  EXPECT_FALSE(allows(policy(), "http://git.example/"));
  EXPECT_FALSE(allows(policy({"git.example"}), "http://git.example/"));
  EXPECT_TRUE(allows(policy({}, {"git.example"}), "http://git.example:8080/"));
  EXPECT_FALSE(allows(policy({}, {"git.example"}), "http://www.git.example/"));
}

TEST(OutboundPolicy, T_S02_PortsOfOtherServicesNeedToBeNamed) {
  EXPECT_TRUE(allows(policy(), "https://git.example:8443/"));
  EXPECT_FALSE(allows(policy(), "https://git.example:22/"));
  EXPECT_FALSE(allows(policy(), "https://git.example:25/"));
  EXPECT_TRUE(allows(policy({"git.example:444"}), "https://git.example:444/"));
}

TEST(OutboundPolicy, T_S04_AnAddressInsideAnotherGetsTheSameVerdict) {
  for (const char* address :
       {"::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:a01:203", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1",
        "2002:7f00:1::", "2002:a00:1::1", "2002:a9fe:a9fe::", "2001:0:7f00:1::", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "::ffff:169.254.169.254", "fe80::1%eth0", "fe80::1%25eth0"}) {
    EXPECT_FALSE(policy().check_address("name.example", 443, address)) << address;
  }
  EXPECT_TRUE(policy({"10.0.0.0/8"}).check_address("h", 443, "::ffff:10.0.0.1"));
  EXPECT_FALSE(policy({"10.0.0.0/8"}).check_address("h", 443, "::ffff:192.168.0.1"));
}

TEST(OutboundPolicy, T_S05_OneBlockedAddressBlocksTheName) {
  const auto mixed = policy().with_resolver(resolves_to({"1.1.1.1", "10.0.0.1"}));
  EXPECT_EQ(mixed.resolve("git.example", 443).error().code, base::Code::kInvalid);
  const auto good = policy().with_resolver(resolves_to({"1.1.1.1", "2606:4700::1111"}));
  EXPECT_THAT(*good.resolve("git.example", 443), ElementsAre("1.1.1.1", "2606:4700::1111"));
}

TEST(OutboundPolicy, T_S05_NamesThatLookLikeAddressesAreNotAskedFor) {
  const auto resolver = resolves_to({"1.1.1.1"});
  const auto rules = policy().with_resolver(resolver);
  for (const char* host : {"2130706433", "0x7f.1", "127.1", "-oProxyCommand=x", "a b", "h;id", "localhost", "x."}) {
    EXPECT_FALSE(rules.resolve(host, 22)) << host;
  }
  EXPECT_EQ(resolver->questions(), 0);
}

TEST(OutboundPolicy, AnUnknownNameIsUnavailableNotInvalid) {
  EXPECT_EQ(policy().with_resolver(resolves_to({})).resolve("no.example", 443).error().code, base::Code::kUnavailable);
}

TEST(OutboundPolicy, UnreadableRulesAreRefusedWithTheirText) {
  for (const char* rule : {"", "10.0.0.0/33", "fd00::/129", "10.0.0.0/-1", "x y", "h:0", "h:65536", "h:", "http://h",
                           "10.1/16", "2130706433", "*.corp", "[::1", "a/8"}) {
    const auto parsed = OutboundPolicy::parse({rule}, {});
    ASSERT_FALSE(parsed) << rule;
    EXPECT_THAT(parsed.error().message, HasSubstr("--outbound-allow '" + std::string(rule)));
  }
  EXPECT_FALSE(OutboundPolicy::parse({}, {"h:80"}));
}

TEST(Resolver, TheSystemsOwnKnowsLocalhost) {
  const auto addresses = system_resolver()->look_up("localhost");
  ASSERT_TRUE(addresses) << addresses.error().detail;
  EXPECT_THAT(*addresses, testing::Each(testing::AnyOf("127.0.0.1", "::1")));
}

}  // namespace
}  // namespace net
