#include "http/target.h"

#include <algorithm>

#include "base/strings.h"

namespace http {
namespace {

bool is_control(char character) {
  const auto byte = static_cast<unsigned char>(character);
  return byte < 0x20 || byte == 0x7f;
}

bool is_hex(char character) {
  return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'f') ||
         (character >= 'A' && character <= 'F');
}

// What a second decoding would change: "%2e" is left in the text after the first one.
bool holds_escape(std::string_view text) {
  for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
    if (at + 2 < text.size() && is_hex(text[at + 1]) && is_hex(text[at + 2])) return true;
  }
  return false;
}

bool is_dot_segment(std::string_view segment) {
  const auto name = segment.substr(0, segment.find(';'));
  return name == "." || name == "..";
}

base::Result<std::string> decode_segment(std::string_view raw) {
  auto decoded = base::url_decode(raw);
  if (!decoded) return base::malformed("The path holds a '%' that does not begin an escape such as %20.");
  if (std::ranges::any_of(*decoded, is_control)) return base::malformed("The path holds a control character.");
  if (decoded->find_first_of("/\\") != std::string::npos) {
    return base::malformed("The path holds an encoded slash or a backslash.");
  }
  if (is_dot_segment(*decoded)) return base::malformed("The path holds a '.' or '..' segment.");
  if (holds_escape(*decoded)) return base::malformed("The path is percent-encoded twice.");
  if (!base::is_utf8(*decoded)) return base::malformed("The path is not valid UTF-8.");
  return std::move(*decoded);
}

base::Result<std::string> decode_query_part(std::string_view raw) {
  auto decoded = base::url_decode(base::replace_all(raw, "+", " "));
  if (!decoded) return base::malformed("The query holds a '%' that does not begin an escape such as %20.");
  if (decoded->find('\0') != std::string::npos) return base::malformed("The query holds a NUL character.");
  if (!base::is_utf8(*decoded)) return base::malformed("The query is not valid UTF-8.");
  return std::move(*decoded);
}

}  // namespace

base::Result<std::vector<std::string>> decode_path(std::string_view raw_path) {
  if (raw_path.empty() || raw_path.front() != '/') return base::malformed("The path does not begin with '/'.");
  std::vector<std::string> segments;
  raw_path.remove_prefix(1);
  for (bool last = false; !last;) {
    const auto slash = raw_path.find('/');
    last = slash == std::string_view::npos;
    ASSIGN_OR_RETURN(auto segment, decode_segment(raw_path.substr(0, slash)));
    segments.push_back(std::move(segment));
    if (!last) raw_path.remove_prefix(slash + 1);
  }
  return segments;
}

base::Status split_target(Request& request) {
  const std::string_view target = request.target;
  const auto mark = target.find('?');
  request.path = std::string(target.substr(0, mark));
  request.query.clear();
  if (mark == std::string_view::npos) return {};
  for (const auto& pair : base::split(target.substr(mark + 1), '&')) {
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    ASSIGN_OR_RETURN(auto name, decode_query_part(std::string_view(pair).substr(0, equals)));
    ASSIGN_OR_RETURN(auto value,
                     decode_query_part(equals == std::string::npos ? std::string_view{}
                                                                   : std::string_view(pair).substr(equals + 1)));
    request.query.emplace_back(std::move(name), std::move(value));
  }
  return {};
}

}  // namespace http
