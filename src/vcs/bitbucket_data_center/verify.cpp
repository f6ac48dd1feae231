#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "jsonapi/json.h"
#include "vcs/bitbucket_data_center/data_center_provider.h"

namespace vcs::bitbucket_data_center {
namespace {

constexpr const char* kTokenRemedy =
    "Make a new HTTP access token (Manage account, HTTP access tokens) with Repository admin permission, and look at "
    "its "
    "expiry date.";

}  // namespace

base::Result<Verification> DataCenterProvider::verify() {
  CheckList checks;
  Verification verification;
  if (check_server(checks, verification)) check_sign_in(checks, verification);
  return std::move(checks).finish(std::move(verification));
}

// Answers without a login on a healthy server: this says that the URL is right, and nothing about the token.
bool DataCenterProvider::check_server(CheckList& checks, Verification& verification) const {
  const auto response = api_.send({"GET", "/rest/api/1.0/application-properties", "ask for the server's version"});
  if (!response) {
    checks.fail_transport(response.error());
    return false;
  }
  if (response->status == 401) {
    checks.pass("reach", "The server answers.");
    checks.fail("sign-in", "Bitbucket refused the token. " + api_.words_of(*response), kTokenRemedy);
    return false;
  }
  const auto body = jsonapi::parse(response->body);
  if (!is_success(response->status) || !body || jsonapi::get_text(*body, "version").empty()) {
    checks.fail(
        "reach",
        "This address answers, but not like Bitbucket Data Center (status " + std::to_string(response->status) + ").",
        "Type the base URL of the server, with its context path if it has one: https://bitbucket.example.com, "
        "https://example.com/bitbucket.");
    return false;
  }
  verification.server_version = jsonapi::get_text(*body, "version");
  checks.pass("reach", "Bitbucket " + base::printable(verification.server_version, 40) + " answers.");
  return true;
}

void DataCenterProvider::check_sign_in(CheckList& checks, Verification& verification) const {
  const ApiCall call{"GET", "/rest/api/1.0/repos?start=0&limit=1", "list the repositories"};
  const auto response = api_.send(call);
  if (!response) return checks.fail_transport(response.error());
  if (!is_success(response->status)) {
    checks.fail("sign-in", api_.error_of(*response, call.action).message, kTokenRemedy);
    return;
  }
  const auto body = api_.read(*response, call);
  if (!body) return checks.fail("sign-in", body.error().message, kTokenRemedy);
  const bool sees_any = !jsonapi::get_array(*body, "values").empty();
  // With public access on, a call with a bad token is answered too, as anybody's: the header tells the user.
  const std::string name = base::url_decode(response->headers.get_or("X-AUSERNAME")).value_or("");
  if (name == "anonymous" || (name.empty() && !sees_any)) {
    checks.fail("sign-in", "Bitbucket answered, but as to an anonymous visitor: it did not accept the token.",
                kTokenRemedy);
    return;
  }
  if (name.empty()) {
    checks.warn("sign-in", "Bitbucket does not tell whose token this is, as with project and repository tokens.",
                "If repositories are missing, check the token: public ones are shown to anybody.");
  } else {
    verification.user_name = name;
    verification.user_id = std::string(response->headers.get_or("X-AUSERID", name));
    checks.pass("sign-in", "Signed in as " + base::printable(name) + ".");
  }
  if (sees_any) {
    checks.pass("repositories", "Repositories can be listed.");
  } else {
    checks.warn("repositories", "The token sees no repository.", "Give its user access to the projects to connect.");
  }
  checks.skip("hooks",
              "Whether webhooks can be installed shows when a repository is connected; it needs repository admin.");
}

}  // namespace vcs::bitbucket_data_center
