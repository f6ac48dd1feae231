#include "net/client_request.h"

#include <algorithm>

#include "base/strings.h"

namespace net {
namespace {

bool is_token(std::string_view text) {  // RFC 9110 section 5.6.2
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

bool is_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
}

}  // namespace

base::Status check_request(const ClientRequest& request) {
  if (!is_token(request.method)) return base::invalid("The method of an outgoing request is not a word.");
  if (!is_value(request.authorization.reveal())) {
    return base::invalid("The token holds a line break or another control character; enter it again.");
  }
  for (const auto& [name, value] : request.headers.fields()) {
    if (!is_token(name)) return base::invalid("'" + base::printable(name) + "' is not the name of a header.");
    if (!is_value(value)) return base::invalid("The header " + name + " holds a line break or a control character.");
  }
  return {};
}

std::string form_text(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::vector<std::string> pairs;
  pairs.reserve(fields.size());
  for (const auto& [name, value] : fields) pairs.push_back(name + "=" + base::url_encode(value));
  return base::join(pairs, "&");
}

bool bypasses_proxy(const std::string& no_proxy, const std::string& host) {
  for (const std::string& part : base::split(no_proxy, ',')) {
    const std::string entry = base::to_lower(base::trim(part));
    if (entry.empty()) continue;
    if (entry == "*" || entry == host) return true;
    if (host.ends_with(entry.front() == '.' ? entry : "." + entry)) return true;
  }
  return false;
}

}  // namespace net
