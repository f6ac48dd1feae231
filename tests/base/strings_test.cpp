#include "base/strings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace base {
namespace {

using testing::ElementsAre;
using testing::Optional;

TEST(Strings, SplitKeepsEmptyParts) {
  EXPECT_THAT(split("a,,b", ','), ElementsAre("a", "", "b"));
  EXPECT_THAT(split("", ','), ElementsAre(""));
}

TEST(Strings, IntegerIsTheWholeTextOrNothing) {
  EXPECT_THAT(to_integer("42"), Optional(42));
  EXPECT_THAT(to_integer("-1"), Optional(-1));
  for (const char* bad : {"", "+1", " 1", "1 ", "0x10", "9223372036854775808", "1.5"}) {
    EXPECT_FALSE(to_integer(bad)) << bad;
  }
}

TEST(Strings, HexRoundTripsAndRefusesOddOrForeign) {
  EXPECT_EQ(to_hex(std::string_view("\x00\xff", 2)), "00ff");
  EXPECT_THAT(from_hex("00FF"), Optional(std::string("\x00\xff", 2)));
  EXPECT_FALSE(from_hex("0"));
  EXPECT_FALSE(from_hex("0g"));
}

TEST(Strings, Base64FollowsTheVectorsOfRfc4648) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(to_base64(plain), encoded);
    EXPECT_THAT(from_base64(encoded), Optional(std::string(plain)));
  }
}

TEST(Strings, Base64IsStrict) {
  for (const char* bad : {"Zg", "Zg=", "Z===", "Zh==", "Zm 9", "Zm9v\n", "Zm-_"}) EXPECT_FALSE(from_base64(bad)) << bad;
}

TEST(Strings, Base64ForAddressesHasNoPadding) {
  for (const char* plain : {"", "f", "fo", "foo", "foob", "\xfb\xff\xfe"}) {
    EXPECT_THAT(from_base64url(to_base64url(plain)), Optional(std::string(plain)));
  }
  for (const char* bad : {"Zg==", "Z", "Zh", "Zm 9", "Zm9v\n", "+/+/"}) EXPECT_FALSE(from_base64url(bad)) << bad;
}

TEST(Strings, UrlDecodeRefusesBadEscapes) {
  EXPECT_THAT(url_decode("a%20b+c"), Optional(std::string("a b+c")));
  for (const char* bad : {"%", "%1", "%zz", "a%2"}) EXPECT_FALSE(url_decode(bad)) << bad;
  EXPECT_EQ(url_encode("a b/ü~"), "a%20b%2F%C3%BC~");
}

TEST(Strings, Utf8RefusesSurrogatesAndOverLongForms) {
  EXPECT_TRUE(is_utf8("naïve 🔑"));
  for (const char* bad : {"\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\x80", "\xE2\x82"})
    EXPECT_FALSE(is_utf8(bad));
  EXPECT_EQ(to_valid_utf8("a\xFFz"), "a\xEF\xBF\xBDz");
}

TEST(Strings, ShortenCutsAtACharacterBorder) {
  EXPECT_EQ(shorten("abc", 3), "abc");
  EXPECT_EQ(shorten("abcdef", 5), "ab…");
  EXPECT_EQ(shorten("aüüü", 5), "a…");
}

TEST(Strings, PrintableEscapesControlCharacters) { EXPECT_EQ(printable("a\n\x1b[31m"), "a\\x0a\\x1b[31m"); }

TEST(Strings, NearestFindsTypingMistakesOnly) {
  EXPECT_THAT(nearest("listn", {"listen", "data-dir"}), Optional(std::string("listen")));
  EXPECT_FALSE(nearest("zebra", {"listen", "data-dir"}));
}

TEST(Strings, ReplaceAllReplacesEvery) {
  EXPECT_EQ(replace_all("aXbX", "X", "--"), "a--b--");
  EXPECT_EQ(replace_all("abc", "", "x"), "abc");
}

}  // namespace
}  // namespace base
