#pragma once

#include <string>
#include <vector>

#include "oauth/answer.h"
#include "oauth/configuration.h"

// GitHub and GitHub Enterprise Server: the authorization code flow of OAuth applications, with PKCE, which servers that
// do not know it pass over.
// https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
namespace oauth::github {

std::string authorization_url(const Configuration& configuration, const std::string& redirect_uri,
                              const std::vector<std::string>& scopes, const base::Secret& state,
                              const base::Secret& verifier);

struct Redemption {
  base::Secret client_secret;
  base::Secret code;
  base::Secret verifier;
  std::string redirect_uri;
};
// What the code stands for. The errors' messages are for the person who signed in.
base::Result<Grant> redeem(net::HttpClient& client, const Configuration& configuration, const Redemption& redemption);

}  // namespace oauth::github
