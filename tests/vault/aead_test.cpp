#include "crypto/aead.h"

#include <gtest/gtest.h>

#include "base/strings.h"

namespace crypto {
namespace {

TEST(Aead, OpensTheKnownAnswerOfTheGcmSpecification) {
  // Test case 16 of "The Galois/Counter Mode of Operation" (McGrew, Viega): AES-256 with associated data.
  const base::Secret key(*base::from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"));
  const std::string nonce = *base::from_hex("cafebabefacedbaddecaf888");
  const std::string cipher = *base::from_hex(
      "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a"
      "bcc9f662");
  const std::string tag = *base::from_hex("76fc6ece0f4e1768cddf8853bb2d551b");
  const auto plain = open(key, nonce + cipher + tag, *base::from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"));
  ASSERT_TRUE(plain);
  EXPECT_EQ(
      base::to_hex(plain->reveal()),
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de6"
      "57ba637b39");
}

TEST(Aead, T_X02_AnyChangedBitIsNoticed) {
  const auto key = random_key();
  const std::string sealed = seal(key, "secret", "owner");
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string altered = sealed;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(open(key, altered, "owner")) << bit;
  }
  EXPECT_FALSE(open(key, sealed, "other"));
  EXPECT_FALSE(open(random_key(), sealed, "owner"));
  EXPECT_FALSE(open(key, sealed.substr(0, 27), "owner"));
  EXPECT_EQ(open(key, sealed, "owner")->reveal(), "secret");
}

TEST(Aead, T_X01_TheSameTextSealsDifferentlyEachTime) {
  const auto key = random_key();
  EXPECT_NE(seal(key, "secret", ""), seal(key, "secret", ""));
}

}  // namespace
}  // namespace crypto
