#include "vcs/github/github_provider.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "jsonapi/json.h"
#include "vcs/github/provider.h"
#include "vcs/paging.h"
#include "vcs/pasted_url.h"
#include "vcs/ref_name.h"
#include "vcs/text.h"
#include "vcs/walk.h"

namespace vcs::github {
namespace {

using jsonapi::get_boolean;
using jsonapi::get_text;
using nlohmann::json;

// {"message": "Validation Failed", "errors": [{"message": "…"} or "…"]}
std::string error_text(const net::ClientResponse& response) {
  const auto body = jsonapi::parse(response.body);
  if (!body) return {};
  std::string text = get_text(*body, "message");
  for (const json& error : jsonapi::get_array(*body, "errors")) {
    const std::string part =
        error.is_string() ? error.get<std::string>() : get_text(error, "message", get_text(error, "code"));
    if (!part.empty()) text += (text.empty() ? "" : "; ") + part;
  }
  return text;
}

ApiStyle style_of(const ProviderConfig& config) {
  ApiStyle style;
  style.product = "GitHub";
  style.base_url = config.api_url;
  style.endpoint = config.endpoint;
  style.headers = {
      {"Accept", "application/vnd.github+json"}, {"X-GitHub-Api-Version", "2022-11-28"}, {"User-Agent", "runbridge"}};
  style.authorization = base::Secret("Bearer " + config.token.reveal());
  style.secrets = {config.token};
  style.error_text = error_text;
  return style;
}

bool is_name(std::string_view part) {
  return !part.empty() && part.size() <= 100 && part != "." && part != ".." &&
         std::all_of(part.begin(), part.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                  c == '.';
         });
}

std::string repository_call(const Repository& repository) { return "/repos/" + encode_path(repository.path); }

const char* state_name(CommitState state) {
  switch (state) {
    case CommitState::kPending:
    case CommitState::kRunning: return "pending";
    case CommitState::kSuccess: return "success";
    case CommitState::kFailure: return "failure";
    case CommitState::kError: return "error";
  }
  return "error";
}

}  // namespace

base::Result<std::string> read_path(std::string_view text) {
  std::string_view path = base::trim(text);
  if (path.find("://") != std::string_view::npos) path = path.substr(path.find("://") + 3);
  std::vector<std::string> parts = base::split(path.substr(0, path.find_first_of("?#")), '/');
  std::erase(parts, std::string());
  if (parts.size() == 3 && path != text) parts.erase(parts.begin());  // the host of a pasted URL
  if (parts.size() == 2 && parts[1].ends_with(".git")) parts[1].resize(parts[1].size() - 4);
  if (parts.size() == 2 && is_name(parts[0]) && is_name(parts[1])) return parts[0] + "/" + parts[1];
  return base::invalid("\"" + base::printable(text) + "\" is not a GitHub repository; write it as owner/name.");
}

GitHubProvider::GitHubProvider(ProviderConfig config, net::HttpClient& client)
    : config_(std::move(config)), api_(style_of(config_), client) {}

Repository GitHubProvider::to_repository(const json& json) const {
  Repository repository;
  repository.id = std::to_string(jsonapi::get_integer(json, "id"));
  repository.path = get_text(json, "full_name");
  repository.display_path = repository.path;
  repository.default_branch = get_text(json, "default_branch");
  // Made from the address the user registered, not taken from the answer: credentials go nowhere else.
  repository.http_url = config_.http_url + "/" + encode_path(repository.path);
  repository.https_clone_url = repository.http_url + ".git";
  repository.ssh_clone_url = clean_ssh_url(get_text(json, "ssh_url"));
  repository.archived = get_boolean(json, "archived") || get_boolean(json, "disabled");
  const nlohmann::json* admin = jsonapi::find(json, "permissions.admin");
  if (admin != nullptr && admin->is_boolean()) repository.can_admin = admin->get<bool>();
  return repository;
}

