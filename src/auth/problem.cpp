#include "auth/problem.h"

#include <algorithm>
#include <iterator>

#include <nlohmann/json.hpp>

#include "api/api.h"
#include "jsonapi/json.h"

namespace auth {
namespace {

struct Text {
  Problem problem;
  base::Code code;
  std::string_view name;
  std::string_view message;
};
// In front of the name, in an error's detail: by that it is known again.
constexpr std::string_view kMark = "problem ";
constexpr Text kTexts[] = {
    {Problem::kInvalidCredentials, base::Code::kUnauthorized, "invalid_credentials",
     "The user name or the password is not right."},
    {Problem::kCodeRequired, base::Code::kUnauthorized, "one_time_code_required",
     "Send the code of your authenticator app, or a recovery code, as well."},
    {Problem::kCodeRefused, base::Code::kUnauthorized, "one_time_code_required",
     "The code is not right, or was used already. Wait for the next one."},
    {Problem::kSessionEnded, base::Code::kUnauthorized, "session_ended", "Your session has ended. Sign in again."},
    {Problem::kCrossSite, base::Code::kForbidden, "cross_site_request",
     "This request came from another site. Open runbridge's own page and try there."},
    {Problem::kCsrfToken, base::Code::kForbidden, "csrf_token_invalid",
     "Send the csrf-token of GET /api/v2/sessions/current as X-CSRF-Token with every change."},
    {Problem::kRecentSignInRequired, base::Code::kForbidden, "recent_sign_in_required",
     "This needs a sign-in of the last 15 minutes. Confirm your password (POST "
     "/api/v2/sessions/current/actions/confirm) and send the request again."},
};

}  // namespace

base::Error problem(Problem wanted) {
  const auto* text =
      std::find_if(std::begin(kTexts), std::end(kTexts), [&](const Text& one) { return one.problem == wanted; });
  return {text->code, std::string(text->message), std::string(kMark) + std::string(text->name)};
}

http::Response answer(const http::Request& request, const base::Error& error) {
  http::Response response = api::error(request, error);
  if (!error.detail.starts_with(kMark)) return response;
  auto document = jsonapi::parse(response.body);
  if (!document) return response;
  (*document)["errors"][0]["code"] = error.detail.substr(kMark.size());
  response.body = jsonapi::dump(*document);
  return response;
}

}  // namespace auth
