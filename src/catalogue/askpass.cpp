#include "catalogue/askpass.h"

#include <map>

#include "base/strings.h"

namespace catalogue {
namespace {

std::string address_of(const GitAccess& access) {
  std::string path = access.path;
  while (path.ends_with('/')) path.pop_back();
  if (path.ends_with(".git")) path.resize(path.size() - 4);
  return access.origin + path;
}

constexpr std::string_view kHead = R"(#!/bin/sh
# Answers git's questions with the connection whose address is the longest that fits.
q=${1#*\'}
q=${q%%\'*}
scheme=${q%%://*}
rest=${q#*://}
authority=${rest%%/*}
url="$scheme://${authority##*@}${rest#"$authority"}"
best=
user=
password=
consider() {
  case "$url/" in
    "$1"/* | "$1".git/*) [ ${#1} -gt ${#best} ] && best=$1 && user=$2 && password=$3 ;;
  esac
}
)";

constexpr std::string_view kTail = R"([ -n "$best" ] || exit 1
case "$1" in
  Username*) printf '%s\n' "$user" ;;
  Password*) printf '%s\n' "$password" ;;
  *) exit 1 ;;
esac
)";

}  // namespace

std::string askpass_script(std::size_t count) {
  std::string script(kHead);
  for (std::size_t i = 1; i <= count; ++i) {
    const std::string n = std::to_string(i);
    script += "consider \"$GIT_ASKPASS_URL_" + n + "\" \"$GIT_ASKPASS_USERNAME_" + n + "\" \"$GIT_ASKPASS_PASSWORD_" +
              n + "\"\n";
  }
  return script + std::string(kTail);
}

base::Result<std::vector<MaterialVariable>> askpass_variables(std::span<const GitAccess> all) {
  std::vector<MaterialVariable> out;
  std::map<std::string, std::string> seen;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string n = std::to_string(i + 1);
    const GitAccess& access = all[i];
    const auto [at, fresh] = seen.emplace(address_of(access), access.connection);
    if (!fresh) {
      return base::conflict("The connections \"" + at->second + "\" and \"" + access.connection +
                            "\" are for the same Git address, " + at->first + ". Use one of them in this run.");
    }
    out.push_back({"GIT_ASKPASS_URL_" + n, base::Secret(address_of(access)), false, access.connection});
    out.push_back({"GIT_ASKPASS_USERNAME_" + n, access.username, false, access.connection});
    out.push_back({"GIT_ASKPASS_PASSWORD_" + n, access.password, true, access.connection});
  }
  // Without the path, git asks for the host only, and two repositories of one host could not be told apart.
  const std::string& first = all.front().connection;
  out.push_back({"GIT_CONFIG_COUNT", base::Secret("1"), false, first});
  out.push_back({"GIT_CONFIG_KEY_0", base::Secret("credential.useHttpPath"), false, first});
  out.push_back({"GIT_CONFIG_VALUE_0", base::Secret("true"), false, first});
  return out;
}

}  // namespace catalogue
