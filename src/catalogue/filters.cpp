#include "catalogue/filters.h"

#include <map>

#include "base/secret.h"
#include "base/strings.h"
#include "catalogue/keys.h"

namespace catalogue {
namespace {

std::string trim_slash(std::string_view text) {
  while (text.ends_with('/')) text.remove_suffix(1);
  return std::string(text);
}

std::string no_scheme(std::string_view text) {
  const std::size_t at = text.find("://");
  return std::string(at == std::string_view::npos ? text : text.substr(at + 3));
}

char hex_digit(unsigned value) { return "0123456789abcdef"[value & 0xFU]; }

// RFC 8259 section 7; also a double-quoted scalar's inside in YAML 1.2 (section 7.3.1).
std::string json_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      out += "\\u00";
      out += hex_digit(byte >> 4U);
      out += hex_digit(byte);
    } else {
      out += c;
    }
  }
  return out;
}

// XML 1.0 section 2.4; line ends as references, since attributes lose them otherwise. What XML cannot hold is dropped.
std::string xml_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&apos;"; break;
      case '\t':
      case '\n':
      case '\r': out += "&#" + std::to_string(static_cast<int>(c)) + ";"; break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20) out += c;
    }
  }
  return out;
}

// npm's key of a registry in .npmrc: the address without its scheme, one slash at the end.
std::string nerf(std::string_view text) {
  std::string rest = no_scheme(text);
  rest = rest.substr(0, rest.find_first_of("?#"));
  if (rest.empty()) return {};
  return "//" + trim_slash(rest) + "/";
}

std::string registry_key(std::string_view text) {
  const std::string rest = no_scheme(text);
  std::string host = base::to_lower(rest.substr(0, rest.find_first_of("/?#")));
  for (const char* hub : {"docker.io", "index.docker.io", "registry-1.docker.io", "hub.docker.com",
                          "registry.hub.docker.com", "www.docker.com"}) {
    if (host == hub) return "https://index.docker.io/v1/";
  }
  return host;
}

std::string final_newline(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  return text.empty() ? std::string{} : std::string(text) + "\n";
}

// The value of a key in an ADO.NET connection string: in double quotes, inner ones doubled, where it has more than
// plain characters (learn.microsoft.com, SqlConnection.ConnectionString).
std::string connection_value(std::string_view text) {
  const bool plain = text.find_first_of(";=\"' {}\t") == std::string_view::npos;
  return plain ? std::string(text) : "\"" + base::replace_all(text, "\"", "\"\"") + "\"";
}

std::string ruby_quoted(std::string_view text) {
  return "'" + base::replace_all(base::replace_all(text, "\\", "\\\\"), "'", "\\'") + "'";
}

std::string yaml_quoted(std::string_view text) { return "\"" + json_escaped(text) + "\""; }

using Plain = std::string (*)(std::string_view);
const std::map<std::string_view, Plain> kPlain = {
    {"base64", base::to_base64}, {"urlencode", base::url_encode},
    {"json", json_escaped},      {"xml", xml_escaped},
    {"trim_slash", trim_slash},  {"no_scheme", no_scheme},
    {"lower", base::to_lower},   {"nerf", nerf},
    {"yaml_quote", yaml_quoted}, {"registry_key", registry_key},
    {"pem", certificate_as_pem}, {"final_newline", final_newline},
    {"ruby_quote", ruby_quoted}, {"connection_value", connection_value},
};

constexpr std::string_view kDefault = "default:";

}  // namespace

bool is_filter(std::string_view name) {
  return kPlain.contains(name) || name == "file_pem" || name.starts_with(kDefault);
}

base::Result<std::string> apply_filter(std::string_view name, std::string_view value, std::string_view password) {
  if (name.starts_with(kDefault)) return std::string(value.empty() ? name.substr(kDefault.size()) : value);
  if (value.empty() && name != "yaml_quote" && name != "ruby_quote") return std::string{};
  if (name == "file_pem") return pem_of_pfx(value, password);
  const auto plain = kPlain.find(name);
  if (plain == kPlain.end()) return base::invalid("There is no filter \"" + base::printable(name) + "\".");
  return plain->second(value);
}

}  // namespace catalogue
