#include "vcs/text.h"

#include <vector>

#include "base/strings.h"

namespace vcs {

std::string fit_characters(std::string_view text, std::size_t characters) {
  std::string out;
  std::vector<std::size_t> starts;  // of each character in `out`
  for (const char c : base::to_valid_utf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) != 0x80) starts.push_back(out.size());
    out.push_back(byte < 0x20 || byte == 0x7F ? ' ' : c);
  }
  if (starts.size() <= characters || characters == 0) return characters == 0 ? std::string() : out;
  out.resize(starts[characters - 1]);
  return out + "…";
}

bool contains_ignoring_case(std::string_view text, std::string_view needle) {
  return base::to_lower(text).find(base::to_lower(needle)) != std::string::npos;
}

std::string encode_path(std::string_view path) {
  std::vector<std::string> parts = base::split(path, '/');
  for (std::string& part : parts) part = base::url_encode(part);
  return base::join(parts, "/");
}

}  // namespace vcs
