#pragma once

#include <string>
#include <string_view>

#include "http/request.h"

namespace http {

// "Not Found" for 404. Statuses we never send are "Unknown".
const char* reason_phrase(int status);

// A JSON:API error document (https://jsonapi.org/format/#errors) as a response. `detail` is for the person who asked;
// `request_id` is what the log has too. Adds nothing but Content-Type.
Response problem(int status, std::string_view detail, std::string_view request_id);

// `text` as a JSON string with its quotes; ill-formed UTF-8 becomes U+FFFD.
std::string json_quoted(std::string_view text);

}  // namespace http
