#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "jsonapi/json.h"
#include "vcs/ado_server/ado_provider.h"
#include "vcs/text.h"

namespace vcs::ado_server {
namespace {

using jsonapi::get_text;
using nlohmann::json;

constexpr const char* kTokenRemedy =
    "Make a new personal access token on this server (User settings, Personal access tokens) with the scopes Code: "
    "read "
    "and Code: status, for this collection, and look at its expiry date.";
constexpr const char* kUrlRemedy =
    "Type the collection URL, like https://ado.example.com/tfs/DefaultCollection or "
    "https://dev.azure.com/ORGANIZATION.";

// The user that the server makes up for a call without a valid token, where a project is public.
bool is_anonymous(const json& user) {
  const std::string id = get_text(user, "id");
  return get_text(user, "descriptor").find("System:PublicAccess") != std::string::npos ||
         (!id.empty() && id.find_first_not_of("a-") == std::string::npos) || get_text(user, "id").empty();
}

// Did the application see the call, or did the web server in front of it answer alone?
bool is_from_application(const net::ClientResponse& response) {
  for (const auto& [name, value] : response.headers.fields()) {
    const std::string lower = base::to_lower(name);
    if (lower.starts_with("x-tfs-") || lower.starts_with("x-vss-")) return true;
  }
  return false;
}

bool offers(const net::ClientResponse& response, std::string_view scheme) {
  for (const auto& [name, value] : response.headers.fields()) {
    if (base::equals_ignoring_case(name, "WWW-Authenticate") && contains_ignoring_case(value, scheme)) return true;
  }
  return false;
}

std::string product_of(const std::string& latest) {
  if (latest.starts_with("4.")) return "TFS 2018 (API " + latest + ")";
  if (latest == "5.0") return "Azure DevOps Server 2019 (API 5.0)";
  if (latest.starts_with("5.")) return "Azure DevOps Server 2019 Update 1 (API " + latest + ")";
  if (latest.starts_with("6.")) return "Azure DevOps Server 2020 (API " + latest + ")";
  if (latest == "7.0") return "Azure DevOps Server 2022 (API 7.0)";
  if (latest == "7.1") return "Azure DevOps Server 2022.1 (API 7.1)";
  return "API " + latest;
}

}  // namespace

base::Result<Verification> AdoProvider::verify() {
  CheckList checks;
  Verification verification;
  const auto response = send({"GET", "/_apis/connectionData", "ask who the token belongs to"}, true);
  if (!response) {
    checks.fail_transport(response.error());
    return std::move(checks).finish(std::move(verification));
  }
  if (check_sign_in(*response, checks, verification)) {
    read_server_version(verification);
    check_code(checks);
    check_hooks(checks);
  }
  return std::move(checks).finish(std::move(verification));
}

bool AdoProvider::check_sign_in(const net::ClientResponse& response, CheckList& checks,
                                Verification& verification) const {
  const std::string words = api_.words_of(response);
  const bool is_other_redirect = is_redirect(response.status) && !is_sign_in_page(response);
  if (is_other_redirect || response.status == 404) {
    checks.fail("reach",
                "The server answers, but there is no collection at this URL (status " +
                    std::to_string(response.status) + "). " + words,
                kUrlRemedy);
    return false;
  }
  if (response.status == 429 || response.status >= 500) {
    checks.fail("reach", api_.error_of(response, "sign in").message, "Wait, then check again.");
    return false;
  }
  checks.pass("reach", "The server answers.");
  if (is_sign_in_page(response)) {
    checks.fail("sign-in",
                "The server answered with its sign-in page (status " + std::to_string(response.status) +
                    "): the token was not accepted.",
                kTokenRemedy);
    return false;
  }
  if (response.status == 401) {
    fail_unauthorized(response, checks);
    return false;
  }
  const auto body = jsonapi::parse(response.body);
  const json* user = body ? jsonapi::find(*body, "authenticatedUser") : nullptr;
  if (response.status != 200 || user == nullptr) {
    checks.fail(
        "sign-in",
        "The server did not tell whose token this is (status " + std::to_string(response.status) + "). " + words,
        kTokenRemedy);
    return false;
  }
  if (is_anonymous(*user)) {
    checks.fail("sign-in", "The server took the call as anonymous: it did not accept the token, though it answered.",
                kTokenRemedy);
    return false;
  }
  verification.user_id = get_text(*user, "id");
  verification.user_name = get_text(*user, "providerDisplayName", get_text(*user, "customDisplayName"));
  if (verification.user_name.empty()) verification.user_name = verification.user_id;
  checks.pass("sign-in", "Signed in as " + base::printable(verification.user_name) + ".");
  return true;
}

void AdoProvider::fail_unauthorized(const net::ClientResponse& response, CheckList& checks) const {
  if (is_from_application(response)) {
    const std::string words = api_.words_of(response);
    checks.fail("sign-in", "Azure DevOps refused the token" + (words.empty() ? "." : ": " + words), kTokenRemedy);
    return;
  }
  if (offers(response, "Basic")) {
    checks.fail(
        "sign-in",
        "The web server (IIS) refused the call before Azure DevOps saw it: Basic Authentication is switched on in "
        "IIS, which swallows personal access tokens, for every user.",
        "In IIS Manager, open the Azure DevOps Server site and its collection application, Authentication, and "
        "disable Basic Authentication; Windows and Anonymous Authentication stay as they are. Then check again.");
    return;
  }
  if (offers(response, "Negotiate") || offers(response, "NTLM")) {
    checks.fail(
        "sign-in", "The web server asked for Windows authentication and did not hand the token to Azure DevOps.",
        "In IIS Manager, enable Anonymous Authentication beside Windows Authentication for the site: Azure DevOps "
        "checks personal access tokens itself. " +
            std::string(kTokenRemedy));
    return;
  }
  checks.fail("sign-in", "A web server or proxy in front of Azure DevOps refused the call (401).",
              "Check the URL and that no proxy with its own sign-in stands in between. " + std::string(kTokenRemedy));
}

// A version nobody has makes the server tell its latest one.
void AdoProvider::read_server_version(Verification& verification) const {
  const auto response = api_.send({"GET", "/_apis/projects?$top=1&api-version=99.0", "ask for the server's version"});
  if (!response || response->status != 400) return;
  const auto body = jsonapi::parse(response->body);
  const std::string latest = body ? latest_version_in(get_text(*body, "message")) : std::string();
  if (!latest.empty() && latest != "99.0") verification.server_version = product_of(latest);
}

void AdoProvider::check_code(CheckList& checks) const {
  const auto repositories =
      fetch({"GET", "/_apis/git/repositories", "list the repositories", {}, std::size_t{64} << 20U});
  if (!repositories) {
    checks.fail("scopes", repositories.error().message,
                "Give the token the scopes Code: read and Code: status, and its owner access to the projects.");
    return;
  }
  const std::size_t count = jsonapi::get_array(*repositories, "value").size();
  checks.pass("scopes", "The token may read code.");
  if (count == 0) {
    checks.warn("repositories", "The token sees no repository in this collection.",
                "Add its owner to the projects (Readers at least), and check that this is the right collection.");
  } else {
    checks.pass("repositories", std::to_string(count) + " repositories are visible.");
  }
}

void AdoProvider::check_hooks(CheckList& checks) const {
  const auto hooks = subscriptions_to("");
  if (hooks) {
    checks.pass("hooks",
                "Service hooks can be listed; whether they may be created shows when a repository is connected.");
  } else {
    checks.fail("hooks", hooks.error().message,
                "Make the token's owner a Project Administrator, or grant \"View subscriptions\" and \"Edit "
                "subscriptions\" (security namespace ServiceHooks) for the projects to connect.");
  }
}

}  // namespace vcs::ado_server
