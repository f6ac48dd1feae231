#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/secret.h"
#include "jsonapi/json.h"
#include "net/http_client.h"
#include "oauth/grant.h"

// What the sign-ins of different services have in common (RFC 6749 section 5).
namespace oauth {

struct Answer {
  int status = 0;
  jsonapi::Json json;  // an object
  std::string error;   // the service's word for what is wrong; empty: nothing is
};

using Form = std::vector<std::pair<std::string, std::string>>;

// Posts the form and reads the answer, whatever its status. kUpstream for one that is no JSON object, kUnavailable.
base::Result<Answer> post(net::HttpClient& client, const std::string& url, const Form& fields);
base::Result<Answer> get(net::HttpClient& client, const std::string& url, const base::Secret& token);

// The service's own words on one line, short, without any of the secrets that it may repeat.
std::string words_of(const Answer& answer, std::initializer_list<base::Secret> secrets);
std::string in_words(std::string_view text, std::initializer_list<base::Secret> secrets);

}  // namespace oauth
