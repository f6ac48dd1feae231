#pragma once

#include <string>
#include <utility>
#include <vector>

#include "net/http_client.h"

namespace net {

// Refuses what would put another header or request on the wire (threat E12's outgoing side): line breaks and other
// control characters in names, values, the method and the Authorization value. The message never holds the value.
base::Status check_request(const ClientRequest& request);

// The body of a form (application/x-www-form-urlencoded), or the query of a URL: every character that could mean
// something is percent-encoded.
std::string form_text(const std::vector<std::pair<std::string, std::string>>& fields);

// Whether `host` is in a no_proxy list: "*", a name (itself and all below it), ".name" (only below), an address.
bool bypasses_proxy(const std::string& no_proxy, const std::string& host);

}  // namespace net
