#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/reader.h"

namespace http::test {

// What became of one request; equal however the bytes were cut.
struct Outcome {
  RequestReader::State state = RequestReader::State::kHead;
  int status = 0;  // of the refusal
  std::string target, body;
  std::vector<base::Headers::Field> fields;
  std::size_t used = 0;

  bool operator==(const Outcome&) const = default;
};

// Feeds `bytes` in pieces of the given sizes (the last one as often as needed).
inline Outcome drive(std::string_view bytes, const std::vector<std::size_t>& sizes, std::size_t body_limit = 1000) {
  RequestReader reader;
  std::size_t used = 0;
  std::size_t turn = 0;
  while (used < bytes.size()) {
    auto piece = bytes.substr(used, sizes[std::min(turn++, sizes.size() - 1)]);
    while (!piece.empty()) {
      if (reader.state() == RequestReader::State::kHeadDone) reader.expect_body(body_limit);
      const auto count = reader.feed(piece);
      used += count;
      piece.remove_prefix(count);
      const bool over =
          reader.state() == RequestReader::State::kDone || reader.state() == RequestReader::State::kRefused;
      if (over) break;
    }
    const bool over = reader.state() == RequestReader::State::kDone || reader.state() == RequestReader::State::kRefused;
    if (over) break;
  }
  if (reader.state() == RequestReader::State::kHeadDone) reader.expect_body(body_limit);
  Outcome outcome{reader.state(), 0, reader.head().target, reader.body(), reader.head().headers.fields(), used};
  if (outcome.state == RequestReader::State::kRefused) outcome.status = reader.refusal().status;
  return outcome;
}

}  // namespace http::test
