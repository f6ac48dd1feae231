#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "jsonapi/json.h"
#include "vcs/bitbucket_cloud/cloud_provider.h"
#include "vcs/text.h"

namespace vcs::bitbucket_cloud {
namespace {

using jsonapi::get_text;
using nlohmann::json;

constexpr const char* kScopes =
    "read:user:bitbucket, read:workspace:bitbucket, read:repository:bitbucket, write:repository:bitbucket, "
    "read:pullrequest:bitbucket, write:pullrequest:bitbucket, read:webhook:bitbucket, write:webhook:bitbucket and "
    "delete:webhook:bitbucket";

std::string token_remedy() {
  return "Make an API token with scopes (Atlassian account, Security, API tokens) with " + std::string(kScopes) +
         ", and enter it as EMAIL:TOKEN.";
}

// What is odd about the credential itself.
std::string remedy_for(const std::string& token) {
  const std::size_t colon = token.find(':');
  if (colon == std::string::npos && token.starts_with("ATATT")) {
    return "This looks like an API token, which needs your account's e-mail address: enter it as EMAIL:TOKEN.";
  }
  if (colon != std::string::npos && token.find('@') > colon) {
    return "API tokens need the account's e-mail address, not the user name. App passwords were switched off by "
           "Atlassian on 9 June 2026. " +
           token_remedy();
  }
  return token_remedy();
}

}  // namespace

base::Result<Verification> CloudProvider::verify() {
  CheckList checks;
  Verification verification;
  if (check_sign_in(checks, verification)) check_workspace(checks);
  return std::move(checks).finish(std::move(verification));
}

bool CloudProvider::check_sign_in(CheckList& checks, Verification& verification) const {
  const auto response = api_.send({"GET", "/user", "ask who the token belongs to"});
  if (!response) {
    checks.fail_transport(response.error());
    return false;
  }
  const base::Error error = api_.error_of(*response, "sign in");
  if (error.code == base::Code::kRateLimited || response->status >= 500) {
    checks.fail("reach", error.message, "Wait, then check again.");
    return false;
  }
  if (response->status == 404 || is_redirect(response->status) || (response->status == 200 && !is_json(*response))) {
    checks.fail("reach",
                "This address answers, but not like Bitbucket's API (status " + std::to_string(response->status) + ").",
                "The API URL of Bitbucket Cloud is https://api.bitbucket.org/2.0.");
    return false;
  }
  checks.pass("reach", "Bitbucket's API answers.");
  for (const std::string& scope : base::split(response->headers.get_or("X-OAuth-Scopes"), ',')) {
    if (!base::trim(scope).empty()) verification.scopes.emplace_back(base::trim(scope));
  }
  if (const auto body = jsonapi::parse(response->body); is_success(response->status) && body) {
    verification.user_id = get_text(*body, "uuid");
    verification.user_name = get_text(*body, "display_name", get_text(*body, "nickname"));
    checks.pass("sign-in", "Signed in as " + base::printable(verification.user_name) + ".");
    return true;
  }
  if (!is_api_token()) return true;  // an access token may have no user: the workspace's answer decides
  if (!missing_scopes(*response).empty()) {
    checks.fail("scopes", error.message, "Make a new API token with " + std::string(kScopes) + ".");
  } else {
    checks.fail("sign-in", "Bitbucket refused the token. " + error.message, remedy_for(config_.token.reveal()));
  }
  return false;
}

void CloudProvider::check_workspace(CheckList& checks) const {
  const auto all = workspaces();
  if (!all && all.error().code == base::Code::kInvalid) {
    checks.fail("repositories", all.error().message, "Write the workspace into the HTTP URL.");
    return;
  }
  if (!all) {
    checks.fail("scopes", all.error().message, "Make a new token with " + std::string(kScopes) + ".");
    return;
  }
  if (all->empty()) {
    checks.warn("repositories", "The token sees no workspace.", "Add its account to the workspace.");
    return;
  }
  const auto body = api_.fetch({"GET", "/repositories/" + base::url_encode(all->front()) + "?pagelen=1",
                                "list the repositories of the workspace " + all->front()});
  if (!body && body.error().code == base::Code::kUnauthorized) {
    checks.fail("sign-in", "Bitbucket refused the token. " + body.error().message, remedy_for(config_.token.reveal()));
  } else if (!body && body.error().code == base::Code::kNotFound) {
    checks.fail("repositories", body.error().message, "Check the spelling of the workspace in the HTTP URL.");
  } else if (!body) {
    checks.fail("scopes", body.error().message, "Make a new token with " + std::string(kScopes) + ".");
  } else if (const json& values = jsonapi::get_array(*body, "values"); values.empty()) {
    checks.warn("repositories", "The token sees no repository in the workspace " + all->front() + ".",
                "Give its account access to the repositories to connect.");
  } else {
    checks.pass("repositories", "Repositories can be listed.");
    check_hooks(to_repository(values.front()), checks);
  }
}

void CloudProvider::check_hooks(const Repository& repository, CheckList& checks) const {
  const auto response = api_.send({"GET", "/repositories/" + encode_path(repository.path) + "/hooks?pagelen=1",
                                   "list the webhooks of " + repository.path});
  if (response && is_success(response->status)) {
    checks.pass("hooks", "Webhooks can be listed.");
  } else if (response && !missing_scopes(*response).empty()) {
    checks.fail("hooks", api_.error_of(*response, "list the webhooks of " + repository.path).message,
                "Make a new token with " + std::string(kScopes) + " (access tokens: webhook).");
  } else {
    checks.skip("hooks", "Whether webhooks can be installed shows when a repository is connected.");
  }
}

}  // namespace vcs::bitbucket_cloud
