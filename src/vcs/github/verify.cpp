#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "jsonapi/json.h"
#include "vcs/github/github_provider.h"
#include "vcs/payload.h"

namespace vcs::github {
namespace {

using nlohmann::json;

constexpr const char* kTokenRemedy =
    "Make a new token: classic with the scopes repo and admin:repo_hook, or fine-grained with Metadata and Contents: "
    "read, Webhooks, Commit statuses and Pull requests: read and write.";

bool has_any(const std::vector<std::string>& scopes, std::initializer_list<const char*> wanted) {
  return std::any_of(wanted.begin(), wanted.end(),
                     [&](const char* scope) { return std::find(scopes.begin(), scopes.end(), scope) != scopes.end(); });
}

std::vector<std::string> scopes_in(std::string_view header) {
  std::vector<std::string> scopes;
  for (const std::string& part : base::split(header, ',')) {
    if (const std::string_view scope = base::trim(part); !scope.empty()) scopes.emplace_back(scope);
  }
  return scopes;
}

// What a token may do beyond our needs, and had better not.
std::vector<std::string> dangerous(const std::vector<std::string>& scopes) {
  std::vector<std::string> found;
  for (const char* scope : {"admin:org", "admin:enterprise", "delete_repo", "site_admin", "admin:public_key", "user"}) {
    if (has_any(scopes, {scope})) found.emplace_back(scope);
  }
  return found;
}

}  // namespace

std::optional<base::Time> read_expiry(std::string_view text) {
  text = base::trim(text);
  if (auto time = base::parse_time(text)) return time;
  // "2026-01-31 12:00:00 UTC" or "… +0100"
  if (text.size() < 19 || text[10] != ' ') return std::nullopt;
  const std::string_view zone = base::trim(text.substr(19));
  std::string offset = "Z";
  if (zone.size() == 5 && (zone[0] == '+' || zone[0] == '-')) {
    offset = std::string(zone.substr(0, 3)) + ":" + std::string(zone.substr(3));
  } else if (!zone.empty() && zone != "UTC" && zone != "GMT" && zone != "Z") {
    return std::nullopt;
  }
  return base::parse_time(std::string(text.substr(0, 10)) + "T" + std::string(text.substr(11, 8)) + offset);
}

base::Result<Verification> GitHubProvider::verify() {
  CheckList checks;
  Verification verification;
  const auto response = api_.send({"GET", "/user", "ask who the token belongs to"});
  if (!response) {
    checks.fail_transport(response.error());
    return std::move(checks).finish(std::move(verification));
  }
  verification.server_version = std::string(response->headers.get_or("X-GitHub-Enterprise-Version"));
  verification.token_expires_at = read_expiry(response->headers.get_or("github-authentication-token-expiration"));
  check_sign_in(*response, checks, verification);
  if (verification.user_name.empty()) return std::move(checks).finish(std::move(verification));
  check_scopes(*response, checks, verification);
  check_repositories(checks);
  checks.skip("hooks", "Whether webhooks can be installed shows when a repository is connected.");
  return std::move(checks).finish(std::move(verification));
}

void GitHubProvider::check_sign_in(const net::ClientResponse& response, CheckList& checks,
                                   Verification& verification) const {
  const base::Error error = api_.error_of(response, "sign in");
  if (is_redirect(response.status) || response.status == 404 || (is_success(response.status) && !is_json(response))) {
    checks.fail("reach",
                "This address answers, but not like GitHub's API (status " + std::to_string(response.status) + ").",
                "Check the API URL: https://api.github.com, or https://HOST/api/v3 for GitHub Enterprise Server.");
    return;
  }
  if (error.code == base::Code::kRateLimited || response.status >= 500) {
    checks.fail("reach", error.message, "Wait, then check again.");
    return;
  }
  checks.pass("reach", "GitHub's API answers.");
  if (response.status == 401) {
    checks.fail("sign-in", "GitHub refused the token: it is wrong, expired or revoked. " + error.message, kTokenRemedy);
    return;
  }
  if (const std::string_view sso = response.headers.get_or("X-GitHub-SSO"); response.status == 403 && !sso.empty()) {
    checks.fail("sign-in", "The organization demands single sign-on for this token. " + error.message,
                "Open the token's page at GitHub, choose Configure SSO, and authorize the token for the organization.");
    return;
  }
  const auto body = jsonapi::parse(response.body);
  if (!is_success(response.status) || !body || jsonapi::get_text(*body, "login").empty()) {
    checks.fail("sign-in", "GitHub did not tell whose token this is. " + error.message, kTokenRemedy);
    return;
  }
  verification.user_id = id_text(*body, "id");
  verification.user_name = jsonapi::get_text(*body, "login");
  checks.pass("sign-in", "Signed in as " + base::printable(verification.user_name) + ".");
}

void GitHubProvider::check_scopes(const net::ClientResponse& response, CheckList& checks,
                                  Verification& verification) const {
  if (!response.headers.has("X-OAuth-Scopes")) {
    checks.skip("scopes",
                "GitHub does not tell the permissions of a fine-grained token; it needs Metadata and Contents: "
                "read, Webhooks, Commit statuses and Pull requests: read and write.");
    return;
  }
  verification.scopes = scopes_in(response.headers.get_or("X-OAuth-Scopes"));
  const std::vector<std::string>& scopes = verification.scopes;
  std::vector<std::string> missing;
  if (!has_any(scopes, {"repo", "public_repo"})) missing.emplace_back("repo");
  if (!has_any(scopes, {"repo", "admin:repo_hook", "write:repo_hook"})) missing.emplace_back("admin:repo_hook");
  if (!missing.empty()) {
    checks.fail(
        "scopes", "The token lacks the scope " + base::join(missing, " and ") + ".",
        "Add the scope to the token at GitHub (Settings, Developer settings, Personal access tokens), or make a "
        "new one.");
    return;
  }
  if (!has_any(scopes, {"repo"})) {
    checks.warn("scopes", "The token has public_repo but not repo: private repositories stay invisible.",
                "Add the scope repo if you use private repositories.");
    return;
  }
  if (const std::vector<std::string> extra = dangerous(scopes); !extra.empty()) {
    checks.warn("scopes", "The token may do more than is needed: " + base::join(extra, ", ") + ".",
                "Make a token with only repo and admin:repo_hook.");
    return;
  }
  checks.pass("scopes", "The token's scopes suffice.");
}

void GitHubProvider::check_repositories(CheckList& checks) const {
  const auto repositories = api_.fetch({"GET", "/user/repos?per_page=1", "list the repositories"});
  if (!repositories) {
    checks.fail("repositories", repositories.error().message, kTokenRemedy);
  } else if (repositories->empty()) {
    checks.warn("repositories", "The token sees no repository.",
                "A fine-grained token must be given the repositories, and may wait for the organization's approval.");
  } else {
    checks.pass("repositories", "Repositories can be listed.");
  }
}

}  // namespace vcs::github
