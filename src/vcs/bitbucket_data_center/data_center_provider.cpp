#include "vcs/bitbucket_data_center/data_center_provider.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "jsonapi/json.h"
#include "vcs/bitbucket_data_center/address.h"
#include "vcs/bitbucket_data_center/provider.h"
#include "vcs/pasted_url.h"
#include "vcs/payload.h"
#include "vcs/ref_name.h"
#include "vcs/text.h"
#include "vcs/walk.h"

namespace vcs::bitbucket_data_center {
namespace {

using jsonapi::get_text;
using nlohmann::json;

constexpr const char* kApiRoot = "/rest/api/1.0";

// {"errors":[{"context":null,"message":"…","exceptionName":"com.atlassian…"}]}
std::string error_text(const net::ClientResponse& response) {
  const auto body = jsonapi::parse(response.body);
  if (!body) return {};
  std::string text = get_text(*body, "message");
  for (const json& error : jsonapi::get_array(*body, "errors")) {
    const std::string message = get_text(error, "message");
    if (!message.empty()) text += (text.empty() ? "" : "; ") + message;
  }
  return text;
}

bool names_no_such_thing(const net::ClientResponse& response) {
  const auto body = jsonapi::parse(response.body);
  if (!body) return false;
  const json& errors = jsonapi::get_array(*body, "errors");
  return std::any_of(errors.begin(), errors.end(), [](const json& error) {
    return contains_ignoring_case(get_text(error, "exceptionName"), "NoSuch");
  });
}

// The calls live below several roots of one server, so the base is the server.
ApiStyle style_of(const ProviderConfig& config) {
  ApiStyle style;
  style.product = "Bitbucket";
  style.base_url = config.api_url.substr(0, config.api_url.find("/rest/"));
  style.endpoint = config.endpoint;
  style.headers = {{"Accept", "application/json"}, {"User-Agent", "runbridge"}, {"X-Atlassian-Token", "no-check"}};
  style.authorization = base::Secret("Bearer " + config.token.reveal());
  style.secrets = {config.token};
  style.error_text = error_text;
  return style;
}

std::string path_call(const RepositoryPath& path) {
  return "/projects/" + base::url_encode(path.project) + "/repos/" + base::url_encode(path.slug);
}

std::string path_call(const Repository& repository) {
  const std::size_t slash = repository.path.find('/');
  return path_call(RepositoryPath{repository.path.substr(0, slash),
                                  slash == std::string::npos ? "" : repository.path.substr(slash + 1)});
}

const char* state_name(CommitState state) {
  switch (state) {
    case CommitState::kPending:
    case CommitState::kRunning: return "INPROGRESS";
    case CommitState::kSuccess: return "SUCCESSFUL";
    case CommitState::kFailure:
    case CommitState::kError: return "FAILED";
  }
  return "FAILED";
}

std::string clone_link(const json& repository, std::string_view name) {
  for (const json& link : jsonapi::get_array(repository, "links.clone")) {
    if (get_text(link, "name") == name) return get_text(link, "href");
  }
  return {};
}

base::Result<std::string> start_of_cursor(std::string_view cursor) {
  if (cursor.empty()) return std::string("0");
  if (const auto number = base::to_integer(cursor); number && *number >= 0) return std::to_string(*number);
  return base::invalid("This page cursor is not one of ours; start again at the first page.");
}

}  // namespace

DataCenterProvider::DataCenterProvider(ProviderConfig config, net::HttpClient& client)
    : config_(std::move(config)), api_(style_of(config_), client) {}

Repository DataCenterProvider::to_repository(const json& json) const {
  const RepositoryPath path{get_text(json, "project.key"), get_text(json, "slug")};
  Repository repository;
  repository.id = id_text(json, "id");
  if (path.project.empty() || path.slug.empty()) return repository;
  repository.path = path.text();
  repository.display_path = repository.path;
  // Made from the address the user registered, not taken from the answer: credentials go nowhere else.
  const bool is_personal = path.project.front() == '~';
  repository.http_url = config_.http_url + (is_personal ? "/users/" : "/projects/") +
                        base::url_encode(is_personal ? path.project.substr(1) : path.project) + "/repos/" +
                        base::url_encode(path.slug);
  repository.https_clone_url =
      config_.http_url + "/scm/" + base::url_encode(path.project) + "/" + base::url_encode(path.slug) + ".git";
  repository.ssh_clone_url = clean_ssh_url(clone_link(json, "ssh"));
  repository.archived = jsonapi::get_boolean(json, "archived");
  return repository;
}

base::Result<std::string> DataCenterProvider::read_page(const std::string& path, const std::string& start,
                                                        const std::string& action,
                                                        const std::function<void(const json&)>& take) const {
  const std::string query =
      std::string(path.find('?') == std::string::npos ? "?" : "&") + "start=" + start + "&limit=100";
  ASSIGN_OR_RETURN(const json body, api_.fetch({"GET", kApiRoot + path + query, action}));
  for (const json& item : jsonapi::get_array(body, "values")) take(item);
  const std::int64_t next = jsonapi::get_integer(body, "nextPageStart", -1);
  if (jsonapi::get_boolean(body, "isLastPage", true) || next < 0) return std::string();
  return std::to_string(next);
}

base::Result<Slice<Repository>> DataCenterProvider::list_repositories(std::string_view search,
                                                                      std::string_view cursor) {
  ASSIGN_OR_RETURN(std::string first, start_of_cursor(cursor));
  return first_filled<Repository>(std::move(first), [&](const std::string& start) -> base::Result<Slice<Repository>> {
    Slice<Repository> slice;
    ASSIGN_OR_RETURN(slice.next, read_page("/repos", start, "list the repositories", [&](const json& item) {
                       Repository repository = to_repository(item);
                       if (!repository.path.empty() && contains_ignoring_case(repository.path, search)) {
                         slice.items.push_back(std::move(repository));
                       }
                     }));
    return slice;
  });
}

// Servers before 7.5 know only the second call; an empty repository has none.
base::Result<std::string> DataCenterProvider::default_branch(const std::string& repository_call) const {
  for (const char* name : {"/default-branch", "/branches/default"}) {
    const ApiCall call{"GET", kApiRoot + repository_call + name, "read the default branch"};
    ASSIGN_OR_RETURN(const net::ClientResponse response, api_.send(call));
    if (response.status == 204) return std::string();
    if (response.status == 404) continue;
    if (!is_success(response.status)) return api_.error_of(response, call.action);
    ASSIGN_OR_RETURN(const json body, api_.read(response, call));
    return get_text(body, "displayId", short_branch(get_text(body, "id")));
  }
  return std::string();
}

base::Result<Repository> DataCenterProvider::find_repository(std::string_view path) {
  ASSIGN_OR_RETURN(const RepositoryPath parts, read_path(path));
  ASSIGN_OR_RETURN(const json body,
                   api_.fetch({"GET", kApiRoot + path_call(parts), "find the repository " + parts.text()}));
  Repository repository = to_repository(body);
  if (repository.id.empty() || repository.path.empty()) {
    return base::upstream("Bitbucket's answer about " + parts.text() + " names no repository.");
  }
  ASSIGN_OR_RETURN(repository.default_branch, default_branch(path_call(repository)));
  return repository;
}

base::Result<Slice<Branch>> DataCenterProvider::branch_page(const Repository& repository, std::string_view filter,
                                                            const std::string& start) const {
  std::string path = path_call(repository) + "/branches?orderBy=MODIFICATION";
  if (!filter.empty()) path += "&filterText=" + base::url_encode(filter);
  Slice<Branch> slice;
  ASSIGN_OR_RETURN(slice.next, read_page(path, start, "list the branches of " + repository.path, [&](const json& item) {
                     Branch branch{short_branch(get_text(item, "id")), get_text(item, "latestCommit")};
                     if (check_ref_name(branch.name) && contains_ignoring_case(branch.name, filter)) {
                       slice.items.push_back(std::move(branch));
                     }
                   }));
  return slice;
}

base::Result<Slice<Branch>> DataCenterProvider::list_branches(const Repository& repository, std::string_view search,
                                                              std::string_view cursor) {
  ASSIGN_OR_RETURN(std::string first, start_of_cursor(cursor));
  return first_filled<Branch>(std::move(first),
                              [&](const std::string& start) { return branch_page(repository, search, start); });
}

base::Result<std::string> DataCenterProvider::branch_head(const Repository& repository, std::string_view branch) {
  RETURN_IF_ERROR(check_ref_name(branch));
  PageGuard guard;
  std::string start = "0";
  while (!start.empty()) {  // the filter finds names that hold the text
    RETURN_IF_ERROR(guard.enter(start));
    ASSIGN_OR_RETURN(const Slice<Branch> slice, branch_page(repository, branch, start));
    for (const Branch& candidate : slice.items) {
      if (candidate.name == branch) return required_commit(candidate.sha, "Bitbucket's answer");
    }
    start = slice.next;
  }
  return base::not_found("The branch " + std::string(branch) + " is not in " + repository.path + ".");
}

base::Result<std::string> DataCenterProvider::resolve_commit(const Repository& repository,
                                                             std::string_view abbreviated) {
  if (!is_abbreviated_commit(abbreviated)) return base::invalid("This is not a commit id.");
  ASSIGN_OR_RETURN(const json body,
                   api_.fetch({"GET", kApiRoot + path_call(repository) + "/commits/" + std::string(abbreviated),
                               "look up the commit " + std::string(abbreviated) + " of " + repository.path}));
  return required_commit(get_text(body, "id"), "Bitbucket's answer");
}

base::Status DataCenterProvider::set_status(const Repository& repository, const CommitStatus& status) {
  if (!is_commit_id(status.sha)) return base::invalid("A status needs a whole commit id.");
  json body = {{"key", fit_characters(status.context, 255)},
               {"state", state_name(status.state)},
               {"name", fit_characters(status.context, 255)},
               {"description", fit_characters(status.description, 255)},
               {"url", status.target_url.empty() ? config_.http_url : status.target_url}};
  const json old_body = body;
  if (!status.ref.empty()) body["ref"] = "refs/heads/" + status.ref;
  const std::string action = "set the build status on " + repository.path;
  const std::string commit = "/commits/" + status.sha;
  ASSIGN_OR_RETURN(const net::ClientResponse posted,
                   api_.send({"POST", "/rest/api/latest" + path_call(repository) + commit + "/builds", action,
                              jsonapi::dump(body)}));
  if (is_success(posted.status)) return {};
  const bool is_unknown_call = posted.status == 404 || posted.status == 405;
  if (!is_unknown_call || names_no_such_thing(posted)) return api_.error_of(posted, action);
  // Before 7.4: one list for the whole server.
  auto old = api_.expect({"POST", "/rest/build-status/1.0" + commit, action, jsonapi::dump(old_body)});
  if (!old) return std::move(old).error();
  return {};
}

Provider::GitCredentials DataCenterProvider::git_credentials() const { return {"x-token-auth", config_.token, false}; }

std::unique_ptr<Provider> make_provider(ProviderConfig config, net::HttpClient& client) {
  return std::make_unique<DataCenterProvider>(std::move(config), client);
}

}  // namespace vcs::bitbucket_data_center
