#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "http/request.h"

namespace signin {

// A cookie of ours (RFC 6265bis): HttpOnly, SameSite=Lax, for the whole site. Where people reach the server by https it
// is also Secure and named "__Host-…", so that no other host and no plain connection can set it.
class Cookie {
 public:
  Cookie(std::string_view name, std::string_view public_url);

  const std::string& name() const { return name_; }
  // The value a request has; nothing if it has none or more than one of the name.
  std::optional<base::Secret> value(const http::Request& request) const;
  void set(http::Response& response, const base::Secret& value, base::Millis max_age) const;
  void clear(http::Response& response) const;

 private:
  std::string name_;
  std::string attributes_;
};

// kForbidden for a request that another site made a browser send: Sec-Fetch-Site is there and not "same-origin", or
// Origin is there and neither the public URL's nor the Host's own.
// https://www.w3.org/TR/fetch-metadata/, https://cheatsheetseries.owasp.org Cross-Site Request Forgery Prevention
base::Status check_same_site(const http::Request& request, std::string_view public_url);

// A path on this server to go on to, or "/": "/\evil", "//evil", "https:evil" and control characters do not pass.
std::string local_path(std::string_view wanted);

}  // namespace signin
