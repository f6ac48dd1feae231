#include "http/reader.h"

#include <algorithm>

#include "base/strings.h"
#include "http/grammar.h"

namespace http {
namespace {

constexpr std::size_t kFirstReserve = std::size_t{64} << 10U;

bool is(std::string_view name, std::string_view other) { return base::equals_ignoring_case(name, other); }

}  // namespace

void RequestReader::refuse(int status, std::string message) {
  state_ = State::kRefused;
  refusal_ = {status, std::move(message)};
  line_.clear();
  body_ = {};
}

std::size_t RequestReader::feed(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size()) {
    const auto rest = bytes.substr(used);
    if (state_ == State::kHead) {
      used += feed_head(rest);
    } else if (state_ == State::kBody) {
      used += head_.chunked ? feed_chunked(rest) : feed_length(rest);
    } else {
      break;
    }
  }
  return used;
}

std::size_t RequestReader::feed_head(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && state_ == State::kHead) take_head_byte(bytes[used++]);
  return used;
}

void RequestReader::take_head_byte(char byte) {
  const bool after_return = !line_.empty() && line_.back() == '\r';
  if (after_return != (byte == '\n')) {
    return refuse(400, "A line of the request's head does not end in CR LF, or a CR or LF stands alone.");
  }
  const auto value = static_cast<unsigned char>(byte);
  if ((value < 0x20 && byte != '\r' && byte != '\n' && byte != '\t') || value == 0x7f) {
    return refuse(400, "The request's head holds a control character.");
  }
  ++head_bytes_;
  line_ += byte;
  if (!has_request_line_ && line_.size() > limits_.target_bytes + 32) {
    return refuse(414, "The request target is too long.");
  }
  if (head_bytes_ > limits_.head_bytes) return refuse(431, "The request's header fields are too large.");
  if (byte == '\n') take_line();
}

void RequestReader::take_line() {
  line_.resize(line_.size() - 2);  // CR LF
  if (!has_request_line_) {
    take_request_line();
  } else if (line_.empty()) {
    finish_head();
  } else {
    take_field();
  }
  line_.clear();
}

