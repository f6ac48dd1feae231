#include "probes/answer.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "jsonapi/json.h"

namespace probes {
namespace {

using jsonapi::Json;

constexpr std::string_view kBase64 = " (base64)";

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

// "resources[@type^='Package'].@id" -> "resources", "[@type^='Package']", "@id"; dots inside brackets do not count.
std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> parts(1);
  bool inside = false;
  for (const char c : path) {
    if (c == '[' && !inside) {
      inside = true;
      parts.emplace_back();
    }
    if (c == '.' && !inside) {
      parts.emplace_back();
      continue;
    }
    parts.back() += c;
    if (c == ']') inside = false;
  }
  std::erase(parts, std::string());
  return parts;
}

// "[0]" or "[NAME^='TEXT']".
const Json* select(const Json& list, std::string_view bracket) {
  const std::string_view inner = bracket.substr(1, bracket.size() - 2);
  if (const auto index = base::to_integer(inner)) {
    const bool there = list.is_array() && *index >= 0 && static_cast<std::size_t>(*index) < list.size();
    return there ? &list[static_cast<std::size_t>(*index)] : nullptr;
  }
  const auto sign = inner.find("^='");
  if (sign == std::string_view::npos || !inner.ends_with('\'') || !list.is_array()) return nullptr;
  const std::string name(inner.substr(0, sign));
  const std::string_view wanted = inner.substr(sign + 3, inner.size() - sign - 4);
  for (const auto& entry : list) {
    if (!entry.is_object()) continue;
    const auto member = entry.find(name);
    if (member != entry.end() && member->is_string() && member->get_ref<const std::string&>().starts_with(wanted)) {
      return &entry;
    }
  }
  return nullptr;
}

std::optional<std::string> one_path(const Json& json, std::string_view path) {
  const bool decode = path.ends_with(kBase64);
  if (decode) path.remove_suffix(kBase64.size());
  const Json* here = &json;
  if (path != "$") {
    for (const auto& part : segments(path)) {
      if (part.front() == '[') {
        here = select(*here, part);
      } else {
        const auto member = here->is_object() ? here->find(part) : here->end();
        here = here->is_object() && member != here->end() ? &*member : nullptr;
      }
      if (here == nullptr) return std::nullopt;
    }
  }
  if (here->is_null()) return std::nullopt;
  return decode ? base::from_base64(text_of(*here)) : text_of(*here);
}

std::string local_name(std::string_view tag) {
  const auto end = tag.find_first_of(" \t\r\n/>");
  std::string_view name = tag.substr(0, end);
  if (const auto colon = name.rfind(':'); colon != std::string_view::npos) name.remove_prefix(colon + 1);
  return std::string(name);
}

std::string xml_unescaped(std::string_view text) {
  std::string out = base::replace_all(text, "&lt;", "<");
  out = base::replace_all(out, "&gt;", ">");
  out = base::replace_all(out, "&quot;", "\"");
  return base::replace_all(out, "&amp;", "&");
}

// Where the element's content begins; npos if there is no such element from `from` on.
std::size_t find_element(std::string_view text, std::string_view name, std::size_t from) {
  while ((from = text.find('<', from)) != std::string_view::npos) {
    ++from;
    const auto end = text.find('>', from);
    if (end == std::string_view::npos) break;
    if (local_name(text.substr(from, end - from)) == name && text[from] != '/') return end + 1;
  }
  return std::string_view::npos;
}

std::string without_tags(std::string_view html) {
  std::string out;
  bool in_tag = false;
  for (const char c : html) {
    if (c == '<') in_tag = true;
    if (!in_tag) out += c;
    if (c == '>') {
      in_tag = false;
      out += ' ';
    }
  }
  return out;
}

}  // namespace

std::optional<std::string> json_at(const nlohmann::json& json, std::string_view path) {
  const bool is_choice = path.find('|') != std::string_view::npos && path.find('[') == std::string_view::npos;
  if (!is_choice) return one_path(json, path);
  for (const auto& choice : base::split(path, '|')) {
    if (auto found = one_path(json, choice)) return found;
  }
  return std::nullopt;
}

