#include <algorithm>
#include <charconv>

#include "base/strings.h"
#include "net/address.h"
#include "net/outbound_policy.h"

namespace net {
namespace {

constexpr std::size_t kLongestUrl = 8192;
constexpr std::size_t kLongestName = 253;  // RFC 1035 section 2.3.4
constexpr std::size_t kLongestLabel = 63;

int default_port(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_character(char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_'; }

base::Error bad(std::string rule) { return base::invalid("This is not a usable URL: " + std::move(rule) + "."); }

// WHATWG URL "ends in a number": such hosts are read as IPv4 by one program or another.
bool looks_like_number(std::string_view label) {
  if (label.empty()) return false;
  if (std::all_of(label.begin(), label.end(), is_digit)) return true;
  if (!label.starts_with("0x")) return false;
  return std::all_of(label.begin() + 2, label.end(), [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

base::Status check_name(std::string_view name) {
  if (name.size() > kLongestName) return bad("the host name is longer than 253 characters");
  if (name.ends_with('.')) return bad("the host name ends with a dot; leave it out");
  for (const std::string& label : base::split(name, '.')) {
    if (label.empty()) return bad("the host name has an empty part between two dots");
    if (label.size() > kLongestLabel) return bad("a part of the host name is longer than 63 characters");
    if (label.front() == '-' || label.back() == '-') return bad("a part of the host name begins or ends with '-'");
  }
  return {};
}

base::Result<std::string> canonical_v6(std::string_view text) {
  if (text.find('%') != std::string_view::npos) return bad("an address with a zone id ('%') is not accepted");
  const auto address = parse_address(text);
  if (!address || text.find(':') == std::string_view::npos) {
    return bad("'" + base::printable(text) + "' is not an IPv6 address");
  }
  if (address->text() != text) return bad("write the address as " + address->text());
  return std::string(text);
}

struct Parts {
  std::string_view scheme, authority, rest;
};

base::Result<Parts> split_url(std::string_view text) {
  if (text.size() > kLongestUrl) return bad("it is longer than 8192 characters");
  for (const char c : text) {
    if (c <= ' ' || c == 0x7f) return bad("it holds white space, a control character or a letter outside ASCII");
    if (c == '\\') return bad("it holds a backslash");
    if (c == '"' || c == '<' || c == '>') return bad("it holds a quote or an angle bracket");
  }
  if (text.find('#') != std::string_view::npos) return bad("it has a fragment ('#…')");
  const auto colon = text.find("://");
  if (colon == std::string_view::npos) return bad("it must begin with https://");
  Parts parts{.scheme = text.substr(0, colon), .authority = {}, .rest = {}};
  const auto after = text.substr(colon + 3);
  const auto end = std::min(after.find_first_of("/?"), after.size());
  parts.authority = after.substr(0, end);
  parts.rest = after.substr(end);
  return parts;
}

base::Result<int> parse_port(std::string_view text) {
  const auto number = text.size() <= 5 && !text.starts_with('-') ? base::to_integer(text) : std::nullopt;
  if (!number || *number < 1 || *number > 65535 || text.starts_with('0')) {
    return bad("the port must be a number from 1 to 65535");
  }
  return static_cast<int>(*number);
}

base::Status parse_authority(std::string_view authority, Url& url) {
  if (authority.find('@') != std::string_view::npos) {
    return bad("it holds a user name or password ('…@'); give credentials in their own field");
  }
  if (authority.empty()) return bad("it has no host");
  std::string_view host = authority, port;
  bool has_port = false;
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) return bad("the '[' of the address has no ']'");
    host = authority.substr(0, close + 1);
    port = authority.substr(close + 1);
    if (!port.empty() && port.front() != ':') return bad("there is text after the address");
    has_port = !port.empty();
    if (has_port) port.remove_prefix(1);
  } else if (const auto colon = authority.find(':'); colon != std::string_view::npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
    has_port = true;
  }
  ASSIGN_OR_RETURN(url.host, canonical_host(host));
  if (url.host.find(':') != std::string::npos && !authority.starts_with('[')) {
    return bad("an IPv6 address goes in square brackets");
  }
  url.port = default_port(url.scheme);
  if (has_port) {
    ASSIGN_OR_RETURN(url.port, parse_port(port));
  }
  return {};
}

// Escapes that become control characters, or another separator, when a server decodes them.
base::Status check_escapes(std::string_view text, bool is_path) {
  for (std::size_t i = text.find('%'); i != std::string_view::npos; i = text.find('%', i + 1)) {
    unsigned value = 0;
    const auto digits = text.substr(i + 1, 2);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2) {
      return bad("'%' is not followed by two hexadecimal digits");
    }
    if (value < 0x20 || value == 0x7f) return bad("it holds an encoded control character");
    if (is_path && value == '\\') return bad("it holds an encoded backslash");
  }
  return {};
}

}  // namespace

base::Result<std::string> canonical_host(std::string_view text) {
  if (text.empty()) return bad("it has no host");
  if (text.starts_with('[') && text.ends_with(']')) {
    return canonical_v6(base::to_lower(text.substr(1, text.size() - 2)));
  }
  const std::string host = base::to_lower(text);
  if (host.find(':') != std::string::npos) return canonical_v6(host);
  for (const char c : host) {
    if (static_cast<unsigned char>(c) >= 0x80) return bad("the host name is not ASCII; write it in its xn-- form");
    if (!is_name_character(c) && c != '.') {
      return bad("the host '" + base::printable(host) + "' holds a character that no host name has");
    }
  }
  RETURN_IF_ERROR(check_name(host));
  if (looks_like_number(base::split(host, '.').back())) {
    const auto address = parse_address(host);
    if (!address || address->text() != host) {
      return bad("'" + base::printable(host) + "' is not an IPv4 address of four decimal numbers");
    }
  }
  return host;
}

base::Result<Url> parse_url(std::string_view text) {
  ASSIGN_OR_RETURN(const Parts parts, split_url(text));
  Url url;
  url.scheme = base::to_lower(parts.scheme);
  if (url.scheme != "https" && url.scheme != "http") {
    return bad("its scheme is '" + base::printable(url.scheme, 20) + "'; only https (and http where allowed) is used");
  }
  RETURN_IF_ERROR(parse_authority(parts.authority, url));
  const auto question = std::min(parts.rest.find('?'), parts.rest.size());
  url.path = parts.rest.substr(0, question);
  if (url.path.empty()) url.path = "/";
  if (question < parts.rest.size()) url.query = parts.rest.substr(question + 1);
  RETURN_IF_ERROR(check_escapes(url.path, true));
  RETURN_IF_ERROR(check_escapes(url.query, false));
  return url;
}

std::string Url::origin() const {
  const std::string name = host.find(':') != std::string::npos ? "[" + host + "]" : host;
  const std::string suffix = port == default_port(scheme) ? "" : ":" + std::to_string(port);
  return scheme + "://" + name + suffix;
}

std::string Url::text() const { return origin() + path + (query.empty() ? "" : "?" + query); }

bool same_origin(const Url& a, const Url& b) { return a.scheme == b.scheme && a.host == b.host && a.port == b.port; }

}  // namespace net
