#include "vcs/ado_server/ado_provider.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "jsonapi/json.h"
#include "vcs/ado_server/address.h"
#include "vcs/ado_server/provider.h"
#include "vcs/pasted_url.h"
#include "vcs/ref_name.h"
#include "vcs/text.h"
#include "vcs/walk.h"

namespace vcs::ado_server {
namespace {

using jsonapi::get_text;
using nlohmann::json;

constexpr std::size_t kPageSize = 100;
constexpr std::size_t kAllRepositoriesLimit = std::size_t{64} << 20U;  // one answer lists the whole collection

// {"message": …} or, where the body is a page, the header X-TFS-ServiceError (form-encoded).
std::string error_text(const net::ClientResponse& response) {
  const std::string_view header = response.headers.get_or("X-TFS-ServiceError");
  if (!header.empty()) return base::url_decode(base::replace_all(header, "+", " ")).value_or(std::string(header));
  const auto body = jsonapi::parse(response.body);
  return body ? get_text(*body, "message") : std::string();
}

ApiStyle style_of(const ProviderConfig& config) {
  const std::string basic = base::to_base64(":" + config.token.reveal());
  ApiStyle style;
  style.product = "Azure DevOps";
  style.base_url = config.api_url;
  style.endpoint = config.endpoint;
  style.headers = {{"Accept", "application/json"},
                   {"User-Agent", "runbridge"},
                   {"X-TFS-FedAuthRedirect", "Suppress"}};  // 401 in place of redirects to a sign-in page
  style.authorization = base::Secret("Basic " + basic);
  style.secrets = {config.token, base::Secret(basic)};
  style.error_text = error_text;
  return style;
}

std::string repository_call(const Repository& repository) {
  return "/_apis/git/repositories/" + base::url_encode(repository.id);
}

const char* state_name(CommitState state) {
  switch (state) {
    case CommitState::kPending:
    case CommitState::kRunning: return "pending";
    case CommitState::kSuccess: return "succeeded";
    case CommitState::kFailure: return "failed";
    case CommitState::kError: return "error";
  }
  return "error";
}

// "runbridge/acme/prod" -> genre "runbridge", name "acme/prod".
json context_of(const CommitStatus& status) {
  const std::string context = fit_characters(status.context, 250);
  const std::size_t slash = context.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == context.size()) {
    return {{"genre", "runbridge"}, {"name", context}};
  }
  return {{"genre", context.substr(0, slash)}, {"name", context.substr(slash + 1)}};
}

json status_body(const CommitStatus& status) {
  json body = {{"state", state_name(status.state)},
               {"description", fit_characters(status.description, 1000)},
               {"context", context_of(status)}};
  if (!status.target_url.empty()) body["targetUrl"] = status.target_url;
  return body;
}

}  // namespace

std::string latest_version_in(std::string_view message) {
  std::string latest;
  std::string number;
  for (const char c : std::string(message) + " ") {
    if ((c >= '0' && c <= '9') || (c == '.' && !number.empty())) {
      number.push_back(c);
      continue;
    }
    while (number.ends_with('.')) number.pop_back();
    if (number.find('.') != std::string::npos && number.size() <= 6) latest = number;
    number.clear();
  }
  return latest;
}

bool is_sign_in_page(const net::ClientResponse& response) {
  if (is_redirect(response.status)) {
    return contains_ignoring_case(response.headers.get_or("Location"), "_signin") ||
           contains_ignoring_case(response.headers.get_or("Location"), "login.");
  }
  const bool is_page = contains_ignoring_case(response.headers.get_or("Content-Type"), "text/html");
  return response.status == 203 || (response.status == 200 && is_page);
}

AdoProvider::AdoProvider(ProviderConfig config, net::HttpClient& client)
    : config_(std::move(config)), api_(style_of(config_), client) {}

base::Result<net::ClientResponse> AdoProvider::send(const ApiCall& call, bool is_preview) const {
  const auto with_version = [&](const std::string& version) {
    ApiCall versioned = call;
    versioned.path += (call.path.find('?') == std::string::npos ? "?" : "&");
    versioned.path += "api-version=" + version + (is_preview ? "-preview" : "");
    return versioned;
  };
  const std::string version = api_version_.copy();
  auto response = api_.send(with_version(version));
  if (!response || response->status != 400) return response;
  const auto body = jsonapi::parse(response->body);
  if (!body || get_text(*body, "typeKey") != "VssVersionOutOfRangeException") return response;
  const std::string latest = latest_version_in(get_text(*body, "message"));
  if (latest.empty() || latest == version) return response;
  api_version_.with([&](std::string& known) { known = latest; });
  return api_.send(with_version(latest));
}

