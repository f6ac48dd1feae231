#include "connections/secrets.h"

#include <gtest/gtest.h>

#include <string>

namespace connections {
namespace {

TEST(PackedSecrets, T_X09_AnyTextComesBackAsItWas) {
  const Secrets secrets = {{"password", base::Secret(std::string("a\nb c\0 7\n", 9))},
                           {"token", base::Secret(std::string(65536, '\n'))},
                           {"passphrase", base::Secret("")}};
  const auto back = unpack(pack(secrets));
  ASSERT_TRUE(back);
  ASSERT_EQ(back->size(), secrets.size());
  for (const auto& [name, secret] : secrets) EXPECT_EQ(back->find(name)->second.reveal(), secret.reveal()) << name;
}

TEST(PackedSecrets, WhatIsCutOffOrNotOursIsRefusedWithoutBeingShown) {
  for (const char* text : {"password 9\ncanary", "canary", "password x\ncanary", "password -1\n"}) {
    const auto back = unpack(base::Secret(text));
    ASSERT_FALSE(back) << text;
    EXPECT_EQ(back.error().message.find("canary"), std::string::npos);
    EXPECT_EQ(back.error().detail.find("canary"), std::string::npos);
  }
}

}  // namespace
}  // namespace connections
