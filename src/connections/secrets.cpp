#include "connections/secrets.h"

#include "base/strings.h"

// "name length\n" and then that many bytes, once for each: nothing is copied that nobody wipes.
namespace connections {

base::Secret pack(const Secrets& secrets) {
  std::string text;
  std::size_t bytes = 0;
  for (const auto& [name, secret] : secrets) bytes += name.size() + secret.size() + 24;
  text.reserve(bytes);  // so that it does not move, leaving copies behind
  for (const auto& [name, secret] : secrets) {
    text.append(name).append(" ").append(std::to_string(secret.size())).append("\n").append(secret.reveal());
  }
  return base::Secret(std::move(text));
}

base::Result<Secrets> unpack(const base::Secret& packed) {
  Secrets secrets;
  std::string_view rest = packed.reveal();
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    const auto space = rest.substr(0, end).rfind(' ');
    if (end == std::string_view::npos || space == std::string_view::npos) {
      return base::internal("the secrets of a service connection are not in their form");
    }
    const auto size = base::to_integer(rest.substr(space + 1, end - space - 1));
    const std::string name(rest.substr(0, space));
    rest.remove_prefix(end + 1);
    if (!size || *size < 0 || static_cast<std::size_t>(*size) > rest.size()) {
      return base::internal("the secrets of a service connection are cut off");
    }
    secrets[name] = base::Secret(std::string(rest.substr(0, static_cast<std::size_t>(*size))));
    rest.remove_prefix(static_cast<std::size_t>(*size));
  }
  return secrets;
}

}  // namespace connections
