// What needs no database: hashes, codes, passwords, cookies, paths.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "signin/cookie.h"
#include "signin/one_time_code.h"
#include "signin/password.h"

namespace signin {
namespace {

using testing::StartsWith;

TEST(Password, T_T03_IsHashedWithArgon2idAtTheStatedCost) {
  const base::Secret password("correct horse battery");
  const std::string hash = hash_password(password);
  EXPECT_THAT(hash, StartsWith("$argon2id$v=19$m=19456,t=2,p=1$"));
  EXPECT_NE(hash, hash_password(password)) << "each has its own salt";
  EXPECT_TRUE(is_password(password, hash));
  EXPECT_FALSE(is_password(base::Secret("correct horse batterz"), hash));
  EXPECT_FALSE(is_password(password, "nonsense"));
  EXPECT_FALSE(needs_rehash(hash));
  EXPECT_TRUE(needs_rehash(hash, {.memory_kib = 65536, .passes = 3, .lanes = 1}));
}

TEST(Password, T_T03_AnyBytesUpTo1000AndNoneIsCut) {
  const std::string long_one(1000, 'x');
  const base::Secret odd(std::string("\x01\xFF pa\0ss\xF0\x9F\x94\x91 long", 16) + long_one.substr(16));
  const std::string hash = hash_password(odd);
  EXPECT_TRUE(is_password(odd, hash));
  EXPECT_FALSE(is_password(base::Secret(odd.reveal().substr(0, 999)), hash));
  EXPECT_TRUE(check_password(odd));
  EXPECT_FALSE(check_password(base::Secret(odd.reveal() + "y")));
}

TEST(Password, T_T03_WhatIsTriedFirstIsRefused) {
  for (const char* common : {"1234567",    "12345678",     "password",   "Password1", "P@ssw0rd",   "p4ssw0rd123!",
                             "qwertyuiop", "qwerty123456", "aaaaaaaa",   "abcabcabc", "letmein123", "iloveyou",
                             "Admin2024!", "welcome1",     "1qaz2wsx",   "abcdefgh",  "87654321",   "Summer2025",
                             "trustno1",   "football99",   "0987654321", "changeme",  "liverpool1", "runbridge1"}) {
    EXPECT_FALSE(check_password(base::Secret(common))) << common;
  }
  for (const char* good : {"correct horse battery", "tJ7#kq9Lw2", "seven green lamps", "Möbel-Regal-Fenster"}) {
    EXPECT_TRUE(check_password(base::Secret(good))) << good;
  }
  EXPECT_FALSE(check_password(base::Secret("rosalind7"), {"rosalind"}));
}

// RFC 6238 appendix B, the SHA-1 column, cut to six digits.
TEST(OneTimeCode, MatchesTheVectorsOfRfc6238) {
  const base::Secret secret("12345678901234567890");
  const std::pair<std::int64_t, const char*> vectors[] = {{59, "287082"},         {1111111109, "081804"},
                                                          {1111111111, "050471"}, {1234567890, "005924"},
                                                          {2000000000, "279037"}, {20000000000, "353130"}};
  for (const auto& [seconds, code] : vectors) {
    EXPECT_EQ(one_time_code(secret, code_step(base::from_millis(seconds * 1000))), code) << seconds;
  }
}

TEST(OneTimeCode, NeighbouringStepsAreAcceptedOnceEach) {
  const base::Secret secret = make_code_secret();
  const base::Time now = base::from_millis(1'770'000'000'000);
  const std::int64_t step = code_step(now);
  for (const std::int64_t off : {-1, 0, 1})
    EXPECT_EQ(accepted_step(secret, one_time_code(secret, step + off), now, 0), step + off);
  EXPECT_FALSE(accepted_step(secret, one_time_code(secret, step - 2), now, 0));
  EXPECT_FALSE(accepted_step(secret, one_time_code(secret, step + 2), now, 0));
  EXPECT_FALSE(accepted_step(secret, one_time_code(secret, step), now, step)) << "used";
  EXPECT_FALSE(accepted_step(secret, one_time_code(secret, step - 1), now, step)) << "older than a used one";
  for (const char* bad : {"", "12345", "1234567", "abcdef"}) EXPECT_FALSE(accepted_step(secret, bad, now, 0)) << bad;
}

// RFC 4648 section 10.
TEST(OneTimeCode, SecretsAreShownInBase32) {
  EXPECT_EQ(to_base32("f"), "MY");
  EXPECT_EQ(to_base32("foob"), "MZXW6YQ");
  EXPECT_EQ(to_base32("foobar"), "MZXW6YTBOI");
  EXPECT_EQ(make_code_secret().size(), 20U);
}

TEST(OneTimeCode, RecoveryCodesAreReadWithoutCaseAndDashes) {
  const auto codes = make_recovery_codes();
  ASSERT_EQ(codes.size(), 10U);
  EXPECT_EQ(codes[0].size(), 19U);
  EXPECT_EQ(recovery_hash("ABCD-efgh"), recovery_hash("abcd efgh"));
  EXPECT_NE(recovery_hash(codes[0].reveal()), recovery_hash(codes[1].reveal()));
}

TEST(LocalPath, T_U07_OnlyPathsOfThisServerAreGoneOnTo) {
  for (const char* bad :
       {"//evil.test", "/\\evil.test", "https:evil.test", "https://evil.test", "", "evil", "/a\nb", "/a b", "\\/x"}) {
    EXPECT_EQ(local_path(bad), "/") << bad;
  }
  EXPECT_EQ(local_path("/runs/run-1?tab=log#end"), "/runs/run-1?tab=log#end");
}

}  // namespace
}  // namespace signin
