#include "signin/cookie.h"

#include <algorithm>

#include "auth/problem.h"
#include "base/strings.h"

namespace signin {
namespace {

base::Error foreign() { return auth::problem(auth::Problem::kCrossSite); }

std::string_view authority_of(std::string_view origin) {
  const std::size_t start = origin.find("://");
  return start == std::string_view::npos ? std::string_view() : origin.substr(start + 3);
}

}  // namespace

Cookie::Cookie(std::string_view name, std::string_view public_url)
    : name_(name), attributes_("; Path=/; HttpOnly; SameSite=Lax") {
  if (!public_url.starts_with("https://")) return;
  name_ = "__Host-" + name_;
  attributes_ += "; Secure";
}

std::optional<base::Secret> Cookie::value(const http::Request& request) const {
  std::optional<base::Secret> found;
  for (const auto& [header, text] : request.headers.fields()) {
    if (!base::equals_ignoring_case(header, "Cookie")) continue;
    for (const std::string& pair : base::split(text, ';')) {
      const std::string_view trimmed = base::trim(pair);
      const std::size_t equals = trimmed.find('=');
      if (equals == std::string_view::npos || trimmed.substr(0, equals) != name_) continue;
      if (found) return std::nullopt;
      found = base::Secret(std::string(trimmed.substr(equals + 1)));
    }
  }
  return found;
}

void Cookie::set(http::Response& response, const base::Secret& value, base::Millis max_age) const {
  response.headers.add("Set-Cookie", name_ + "=" + value.reveal() + attributes_ + "; Max-Age=" +
                                         std::to_string(std::max<std::int64_t>(0, max_age.count() / 1000)));
  response.headers.set("Cache-Control", "no-store");
}

void Cookie::clear(http::Response& response) const { set(response, base::Secret(), base::Millis(0)); }

base::Status check_same_site(const http::Request& request, std::string_view public_url) {
  const auto site = request.headers.get("Sec-Fetch-Site");
  if (site && *site != "same-origin") return foreign();
  const auto origin = request.headers.get("Origin");
  if (!origin) return {};
  if (request.headers.count("Origin") > 1) return foreign();
  if (base::equals_ignoring_case(*origin, public_url)) return {};
  const std::string_view authority = authority_of(*origin);
  if (!authority.empty() && base::equals_ignoring_case(authority, request.headers.get_or("Host"))) return {};
  return foreign();
}

std::string local_path(std::string_view wanted) {
  const bool is_local =
      wanted.starts_with('/') && !wanted.starts_with("//") && wanted.size() <= 2000 &&
      std::all_of(wanted.begin(), wanted.end(), [](char c) { return c > ' ' && c < '\x7F' && c != '\\'; });
  return is_local ? std::string(wanted) : "/";
}

}  // namespace signin
