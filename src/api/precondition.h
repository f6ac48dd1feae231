#pragma once

#include <string>

#include "base/result.h"
#include "http/request.h"
#include "jsonapi/resource.h"

// Two people who change one thing at the same time: each says with If-Match what he has read.
namespace api {

// For ETag and If-Match: another one after every change of `settings`, which holds nothing that depends on the reader.
std::string entity_tag(const jsonapi::Json& settings);

// kConflict if the request names the tag of another state. To be called with the row as the changing transaction reads
// it.
base::Status check_if_match(const http::Request& request, const std::string& tag);

http::Response with_entity_tag(http::Response response, const std::string& tag);

}  // namespace api