std::optional<std::string> xml_root(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  text = base::trim(text);
  while (text.starts_with("<?") || text.starts_with("<!")) {
    const std::string_view end = text.starts_with("<!--") ? "-->" : ">";
    const auto at = text.find(end);
    if (at == std::string_view::npos) return std::nullopt;
    text = base::trim(text.substr(at + end.size()));
  }
  if (text.size() < 2 || text.front() != '<' || text.find('>') == std::string_view::npos) return std::nullopt;
  return local_name(text.substr(1));
}

std::optional<std::string> xml_text(std::string_view text, std::string_view path) {
  std::size_t at = 0;
  for (const auto& name : base::split(path, '.')) {
    at = find_element(text, name, at);
    if (at == std::string_view::npos) return std::nullopt;
  }
  const auto end = text.find('<', at);
  if (end == std::string_view::npos) return std::nullopt;
  return xml_unescaped(base::trim(text.substr(at, end - at)));
}

std::optional<std::string> challenge_part(std::string_view value, std::string_view part) {
  value = base::trim(value);
  const auto space = value.find(' ');
  if (part == "scheme") {
    if (value.empty()) return std::nullopt;
    return base::to_lower(value.substr(0, space));
  }
  std::string_view rest = space == std::string_view::npos ? std::string_view() : value.substr(space + 1);
  while (!rest.empty()) {
    const auto equals = rest.find('=');
    if (equals == std::string_view::npos) break;
    const std::string name = base::to_lower(base::trim(rest.substr(0, equals)));
    rest = base::trim(rest.substr(equals + 1));
    std::string text;
    if (rest.starts_with('"')) {
      std::size_t i = 1;
      for (; i < rest.size() && rest[i] != '"'; ++i) {
        if (rest[i] == '\\' && i + 1 < rest.size()) ++i;
        text += rest[i];
      }
      rest = rest.substr(std::min(i + 1, rest.size()));
    } else {
      const auto comma = std::min(rest.find(','), rest.size());
      text = base::trim(rest.substr(0, comma));
      rest = rest.substr(comma);
    }
    if (name == base::to_lower(part)) return text;
    const auto comma = rest.find(',');
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  return std::nullopt;
}

std::string media_type(const base::Headers& headers) {
  const std::string_view value = headers.get_or("Content-Type");
  return base::to_lower(base::trim(value.substr(0, value.find(';'))));
}

std::string own_words(const base::Headers& headers, std::string_view body) {
  if (base::trim(body).empty()) return {};
  const std::string type = media_type(headers);
  if (const auto json = jsonapi::parse(body)) {
    constexpr std::array<std::string_view, 10> kPaths{"error_description",
                                                      "error.message",
                                                      "message",
                                                      "errors[0].message",
                                                      "errors[0].detail",
                                                      "error.code",
                                                      "data.errorMessage",
                                                      "detail",
                                                      "error",
                                                      "Message"};
    for (const auto path : kPaths) {
      if (auto text = json_at(*json, path)) return *std::move(text);
    }
    return std::string(body);
  }
  if (type == "text/html") return xml_text(body, "title").value_or(without_tags(body));
  if (type.ends_with("xml")) {
    const auto code = xml_text(body, "Code"), message = xml_text(body, "Message");
    if (message) return (code ? *code + ": " : "") + *message;
    return without_tags(body);
  }
  if (std::any_of(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(body.size(), 512)),
                  [](char c) { return c == '\0'; })) {
    return {};  // binary
  }
  return std::string(body);
}

bool is_sign_in(std::string_view url) {
  const std::string text = base::to_lower(url);
  constexpr std::array<std::string_view, 10> kWords{"login", "signin",   "sign-in", "sign_in", "logon",
                                                    "/sso",  "/oauth2/", "saml",    "/auth",   "account"};
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

}  // namespace probes
