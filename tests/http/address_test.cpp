#include "http/address.h"

#include <gtest/gtest.h>

namespace http {
namespace {

IpAddress address(std::string_view text) {
  const auto parsed = IpAddress::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(IpAddress{});
}

TEST(Address, BothSpellingsOfOneAddressAreEqual) {
  EXPECT_EQ(address("::ffff:192.0.2.1"), address("192.0.2.1"));
  EXPECT_EQ(address("::ffff:192.0.2.1").text(), "192.0.2.1");
  EXPECT_EQ(address("2001:DB8:0::1").text(), "2001:db8::1");
  EXPECT_NE(address("::1"), address("127.0.0.1"));
}

TEST(Address, OtherTextIsNone) {
  using std::string_literals::operator""s;
  for (const std::string& text : {""s, "1.2.3"s, "1.2.3.4.5"s, "1.2.3.256"s, "1.2.3.4 "s, "::g"s, "localhost"s,
                                  "1.2.3.4\0x"s, "010.0.0.1x"s, "fe80::1%eth0"s, std::string(5000, '1')}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
}

TEST(Address, CapsCountTheNetworkOfAnIpv6Address) {
  EXPECT_EQ(address("2001:db8:1:2:3::4").network(), address("2001:db8:1:2:ffff::").network());
  EXPECT_NE(address("2001:db8:1:2::").network(), address("2001:db8:1:3::").network());
  EXPECT_NE(address("192.0.2.1").network(), address("192.0.2.2").network());
}

TEST(Address, T_E13_BlocksHoldTheirAddressesOnly) {
  const auto proxies = TrustedProxies::parse({"10.0.0.0/8", "192.0.2.128/25", "2001:db8::/33", "203.0.113.7"});
  ASSERT_TRUE(proxies);
  for (const char* inside :
       {"10.255.0.1", "192.0.2.128", "192.0.2.255", "2001:db8:7fff::1", "203.0.113.7", "::ffff:10.1.2.3"}) {
    EXPECT_TRUE(proxies->contains(address(inside))) << inside;
  }
  for (const char* outside : {"11.0.0.1", "192.0.2.127", "2001:db8:8000::1", "203.0.113.8", "::10.1.2.3", "::1"}) {
    EXPECT_FALSE(proxies->contains(address(outside))) << outside;
  }
}

TEST(Address, T_E13_BadBlocksAreRefused) {
  for (const char* entry :
       {"", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "2001:db8::/129", "proxy.example", "10.0.0.0/8x"}) {
    EXPECT_FALSE(TrustedProxies::parse({entry})) << entry;
  }
  const auto everything = TrustedProxies::parse({"0.0.0.0/0"});
  ASSERT_TRUE(everything);
  EXPECT_TRUE(everything->contains(address("8.8.8.8")));
  EXPECT_FALSE(everything->contains(address("2001:db8::1")));
}

}  // namespace
}  // namespace http
