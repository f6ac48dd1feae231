#pragma once

#include "base/error.h"
#include "http/request.h"

namespace auth {

// What a page must tell apart when a sign-in or a session's request is refused. Each is answered under a name of its
// own, as the API's `code`; other errors have that of their base::Code.
enum class Problem {
  kInvalidCredentials,    // 401 invalid_credentials: unknown name or wrong password, never which
  kCodeRequired,          // 401 one_time_code_required: the password was right
  kCodeRefused,           // 401 one_time_code_required: a code was sent, but it is wrong or used
  kSessionEnded,          // 401 session_ended
  kCrossSite,             // 403 cross_site_request
  kCsrfToken,             // 403 csrf_token_invalid
  kRecentSignInRequired,  // 403 recent_sign_in_required
};

base::Error problem(Problem problem);

// api::error(), with the problem's name if the error came from problem().
http::Response answer(const http::Request& request, const base::Error& error);

}  // namespace auth
