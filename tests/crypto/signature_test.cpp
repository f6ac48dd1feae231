#include "crypto/signature.h"

#include <gtest/gtest.h>

#include "base/strings.h"
#include "crypto/rsa_key.h"

namespace crypto {
namespace {

std::string bytes(std::string_view base64url) {
  std::string text = base::replace_all(base::replace_all(base64url, "-", "+"), "_", "/");
  while (text.size() % 4 != 0) text += '=';
  return base::from_base64(text).value_or("");
}

// RFC 7515 appendix A.2 and A.3.
constexpr std::string_view kClaims =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const std::string kRsaText = "eyJhbGciOiJSUzI1NiJ9." + std::string(kClaims);
const std::string kEcText = "eyJhbGciOiJFUzI1NiJ9." + std::string(kClaims);

RsaPublicKey rsa_key() {
  return {
      bytes("ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-"
            "SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-"
            "UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_"
            "h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"),
      bytes("AQAB")};
}
std::string rsa_signature() {
  return bytes(
      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
      "O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZ"
      "RmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhW"
      "kWywlVmtVrBp0igcN_IoypGlUPQGe77Rw");
}
P256PublicKey p256_key() {
  return {bytes("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"), bytes("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")};
}
std::string p256_signature() {
  return bytes("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
}

TEST(Signature, Rs256KnowsThePublishedOne) {
  EXPECT_TRUE(verify_rs256(rsa_key(), kRsaText, rsa_signature()));
  EXPECT_FALSE(verify_rs256(rsa_key(), kEcText, rsa_signature()));
  std::string other = rsa_signature();
  other.back() = static_cast<char>(other.back() ^ 1);
  EXPECT_FALSE(verify_rs256(rsa_key(), kRsaText, other));
  EXPECT_FALSE(verify_rs256(rsa_key(), kRsaText, ""));
}

TEST(Signature, Es256KnowsThePublishedOne) {
  EXPECT_TRUE(verify_es256(p256_key(), kEcText, p256_signature()));
  EXPECT_FALSE(verify_es256(p256_key(), kRsaText, p256_signature()));
  EXPECT_FALSE(verify_es256(p256_key(), kEcText, p256_signature().substr(1)));
  EXPECT_FALSE(verify_es256(p256_key(), kEcText, std::string(64, '\0'))) << "R and S of nothing";
}

TEST(Signature, KeysThatAreNoneVerifyNothing) {
  EXPECT_FALSE(verify_rs256({"", bytes("AQAB")}, kRsaText, rsa_signature()));
  EXPECT_FALSE(verify_rs256({rsa_key().modulus, std::string("\x01")}, kRsaText, rsa_signature()));
  EXPECT_FALSE(verify_rs256({rsa_key().modulus.substr(128), bytes("AQAB")}, kRsaText, rsa_signature())) << "1024 bits";
  EXPECT_FALSE(verify_rs256({std::string(5000, 'x'), bytes("AQAB")}, kRsaText, rsa_signature()));
  P256PublicKey off_the_curve = p256_key();
  off_the_curve.y.back() = static_cast<char>(off_the_curve.y.back() ^ 1);
  EXPECT_FALSE(verify_es256(off_the_curve, kEcText, p256_signature()));
  EXPECT_FALSE(verify_es256({"", ""}, kEcText, p256_signature()));
}

TEST(RsaKey, WhatItSignsItsPublicHalfVerifies) {
  const auto key = make_rsa_key();
  ASSERT_TRUE(key);
  EXPECT_EQ(key->public_key.modulus.size(), 256U) << "2048 bits";
  const auto signature = sign_rs256(key->pem, "what is signed");
  ASSERT_TRUE(signature);
  EXPECT_TRUE(verify_rs256(key->public_key, "what is signed", *signature));
  EXPECT_FALSE(verify_rs256(key->public_key, "what was signed", *signature));
  EXPECT_NE(make_rsa_key()->public_key.modulus, key->public_key.modulus);
  for (const char* none : {"", "a text", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}) {
    EXPECT_FALSE(sign_rs256(base::Secret(none), "what is signed")) << none;
  }
}

}  // namespace
}  // namespace crypto
