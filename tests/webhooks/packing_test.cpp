#include "webhooks/packing.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace {

using webhooks::pack;
using webhooks::Packing;
using webhooks::unpack;

TEST(Packing, WhatRepeatsItselfBecomesSmallAndComesBack) {
  std::string body;
  while (body.size() < 10'000) body += "https://forge.example/acme/infra ";
  const auto packed = pack(body);
  EXPECT_EQ(packed.packing, Packing::kLz4);
  EXPECT_LT(packed.bytes.size(), body.size() / 10);
  EXPECT_EQ(unpack(packed.packing, packed.bytes, body.size()), body);
}

TEST(Packing, WhatWouldNotBecomeSmallerIsKeptAsItCame) {
  for (const std::string& body : {std::string(), std::string("short"), base::random_base58(300)}) {
    const auto packed = pack(body);
    EXPECT_EQ(packed.packing, Packing::kNone);
    EXPECT_EQ(packed.bytes, body);
    EXPECT_EQ(unpack(packed.packing, packed.bytes, body.size()), body);
  }
}

TEST(Packing, DamagedBytesAreNoticed) {
  const std::string body(5'000, 'x');
  auto packed = pack(body);
  EXPECT_FALSE(unpack(packed.packing, packed.bytes, body.size() + 1));
  EXPECT_FALSE(unpack(packed.packing, packed.bytes, body.size() - 1));
  packed.bytes.pop_back();
  EXPECT_FALSE(unpack(packed.packing, packed.bytes, body.size()));
  EXPECT_FALSE(unpack(static_cast<Packing>(9), packed.bytes, body.size()));
  EXPECT_FALSE(unpack(Packing::kNone, "four", 5));
}

}  // namespace
