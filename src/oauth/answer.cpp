#include "oauth/answer.h"

#include "base/strings.h"
#include "net/client_request.h"

namespace oauth {
namespace {

constexpr std::chrono::milliseconds kCallTimeout{15'000};
constexpr std::size_t kLongestAnswer = std::size_t{1} << 20U;
constexpr std::size_t kLongestWords = 300;

base::Result<Answer> call(net::HttpClient& client, net::ClientRequest request) {
  request.headers.set("Accept", "application/json");
  request.headers.set("User-Agent", "runbridge");  // GitHub's API answers nobody without
  request.timeout = kCallTimeout;
  request.response_limit = kLongestAnswer;
  ASSIGN_OR_RETURN(const net::ClientResponse response, client.send({}, request));
  auto json = jsonapi::parse(response.body, {.bytes = kLongestAnswer});
  if (!json || !json->is_object()) {
    return base::upstream("The service answered " + std::to_string(response.status) +
                          " with something that is no JSON object; check the URL of the OAuth configuration.");
  }
  Answer answer{response.status, *std::move(json), {}};
  answer.error = base::printable(jsonapi::get_text(answer.json, "error"), 80);
  if (answer.error.empty() && response.status != 200) answer.error = "HTTP " + std::to_string(response.status);
  return answer;
}

}  // namespace

base::Result<Answer> post(net::HttpClient& client, const std::string& url, const Form& fields) {
  net::ClientRequest request{.method = "POST", .url = url};
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  request.body = net::form_text(fields);
  return call(client, std::move(request));
}

base::Result<Answer> get(net::HttpClient& client, const std::string& url, const base::Secret& token) {
  return call(client, {.url = url, .authorization = base::Secret("Bearer " + token.reveal())});
}

std::string in_words(std::string_view text, std::initializer_list<base::Secret> secrets) {
  std::string masked(text);
  for (const auto& secret : secrets) masked = base::without_secret(masked, secret);
  return base::printable(base::trim(masked), kLongestWords);
}

std::string words_of(const Answer& answer, std::initializer_list<base::Secret> secrets) {
  const std::string described = jsonapi::get_text(answer.json, "error_description");
  // Entra ID adds numbers for its own support in further lines.
  const std::string first_line = described.substr(0, described.find_first_of("\r\n"));
  return in_words(first_line.empty() ? answer.error : first_line, secrets);
}

}  // namespace oauth
