#include "oauth/github.h"

#include "base/strings.h"
#include "crypto/hash.h"
#include "net/client_request.h"

namespace oauth::github {
namespace {

using jsonapi::get_integer;
using jsonapi::get_text;

std::string api_of(const Configuration& configuration) {
  return configuration.source == Source::kGithub ? "https://api.github.com" : configuration.url + "/api/v3";
}

// Who it is, is not worth failing for.
std::string account_of(net::HttpClient& client, const Configuration& configuration, const base::Secret& token) {
  const auto answer = get(client, api_of(configuration) + "/user", token);
  return answer && answer->error.empty() ? in_words(get_text(answer->json, "login"), {token}) : std::string();
}

base::Error refusal(const Configuration& configuration, const Answer& answer, const Redemption& redemption) {
  const std::string application = "the OAuth configuration '" + configuration.name + "'";
  if (answer.error == "bad_verification_code") {
    return base::unauthorized("GitHub no longer knows the code that the browser brought. Authorize again.");
  }
  if (answer.error == "incorrect_client_credentials") {
    return base::unauthorized("GitHub refused the client ID or the client secret of " + application +
                              ". A site administrator has to correct it.");
  }
  if (answer.error == "redirect_uri_mismatch") {
    return base::unauthorized("GitHub does not send browsers back here for the application of " + application +
                              ". Its callback URL there has to be " + redemption.redirect_uri + ".");
  }
  return base::unauthorized("GitHub refused the exchange of the code: " +
                            words_of(answer, {redemption.client_secret, redemption.code, redemption.verifier}) + ".");
}

}  // namespace

std::string authorization_url(const Configuration& configuration, const std::string& redirect_uri,
                              const std::vector<std::string>& scopes, const base::Secret& state,
                              const base::Secret& verifier) {
  return configuration.url + "/login/oauth/authorize?" +
         net::form_text({{"client_id", configuration.client_id},
                         {"redirect_uri", redirect_uri},
                         {"scope", base::join(scopes, ",")},
                         {"state", state.reveal()},
                         {"code_challenge", base::to_base64url(crypto::sha256(verifier.reveal()))},
                         {"code_challenge_method", "S256"}});
}

base::Result<Grant> redeem(net::HttpClient& client, const Configuration& configuration, const Redemption& redemption) {
  ASSIGN_OR_RETURN(const Answer answer, post(client, configuration.url + "/login/oauth/access_token",
                                             {{"client_id", configuration.client_id},
                                              {"client_secret", redemption.client_secret.reveal()},
                                              {"code", redemption.code.reveal()},
                                              {"redirect_uri", redemption.redirect_uri},
                                              {"code_verifier", redemption.verifier.reveal()}}));
  if (!answer.error.empty()) return refusal(configuration, answer, redemption);
  Grant grant{base::Secret(get_text(answer.json, "access_token")), {}, {}};
  if (grant.token.empty()) return base::upstream("GitHub answered without a token. Authorize again.");
  if (!base::equals_ignoring_case(get_text(answer.json, "token_type", "bearer"), "bearer")) {
    return base::upstream("GitHub answered with a token of a kind that is not known here.");
  }
  if (const auto seconds = get_integer(answer.json, "expires_in"); seconds > 0) {
    grant.note = "The token ends in " + std::to_string(seconds / 3600) +
                 " hours, because the application gives out tokens that expire. Switch that off at the application.";
  }
  grant.account = account_of(client, configuration, grant.token);
  return grant;
}

}  // namespace oauth::github
