#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/headers.h"
#include "http/request.h"

namespace http {

struct ReaderLimits {
  std::size_t head_bytes = std::size_t{16} << 10U;   // request line and fields with their line ends; beyond → 431
  std::size_t fields = 64;                           // beyond → 431
  std::size_t target_bytes = std::size_t{7} << 10U;  // beyond → 414
};

struct RequestHead {
  Method method = Method::kGet;
  std::string target;     // origin-form, as sent
  int minor_version = 1;  // of HTTP/1
  std::string host;       // empty only for HTTP/1.0
  base::Headers headers;  // without Range and If-Range
  std::uint64_t content_length = 0;
  bool chunked = false;
  bool expects_continue = false;  // the client waits for 100 before it sends the body
  bool keep_alive = true;         // the client allows another request on this connection

  bool has_body() const { return chunked || content_length > 0; }
};

// Why a request was not read. The connection cannot be used any more: where the next request begins is unknown.
struct Refusal {
  int status = 400;
  std::string message;  // for the client; holds no byte of the request
};

// Reads one HTTP/1 request from bytes as they come (RFC 9112, the narrow reading: what has two meanings is refused).
// Pure: no socket, no clock. The same bytes give the same result however they are cut.
//
//   feed() until kHeadDone; look at head(), decide; expect_body(limit); feed() until kDone; take_body().
class RequestReader {
 public:
  enum class State { kHead, kHeadDone, kBody, kDone, kRefused };

  explicit RequestReader(ReaderLimits limits = {}) : limits_(limits) {}

  // Takes bytes and says how many it used: all of them unless the state became kHeadDone, kDone or kRefused.
  std::size_t feed(std::string_view bytes);

  // In kHeadDone: go on to the body. Refuses with 413 at once if the announced length is over `limit`.
  void expect_body(std::size_t limit);

  State state() const { return state_; }
  bool started() const { return head_bytes_ > 0; }
  const RequestHead& head() const { return head_; }
  RequestHead& head() { return head_; }
  const Refusal& refusal() const { return refusal_; }
  const std::string& body() const { return body_; }
  std::string take_body() { return std::move(body_); }

 private:
  enum class ChunkPart { kSize, kData, kDataEnd, kEnd };

  std::size_t feed_head(std::string_view bytes);
  void take_head_byte(char byte);
  void take_line();
  void take_request_line();
  void take_field();
  void take_singleton(std::string_view name, std::string_view value, std::string_view raw_value);
  void take_content_length(std::string_view raw_value);
  void take_transfer_encoding(std::string_view raw_value);
  void finish_head();
  void check_representation();
  std::size_t feed_length(std::string_view bytes);
  std::size_t feed_chunked(std::string_view bytes);
  void take_chunk_byte(char byte);
  void take_chunk_line();
  void refuse(int status, std::string message);

  ReaderLimits limits_;
  State state_ = State::kHead;
  RequestHead head_;
  Refusal refusal_;
  std::string line_;  // the unfinished line of the head or of the chunk framing
  std::size_t head_bytes_ = 0;
  std::size_t fields_ = 0;
  bool has_request_line_ = false;
  std::optional<std::uint64_t> length_;
  std::size_t body_limit_ = 0;
  std::uint64_t remaining_ = 0;  // of the body or of the chunk
  ChunkPart chunk_part_ = ChunkPart::kSize;
  std::string body_;
};

}  // namespace http