base::Result<net::ClientResponse> AdoProvider::expect(const ApiCall& call) const {
  ASSIGN_OR_RETURN(net::ClientResponse response, send(call));
  if (!is_success(response.status) || is_sign_in_page(response)) return refusal(response, call.action);
  return response;
}

base::Result<json> AdoProvider::fetch(const ApiCall& call) const {
  ASSIGN_OR_RETURN(const net::ClientResponse response, expect(call));
  return api_.read(response, call);
}

base::Error AdoProvider::refusal(const net::ClientResponse& response, const std::string& action) const {
  if (is_sign_in_page(response)) {
    return base::unauthorized("Could not " + action +
                              " at Azure DevOps: it answered with its sign-in page, so the "
                              "personal access token was not accepted. It may be wrong, expired or revoked.");
  }
  base::Error error = api_.error_of(response, action);
  const bool lacks_right = contains_ignoring_case(error.message, "needs the following permission") ||
                           contains_ignoring_case(error.message, "access denied");
  if (lacks_right) error.code = base::Code::kForbidden;
  return error;
}

Repository AdoProvider::to_repository(const json& json) const {
  const RepositoryPath path{get_text(json, "project.name"), get_text(json, "name")};
  Repository repository;
  repository.id = base::to_lower(get_text(json, "id"));
  repository.path = path.text();
  repository.display_path = path.project + "/" + path.repository;
  repository.default_branch = short_branch(get_text(json, "defaultBranch"));
  // Made from the address the user registered: the answer shows the server's "public URL", with user-info and spaces.
  repository.http_url = config_.http_url + "/" + encode_path(path.text());
  repository.https_clone_url = repository.http_url;
  repository.ssh_clone_url = clean_ssh_url(get_text(json, "sshUrl"));
  repository.archived = jsonapi::get_boolean(json, "isDisabled");
  return repository;
}

base::Result<Slice<Repository>> AdoProvider::list_repositories(std::string_view search, std::string_view cursor) {
  const std::optional<std::int64_t> offset = cursor.empty() ? 0 : base::to_integer(cursor);
  if (!offset || *offset < 0)
    return base::invalid("This page cursor is not one of ours; start again at the first page.");
  ASSIGN_OR_RETURN(const json body,
                   fetch({"GET", "/_apis/git/repositories", "list the repositories", {}, kAllRepositoriesLimit}));
  std::vector<Repository> found;
  for (const json& item : jsonapi::get_array(body, "value")) {
    Repository repository = to_repository(item);
    if (!repository.id.empty() && !repository.archived && contains_ignoring_case(repository.display_path, search)) {
      found.push_back(std::move(repository));
    }
  }
  std::sort(found.begin(), found.end(), [](const Repository& a, const Repository& b) { return a.path < b.path; });
  Slice<Repository> slice;
  const std::size_t begin = std::min(static_cast<std::size_t>(*offset), found.size());
  const std::size_t end = std::min(begin + kPageSize, found.size());
  for (std::size_t i = begin; i < end; ++i) slice.items.push_back(std::move(found[i]));
  if (end < found.size()) slice.next = std::to_string(end);
  return slice;
}

base::Result<Repository> AdoProvider::find_repository(std::string_view path) {
  ASSIGN_OR_RETURN(const RepositoryPath parts, read_path(path, config_.http_url));
  ASSIGN_OR_RETURN(const json body, fetch({"GET",
                                           "/" + base::url_encode(parts.project) + "/_apis/git/repositories/" +
                                               base::url_encode(parts.repository),
                                           "find the repository " + parts.text()}));
  Repository repository = to_repository(body);
  if (repository.id.empty() || get_text(body, "name").empty()) {
    return base::upstream("Azure DevOps' answer about " + parts.text() + " names no repository.");
  }
  return repository;
}