base::Result<Slice<Repository>> GitHubProvider::list_repositories(std::string_view search, std::string_view cursor) {
  const std::string first =
      "/user/repos?per_page=100&affiliation=owner,collaborator,organization_member&sort=full_name";
  ASSIGN_OR_RETURN(std::string page, page_of_cursor(cursor, first, "/user/repos?"));
  return first_filled<Repository>(std::move(page), [&](const std::string& path) -> base::Result<Slice<Repository>> {
    const ApiCall call{"GET", path, "list the repositories"};
    ASSIGN_OR_RETURN(const net::ClientResponse response, api_.expect(call));
    ASSIGN_OR_RETURN(const json body, api_.read(response, call));
    Slice<Repository> slice;
    for (const json& item : body) {
      Repository repository = to_repository(item);
      if (!repository.path.empty() && contains_ignoring_case(repository.path, search)) {
        slice.items.push_back(std::move(repository));
      }
    }
    if (const std::string next = next_link(response.headers); !next.empty()) {
      ASSIGN_OR_RETURN(slice.next, path_below(config_.api_url, next));
    }
    return slice;
  });
}

base::Result<Repository> GitHubProvider::find_repository(std::string_view path) {
  ASSIGN_OR_RETURN(const std::string name, read_path(path));
  const ApiCall call{"GET", "/repos/" + encode_path(name), "find the repository " + name};
  ASSIGN_OR_RETURN(const net::ClientResponse response, api_.send(call));
  if (is_redirect(response.status)) {
    return base::not_found("The repository " + name + " was renamed or moved at GitHub; use its new name.");
  }
  if (!is_success(response.status)) return api_.error_of(response, call.action);
  ASSIGN_OR_RETURN(const json body, api_.read(response, call));
  Repository repository = to_repository(body);
  if (repository.id == "0" || repository.path.empty()) {
    return base::upstream("GitHub's answer about " + name + " names no repository.");
  }
  return repository;
}

base::Result<Slice<Branch>> GitHubProvider::list_branches(const Repository& repository, std::string_view search,
                                                          std::string_view cursor) {
  const std::string first = repository_call(repository) + "/branches?per_page=100";
  ASSIGN_OR_RETURN(std::string page, page_of_cursor(cursor, first, "/repo"));
  return first_filled<Branch>(std::move(page), [&](const std::string& path) -> base::Result<Slice<Branch>> {
    const ApiCall call{"GET", path, "list the branches of " + repository.path};
    ASSIGN_OR_RETURN(const net::ClientResponse response, api_.expect(call));
    ASSIGN_OR_RETURN(const json body, api_.read(response, call));
    Slice<Branch> slice;
    for (const json& item : body) {
      Branch branch{get_text(item, "name"), get_text(item, "commit.sha")};
      if (check_ref_name(branch.name) && contains_ignoring_case(branch.name, search)) {
        slice.items.push_back(std::move(branch));
      }
    }
    if (const std::string next = next_link(response.headers); !next.empty()) {
      ASSIGN_OR_RETURN(slice.next, path_below(config_.api_url, next));
    }
    return slice;
  });
}

base::Status GitHubProvider::set_status(const Repository& repository, const CommitStatus& status) {
  json body = {{"state", state_name(status.state)},
               {"context", fit_characters(status.context, 255)},
               {"description", fit_characters(status.description, 140)}};
  if (!status.target_url.empty()) body["target_url"] = status.target_url;
  auto posted = api_.expect({"POST", repository_call(repository) + "/statuses/" + base::url_encode(status.sha),
                             "set the commit status on " + repository.path, jsonapi::dump(body)});
  if (!posted) return std::move(posted).error();
  return {};
}

base::Result<std::string> GitHubProvider::resolve_commit(const Repository& repository, std::string_view abbreviated) {
  if (!is_abbreviated_commit(abbreviated)) return base::invalid("This is not a commit id.");
  ASSIGN_OR_RETURN(const json body,
                   api_.fetch({"GET", repository_call(repository) + "/commits/" + std::string(abbreviated),
                               "look up the commit " + std::string(abbreviated) + " of " + repository.path}));
  return required_commit(get_text(body, "sha"), "GitHub's answer");
}

base::Result<std::string> GitHubProvider::branch_head(const Repository& repository, std::string_view branch) {
  RETURN_IF_ERROR(check_ref_name(branch));
  ASSIGN_OR_RETURN(const json body,
                   api_.fetch({"GET", repository_call(repository) + "/branches/" + base::url_encode(branch),
                               "look up the branch " + std::string(branch) + " of " + repository.path}));
  return required_commit(get_text(body, "commit.sha"), "GitHub's answer");
}

Provider::GitCredentials GitHubProvider::git_credentials() const { return {"x-access-token", config_.token, false}; }

std::unique_ptr<Provider> make_provider(ProviderConfig config, net::HttpClient& client) {
  return std::make_unique<GitHubProvider>(std::move(config), client);
}

}  // namespace vcs::github
