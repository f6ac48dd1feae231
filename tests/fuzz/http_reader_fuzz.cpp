// The request reader: no input crashes it, cutting the bytes changes nothing, and what it lets through is strict.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/strings.h"
#include "tests/http/reader_driver.h"

namespace {

void check(bool good) {
  if (!good) std::abort();
}

void check_accepted(const http::test::Outcome& outcome) {
  check(outcome.target.starts_with('/'));
  check(outcome.target.find_first_of(std::string_view(" \t\r\n\0#\\", 7)) == std::string::npos);
  check(outcome.body.size() <= 1000);
  for (const auto& [name, value] : outcome.fields) {
    check(!name.empty() && name.find_first_of(" :\t") == std::string::npos);
    check(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
    check(base::is_utf8(value));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(data, data + size);
  const auto whole = http::test::drive(bytes, {std::max<std::size_t>(size, 1)});
  check(http::test::drive(bytes, {1}) == whole);
  check(http::test::drive(bytes, {3, 1, 7, 2, 11}) == whole);
  if (whole.state == http::RequestReader::State::kDone) check_accepted(whole);
  if (whole.state == http::RequestReader::State::kRefused) check(whole.status >= 400 && whole.status < 500);
  return 0;
}