void RequestReader::take_request_line() {
  const auto parts = grammar::split_request_line(line_);
  if (!parts) return refuse(400, "The request line is not 'METHOD /path HTTP/1.1'.");
  if (parts->version != "HTTP/1.1" && parts->version != "HTTP/1.0") {
    return refuse(400, "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
  }
  const auto method = grammar::known_method(parts->method);
  if (!method) return refuse(405, "Only GET, HEAD, POST, PUT, PATCH and DELETE are answered here.");
  if (!grammar::is_origin_form(parts->target)) {
    return refuse(400,
                  "The request target is not a path that begins with '/', or holds a character that must be encoded.");
  }
  if (parts->target.size() > limits_.target_bytes) return refuse(414, "The request target is too long.");
  head_.method = *method;
  head_.target = std::string(parts->target);
  head_.minor_version = parts->version.back() - '0';
  head_.keep_alive = head_.minor_version == 1;
  has_request_line_ = true;
}

void RequestReader::take_field() {
  if (++fields_ > limits_.fields) return refuse(431, "The request has too many header fields.");
  const auto field = grammar::split_field_line(line_);
  if (!field) return refuse(400, "A header field is not 'Name: value' in printable UTF-8 on one line.");
  take_singleton(field->name, field->value, field->raw_value);
  if (state_ == State::kRefused) return;
  if (is(field->name, "Connection") && grammar::list_has(field->value, "close")) head_.keep_alive = false;
  // Byte ranges are answered with the whole; logs are paged by offset.
  if (is(field->name, "Range") || is(field->name, "If-Range")) return;
  head_.headers.add(std::string(field->name), std::string(field->value));
}

void RequestReader::take_singleton(std::string_view name, std::string_view value, std::string_view raw_value) {
  for (const char* single :
       {"Host", "Content-Length", "Transfer-Encoding", "Content-Type", "Authorization", "Expect"}) {
    if (is(name, single) && head_.headers.has(single)) {
      return refuse(400, std::string("The request has more than one ") + single + " field.");
    }
  }
  if (is(name, "Host")) {
    if (!grammar::is_host(value)) return refuse(400, "The Host field is not a host with an optional port.");
    head_.host = std::string(value);
  } else if (is(name, "Content-Length")) {
    take_content_length(raw_value);
  } else if (is(name, "Transfer-Encoding")) {
    take_transfer_encoding(raw_value);
  }
}

void RequestReader::take_content_length(std::string_view raw_value) {
  length_ = grammar::content_length(raw_value);
  if (!length_) return refuse(400, "Content-Length is not one decimal number.");
  head_.content_length = *length_;
}

void RequestReader::take_transfer_encoding(std::string_view raw_value) {
  if (raw_value.starts_with(' ')) raw_value.remove_prefix(1);
  if (!is(raw_value, "chunked")) return refuse(400, "The only Transfer-Encoding taken here is 'chunked'.");
  head_.chunked = true;
}

void RequestReader::finish_head() {
  if (head_.host.empty() && head_.minor_version == 1) return refuse(400, "The request has no Host field.");
  if (head_.chunked && length_) return refuse(400, "The request has both Content-Length and Transfer-Encoding.");
  if (head_.chunked && head_.minor_version == 0) return refuse(400, "HTTP/1.0 has no Transfer-Encoding.");
  if (head_.has_body() && (head_.method == Method::kGet || head_.method == Method::kHead)) {
    return refuse(400, "GET and HEAD have no body.");
  }
  check_representation();
  if (state_ == State::kHead) state_ = State::kHeadDone;
}

void RequestReader::check_representation() {
  if (head_.headers.has("Content-Encoding")) {
    return refuse(415, "A body must be sent without Content-Encoding.");
  }
  if (base::to_lower(head_.headers.get_or("Content-Type")).starts_with("multipart/")) {
    return refuse(415, "Multipart bodies are not taken here.");
  }
  const auto expect = head_.headers.get("Expect");
  if (!expect || head_.minor_version == 0) return;
  if (!is(*expect, "100-continue")) return refuse(417, "The only expectation met here is '100-continue'.");
  head_.expects_continue = head_.has_body();
}

void RequestReader::expect_body(std::size_t limit) {
  body_limit_ = limit;
  if (head_.content_length > limit) return refuse(413, "The body is larger than this address takes.");
  remaining_ = head_.content_length;
  body_.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, kFirstReserve)));
  state_ = head_.has_body() ? State::kBody : State::kDone;
}

std::size_t RequestReader::feed_length(std::string_view bytes) {
  const auto part = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, bytes.size())));
  body_ += part;
  remaining_ -= part.size();
  if (remaining_ == 0) state_ = State::kDone;
  return part.size();
}

std::size_t RequestReader::feed_chunked(std::string_view bytes) {
  if (chunk_part_ != ChunkPart::kData) {
    take_chunk_byte(bytes.front());
    return 1;
  }
  const auto part = bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, bytes.size())));
  body_ += part;
  remaining_ -= part.size();
  if (remaining_ == 0) chunk_part_ = ChunkPart::kDataEnd;
  return part.size();
}

void RequestReader::take_chunk_byte(char byte) {
  const bool after_return = !line_.empty() && line_.back() == '\r';
  line_ += byte;
  const std::size_t longest = chunk_part_ == ChunkPart::kSize ? 10 : 2;
  const bool line_end = after_return && byte == '\n';
  if (after_return != (byte == '\n') || line_.size() > longest || (longest == 2 && !line_end && byte != '\r')) {
    return refuse(400, "The chunks of the body are malformed, or have extensions or trailers.");
  }
  if (line_end) take_chunk_line();
}

void RequestReader::take_chunk_line() {
  line_.resize(line_.size() - 2);
  if (chunk_part_ == ChunkPart::kSize) {
    const auto size = grammar::chunk_size(line_);
    if (!size) return refuse(400, "A chunk's size is not 1 to 8 hexadecimal digits.");
    if (*size > body_limit_ - body_.size()) return refuse(413, "The body is larger than this address takes.");
    remaining_ = *size;
    chunk_part_ = *size == 0 ? ChunkPart::kEnd : ChunkPart::kData;
  } else if (chunk_part_ == ChunkPart::kDataEnd) {
    chunk_part_ = ChunkPart::kSize;
  } else {
    state_ = State::kDone;
  }
  line_.clear();
}

}  // namespace http
