#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace git {

// An address git may be given. Only https, ssh (both spellings) and, where the caller allows it, http.
struct RemoteUrl {
  enum class Transport { kSsh, kHttps, kHttp };
  Transport transport = Transport::kHttps;
  std::string text;  // what git gets
  std::string user;  // ssh only; "git" if the address names none
  std::string host;  // lower case, IPv6 without brackets
  int port = 0;      // the transport's own if none was given
  std::string path;  // decoded; with leading '/' unless "user@host:path" was used

  bool is_ssh() const { return transport == Transport::kSsh; }
  std::string known_host_name() const;  // "host" or "[host]:port": the name used in known_hosts
};

// Checks an address before any process sees it (threats K06, G01, G02): scheme, host and user of plain characters
// that do not begin with '-', no password, no quotes, control characters, shell characters or "..", also after
// decoding %XX. kInvalid says which rule; the message never repeats a password.
base::Result<RemoteUrl> parse_remote_url(std::string_view text);

// 40 or 64 lower-case hexadecimal digits.
bool is_commit_id(std::string_view text);
// A full ref ("refs/heads/main") as git-check-ref-format(1) allows, not beginning with '-' anywhere it matters.
bool is_full_ref(std::string_view text);
// A short branch or tag name that gives a full ref.
bool is_short_ref(std::string_view text);

}  // namespace git