base::Result<Slice<Branch>> AdoProvider::branch_page(const Repository& repository, const std::string& filter,
                                                     std::string_view search, const std::string& token) const {
  ApiCall call{"GET", repository_call(repository) + "/refs?filter=" + encode_path(filter) + "&$top=1000",
               "list the branches of " + repository.path};
  if (!token.empty()) call.path += "&continuationToken=" + base::url_encode(token);
  ASSIGN_OR_RETURN(const net::ClientResponse response, expect(call));
  ASSIGN_OR_RETURN(const json body, api_.read(response, call));
  Slice<Branch> slice;
  for (const json& item : jsonapi::get_array(body, "value")) {
    Branch branch{short_branch(get_text(item, "name")), get_text(item, "objectId")};
    if (check_ref_name(branch.name) && contains_ignoring_case(branch.name, search)) {
      slice.items.push_back(std::move(branch));
    }
  }
  slice.next = std::string(response.headers.get_or("x-ms-continuationtoken"));
  return slice;
}

base::Result<Slice<Branch>> AdoProvider::list_branches(const Repository& repository, std::string_view search,
                                                       std::string_view cursor) {
  return first_filled<Branch>(
      std::string(cursor), [&](const std::string& token) { return branch_page(repository, "heads/", search, token); });
}

base::Result<std::string> AdoProvider::branch_head(const Repository& repository, std::string_view branch) {
  RETURN_IF_ERROR(check_ref_name(branch));
  PageGuard guard;
  std::string token;
  do {  // the filter is a prefix: "main" finds "main2" as well
    RETURN_IF_ERROR(guard.enter(token));
    ASSIGN_OR_RETURN(const Slice<Branch> slice, branch_page(repository, "heads/" + std::string(branch), {}, token));
    for (const Branch& candidate : slice.items) {
      if (candidate.name == branch) return required_commit(candidate.sha, "Azure DevOps' answer");
    }
    token = slice.next;
  } while (!token.empty());
  return base::not_found("The branch " + std::string(branch) + " is not in " + repository.path + ".");
}

base::Result<std::string> AdoProvider::resolve_commit(const Repository& repository, std::string_view abbreviated) {
  if (!is_abbreviated_commit(abbreviated)) return base::invalid("This is not a commit id.");
  ASSIGN_OR_RETURN(const json body,
                   fetch({"GET", repository_call(repository) + "/commits/" + std::string(abbreviated),
                          "look up the commit " + std::string(abbreviated) + " of " + repository.path}));
  return required_commit(get_text(body, "commitId"), "Azure DevOps' answer");
}

// Commit statuses pile up, and an old failure keeps the commit's mark failed: naming the earlier one overwrites it.
std::int64_t AdoProvider::earlier_status(const std::string& statuses_call, const CommitStatus& status) const {
  const auto statuses = fetch({"GET", statuses_call + "?latestOnly=true", "read the commit's statuses"});
  if (!statuses) return 0;
  const json context = context_of(status);
  std::int64_t latest = 0;
  for (const json& item : jsonapi::get_array(*statuses, "value")) {
    if (get_text(item, "context.name") == context.at("name") &&
        get_text(item, "context.genre") == context.at("genre")) {
      latest = std::max(latest, jsonapi::get_integer(item, "id"));
    }
  }
  return latest;
}

base::Status AdoProvider::set_status(const Repository& repository, const CommitStatus& status) {
  if (!is_commit_id(status.sha)) return base::invalid("A status needs a whole commit id.");
  const std::string call = repository_call(repository) + "/commits/" + status.sha + "/statuses";
  json body = status_body(status);
  if (const std::int64_t id = earlier_status(call, status); id > 0) body["id"] = id;
  auto posted = expect({"POST", call, "set the commit status on " + repository.path, jsonapi::dump(body)});
  if (!posted) return std::move(posted).error();
  if (!status.pull_request_number) return {};
  // Commit statuses do not show on a pull request, and only its own can be demanded by a branch policy.
  auto on_request = expect(
      {"POST",
       repository_call(repository) + "/pullRequests/" + std::to_string(*status.pull_request_number) + "/statuses",
       "set the pull request status on " + repository.path, jsonapi::dump(status_body(status))});
  if (!on_request) return std::move(on_request).error();
  return {};
}

Provider::GitCredentials AdoProvider::git_credentials() const { return {"", config_.token, true}; }

std::unique_ptr<Provider> make_provider(ProviderConfig config, net::HttpClient& client) {
  return std::make_unique<AdoProvider>(std::move(config), client);
}

}  // namespace vcs::ado_server
