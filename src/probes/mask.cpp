#include "probes/mask.h"

#include <algorithm>

#include "base/strings.h"

namespace probes {
namespace {

constexpr std::size_t kLongestLooked = std::size_t{64} << 10U;
constexpr std::size_t kShortestLine = 16;

std::string json_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out;
}

std::string xml_escaped(std::string_view text) {
  std::string out = base::replace_all(text, "&", "&amp;");
  out = base::replace_all(out, "<", "&lt;");
  return base::replace_all(out, ">", "&gt;");
}

std::string lower_escapes(std::string text) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    if (text[i] != '%') continue;
    text[i + 1] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[i + 1])));
    text[i + 2] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[i + 2])));
  }
  return text;
}

}  // namespace

void Mask::add_form(std::string text) {
  if (text.empty()) return;
  const bool known =
      std::any_of(forms_.begin(), forms_.end(), [&](const base::Secret& form) { return form.reveal() == text; });
  if (known) return;
  const auto place =
      std::find_if(forms_.begin(), forms_.end(), [&](const base::Secret& form) { return form.size() < text.size(); });
  forms_.insert(place, base::Secret(std::move(text)));
}

void Mask::add(const base::Secret& secret) {
  const std::string& text = secret.reveal();
  if (text.empty()) return;
  add_form(text);
  add_form(base::url_encode(text));
  add_form(lower_escapes(base::url_encode(text)));
  add_form(base::replace_all(base::url_encode(text), "%20", "+"));
  add_form(base::to_base64(text));
  add_form(base::to_base64url(text));
  add_form(json_escaped(text));
  add_form(xml_escaped(text));
  if (text.find('\n') == std::string::npos) return;
  for (const auto& line : base::split(text, '\n')) {  // a key that comes back with other line ends
    if (base::trim(line).size() >= kShortestLine) add_form(std::string(base::trim(line)));
  }
}

std::string Mask::apply(std::string_view text) const {
  std::string out(text);
  for (const auto& form : forms_) out = base::without_secret(out, form);
  return out;
}

std::string Mask::shown(std::string_view text, std::size_t bytes) const {
  const std::string clean = base::to_valid_utf8(apply(text.substr(0, kLongestLooked)));
  std::string line;
  bool gap = false;
  for (const char c : clean) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) {
      gap = !line.empty();
      continue;
    }
    if (gap) line += ' ';
    gap = false;
    line += c;
  }
  return base::shorten(line, bytes);
}

}  // namespace probes
