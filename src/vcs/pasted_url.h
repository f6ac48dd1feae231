#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// URLs as people paste them and as providers spell them, brought into the forms we keep.
namespace vcs {

// A pasted address taken apart: user-info, query and fragment dropped, "https://" put in front if no scheme was
// given, path segments decoded and without empty ones.
struct PastedUrl {
  std::string origin;  // "https://host" or "https://host:8443"
  std::string host;    // lower case
  std::vector<std::string> segments;

  // Origin and the first `count` segments (all by default), encoded, no trailing slash.
  std::string text(std::size_t count = std::string::npos) const;
  // Index of the first segment equal to `name` without case, or segments.size().
  std::size_t index_of(std::string_view name) const;
};

// kInvalid with `pointer` when this is no http or https address.
base::Result<PastedUrl> read_pasted_url(std::string_view text, std::string_view pointer);

inline constexpr std::string_view kHttpUrlPointer = "/data/attributes/http-url";
inline constexpr std::string_view kApiUrlPointer = "/data/attributes/api-url";

// "https://user:password@host/a b" -> "https://host/a%20b".
std::string clean_clone_url(std::string_view url);
// "git@host:acme/infra.git" and "ssh://host:22/x" -> "ssh://git@host/acme/infra.git", "ssh://git@host:22/x"; spaces
// encoded; empty for anything else.
std::string clean_ssh_url(std::string_view url);

}  // namespace vcs
