#include "git/remote_url.h"

#include <arpa/inet.h>

#include <algorithm>

#include "base/ascii.h"
#include "base/strings.h"

namespace git {
namespace {

constexpr std::size_t kLongestUrl = 2'048;

base::Error wrong(const std::string& what) { return base::invalid("the repository address is not accepted: " + what); }

bool is_control(char letter) { return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f; }

base::Status check_user(std::string_view user) {
  if (user.find(':') != std::string_view::npos) return wrong("a password does not belong into an address");
  if (user.empty() || user.size() > 128 || !base::is_letter_or_digit(user.front()) ||
      !base::is_made_of(user, "._+-@")) {
    return wrong("the user name must begin with a letter or digit and hold only letters, digits, '.', '_', '+', '-'");
  }
  return {};
}

base::Status check_host(std::string_view host) {
  if (host.empty() || host.size() > 253 || !base::is_letter_or_digit(host.front()) || !base::is_made_of(host, ".-_") ||
      host.find("..") != std::string_view::npos) {
    return wrong("the host must be a plain DNS name or IP address");
  }
  return {};
}

base::Status check_segments(std::string_view path) {
  for (const auto& segment : base::split(path, '/')) {
    if (segment == ".." || segment == ".") return wrong("the path must not hold '.' or '..'");
  }
  return {};
}

base::Result<std::string> check_path(std::string_view raw) {
  auto path = base::url_decode(raw);
  if (!path) return wrong("the path has a broken %XX");
  if (std::any_of(path->begin(), path->end(), is_control)) return wrong("the path must not hold control characters");
  if (!base::is_utf8(*path)) return wrong("the path must be UTF-8");
  if (path->find_first_of("'\"`$;|<>\\*?{}!#^") != std::string::npos) {
    return wrong("the path must not hold quotes, '$', ';', '?', '#' or other characters special to a shell");
  }
  if (path->find_first_not_of('/') == std::string::npos) return wrong("it names no repository");
  if (path->starts_with('-')) return wrong("the path must not begin with '-'");
  RETURN_IF_ERROR(check_segments(*path));
  return *std::move(path);
}

struct HostAndPort {
  std::string host;
  int port = 0;
};

base::Result<HostAndPort> split_host(std::string_view text) {
  HostAndPort result;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return wrong("'[' without ']'");
    result.host = base::to_lower(text.substr(1, close - 1));
    in6_addr ignored{};
    if (::inet_pton(AF_INET6, result.host.c_str(), &ignored) != 1)
      return wrong("what stands in [] is not an IPv6 address");
    port = text.substr(close + 1);
  } else {
    const auto colon = text.find(':');
    result.host = base::to_lower(text.substr(0, colon));
    RETURN_IF_ERROR(check_host(result.host));
    port = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
  }
  if (port.empty()) return result;
  const auto number =
      port.starts_with(':') && base::is_made_of(port.substr(1), "") ? base::to_integer(port.substr(1)) : std::nullopt;
  if (!number || *number < 1 || *number > 65535) return wrong("the port must be a number from 1 to 65535");
  result.port = static_cast<int>(*number);
  return result;
}

base::Result<RemoteUrl> parse_with_scheme(std::string_view text, std::size_t colon) {
  RemoteUrl url;
  const auto scheme = base::to_lower(text.substr(0, colon));
  if (scheme == "ssh") {
    url.transport = RemoteUrl::Transport::kSsh;
  } else if (scheme == "http") {
    url.transport = RemoteUrl::Transport::kHttp;
  } else if (scheme != "https") {
    return wrong("only https:// and ssh:// (or user@host:path) are possible");
  }
  auto rest = text.substr(colon + 3);
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos) return wrong("it names no repository");
  auto authority = rest.substr(0, slash);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    if (!url.is_ssh()) return wrong("user name and password do not belong into an https address");
    url.user = std::string(authority.substr(0, at));
    RETURN_IF_ERROR(check_user(url.user));
    authority = authority.substr(at + 1);
  }
  ASSIGN_OR_RETURN(HostAndPort host, split_host(authority));
  ASSIGN_OR_RETURN(url.path, check_path(rest.substr(slash)));
  url.host = host.host;
  url.port = host.port;
  url.text = scheme + std::string(text.substr(colon));
  return url;
}

// user@host:path, where the path is relative to the user's home.
base::Result<RemoteUrl> parse_short(std::string_view text, std::size_t colon) {
  RemoteUrl url;
  url.transport = RemoteUrl::Transport::kSsh;
  auto authority = text.substr(0, colon);
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    url.user = std::string(authority.substr(0, at));
    RETURN_IF_ERROR(check_user(url.user));
    authority = authority.substr(at + 1);
  }
  RETURN_IF_ERROR(check_host(authority));
  if (text.substr(colon + 1).starts_with(':')) return wrong("remote helpers (name::address) are not used");
  if (text.find('%') != std::string_view::npos) return wrong("user@host:path is not decoded; use ssh:// for %XX");
  ASSIGN_OR_RETURN(url.path, check_path(text.substr(colon + 1)));
  url.host = base::to_lower(authority);
  url.text = std::string(text);
  return url;
}

}  // namespace

std::string RemoteUrl::known_host_name() const {
  return port == 22 || !is_ssh() ? host : "[" + host + "]:" + std::to_string(port);
}

base::Result<RemoteUrl> parse_remote_url(std::string_view text) {
  if (text.empty()) return wrong("it is empty");
  if (text.size() > kLongestUrl) return wrong("it is longer than 2048 bytes");
  if (std::any_of(text.begin(), text.end(), is_control)) return wrong("it holds control characters");
  if (text.find(' ') != std::string_view::npos) return wrong("it holds a space; write %20");
  if (text.front() == '-') return wrong("it begins with '-'");
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || text.find('/') < colon) {
    return wrong("only https:// and ssh:// (or user@host:path) are possible");
  }
  ASSIGN_OR_RETURN(RemoteUrl url,
                   text.substr(colon).starts_with("://") ? parse_with_scheme(text, colon) : parse_short(text, colon));
  if (url.is_ssh() && url.user.empty()) url.user = "git";
  if (url.port == 0) url.port = url.is_ssh() ? 22 : url.transport == RemoteUrl::Transport::kHttps ? 443 : 80;
  return url;
}

bool is_commit_id(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_full_ref(std::string_view text) {
  if (!text.starts_with("refs/") || text.size() > 1'000 || text.ends_with('.') || !base::is_utf8(text)) return false;
  if (text.find("..") != std::string_view::npos || text.find("@{") != std::string_view::npos) return false;
  if (text.find_first_of(" ~^:?*[\\") != std::string_view::npos) return false;
  if (std::any_of(text.begin(), text.end(), is_control)) return false;
  const auto parts = base::split(text, '/');
  return parts.size() >= 3 && std::none_of(parts.begin(), parts.end(), [](const std::string& part) {
           return part.empty() || part.starts_with('.') || part.ends_with(".lock") || part.starts_with('-');
         });
}

bool is_short_ref(std::string_view text) { return is_full_ref("refs/heads/" + std::string(text)); }

}  // namespace git
