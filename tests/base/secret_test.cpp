#include "base/secret.h"

#include <gtest/gtest.h>

#include <sstream>
#include <type_traits>

namespace base {
namespace {

template <class T>
concept Streams = requires(std::ostream& out, const T& value) {
  out << value;
};

TEST(Secret, HasNoWayIntoAStreamOrAString) {
  static_assert(!Streams<Secret>);
  static_assert(!std::is_convertible_v<Secret, std::string>);
  SUCCEED();
}

TEST(Secret, IsEmptyAfterAMove) {
  Secret first("s3cr3t");
  const Secret second = std::move(first);
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(second.reveal(), "s3cr3t");
}

TEST(Secret, IsTakenOutOfTexts) {
  EXPECT_EQ(without_secret("bad token abc, abc", Secret("abc")), "bad token ***, ***");
  EXPECT_EQ(without_secret("nothing", Secret()), "nothing");
}

}  // namespace
}  // namespace base
