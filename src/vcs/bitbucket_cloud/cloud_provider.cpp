#include "vcs/bitbucket_cloud/cloud_provider.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "crypto/hash.h"
#include "jsonapi/json.h"
#include "vcs/bitbucket_cloud/provider.h"
#include "vcs/paging.h"
#include "vcs/pasted_url.h"
#include "vcs/ref_name.h"
#include "vcs/text.h"
#include "vcs/walk.h"

namespace vcs::bitbucket_cloud {
namespace {

using jsonapi::get_text;
using nlohmann::json;

std::vector<std::string> texts(const json& list) {
  std::vector<std::string> out;
  for (const json& item : list) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

// {"type":"error","error":{"message":…,"detail":"…" or {"required":[…],"granted":[…]},"fields":{"url":["…"]}}}
std::string error_text(const net::ClientResponse& response) {
  const auto body = jsonapi::parse(response.body);
  if (!body) return contains_ignoring_case(response.headers.get_or("Content-Type"), "text/plain") ? response.body : "";
  std::string text = get_text(*body, "error.message");
  if (const std::string detail = get_text(*body, "error.detail"); !detail.empty()) text += " " + detail;
  if (const auto missing = missing_scopes(response); !missing.empty()) {
    text += " Missing scopes: " + base::join(missing, ", ") + ".";
  }
  if (const json* fields = jsonapi::find(*body, "error.fields"); fields != nullptr && fields->is_object()) {
    for (const auto& [name, problems] : fields->items()) {
      const std::string problem = problems.is_string() ? problems.get<std::string>() : base::join(texts(problems), " ");
      text += " " + name + ": " + problem;
    }
  }
  return text;
}

base::Secret token_part(const base::Secret& token) {
  const std::size_t colon = token.reveal().find(':');
  return colon == std::string::npos ? token : base::Secret(token.reveal().substr(colon + 1));
}

ApiStyle style_of(const ProviderConfig& config) {
  const bool is_basic = config.token.reveal().find(':') != std::string::npos;
  const std::string basic = base::to_base64(config.token.reveal());
  ApiStyle style;
  style.product = "Bitbucket";
  style.base_url = config.api_url;
  style.endpoint = config.endpoint;
  style.headers = {{"Accept", "application/json"}, {"User-Agent", "runbridge"}};
  style.authorization = base::Secret(is_basic ? "Basic " + basic : "Bearer " + config.token.reveal());
  style.secrets = {config.token, token_part(config.token), base::Secret(basic)};
  style.error_text = error_text;
  return style;
}

std::string repository_call(const Repository& repository) { return "/repositories/" + encode_path(repository.path); }

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

}  // namespace

std::vector<std::string> missing_scopes(const net::ClientResponse& response) {
  const auto body = jsonapi::parse(response.body);
  if (!body) return {};
  const std::vector<std::string> granted = texts(jsonapi::get_array(*body, "error.detail.granted"));
  std::vector<std::string> missing = texts(jsonapi::get_array(*body, "error.detail.required"));
  std::erase_if(missing, [&](const std::string& scope) {
    return std::find(granted.begin(), granted.end(), scope) != granted.end();
  });
  return missing;
}

std::string status_key(std::string_view context) {
  constexpr std::size_t kLongest = 40;
  const std::string key = fit_characters(context, 1000);
  const bool is_ascii =
      std::all_of(key.begin(), key.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (is_ascii && !key.empty() && key.size() <= kLongest) return key;
  std::string start;
  for (const char c : key.substr(0, 23)) start.push_back(static_cast<unsigned char>(c) < 0x80 ? c : '-');
  return start + "-" + base::to_hex(crypto::sha256(context)).substr(0, 16);
}

CloudProvider::CloudProvider(ProviderConfig config, net::HttpClient& client)
    : config_(std::move(config)), site_(site_of(config_.http_url)), api_(style_of(config_), client) {}

bool CloudProvider::is_api_token() const { return config_.token.reveal().find(':') != std::string::npos; }

base::Result<std::string> CloudProvider::read_page(const std::string& path, const std::string& action,
                                                   const std::function<void(const json&)>& take) const {
  ASSIGN_OR_RETURN(const json body, api_.fetch({"GET", path, action}));
  for (const json& item : jsonapi::get_array(body, "values")) take(item);
  const std::string next = get_text(body, "next");
  if (next.empty()) return next;
  return path_below(config_.api_url, next);
}

Repository CloudProvider::to_repository(const json& json) const {
  Repository repository;
  repository.id = get_text(json, "uuid");
  repository.path = get_text(json, "full_name");
  repository.display_path = repository.path;
  repository.default_branch = get_text(json, "mainbranch.name");
  // Made from the address the user registered, not taken from the answer: credentials go nowhere else.
  repository.http_url = site_.origin + "/" + encode_path(repository.path);
  repository.https_clone_url = repository.http_url + ".git";
  repository.ssh_clone_url = clean_ssh_url(clone_link(json, "ssh"));
  return repository;
}

base::Result<std::vector<std::string>> CloudProvider::workspaces() const {
  if (!site_.workspace.empty()) return std::vector<std::string>{site_.workspace};
  if (!is_api_token()) {
    return base::invalid(
        "An access token cannot list workspaces: write the workspace into the HTTP URL, like "
        "https://bitbucket.org/WORKSPACE.",
        std::string(kHttpUrlPointer));
  }
  return all_pages<std::string>(
      "/user/workspaces?pagelen=100", [&](const std::string& path) -> base::Result<Slice<std::string>> {
        Slice<std::string> slice;
        ASSIGN_OR_RETURN(slice.next, read_page(path, "list the workspaces", [&](const json& item) {
                           const std::string slug = get_text(item, "workspace.slug", get_text(item, "slug"));
                           if (!slug.empty()) slice.items.push_back(slug);
                         }));
        return slice;
      });
}

std::string CloudProvider::repositories_call(const std::string& workspace) const {
  // `role` speaks of the user; an access token may have none.
  return "/repositories/" + base::url_encode(workspace) + "?" + (is_api_token() ? "role=contributor&" : "") +
         "pagelen=100&sort=full_name";
}

// The first page of the workspace that follows the one `page` belongs to; the first of all for "".
base::Result<std::string> CloudProvider::first_page_after(const std::string& page) const {
  ASSIGN_OR_RETURN(const std::vector<std::string> all, workspaces());
  if (all.empty()) return std::string();
  if (page.empty()) return repositories_call(all[0]);
  for (std::size_t i = 0; i + 1 < all.size(); ++i) {
    if (page.starts_with("/repositories/" + base::url_encode(all[i]) + "?")) return repositories_call(all[i + 1]);
  }
  return std::string();
}

base::Result<Slice<Repository>> CloudProvider::list_repositories(std::string_view search, std::string_view cursor) {
  std::string first;
  if (cursor.empty()) {
    ASSIGN_OR_RETURN(first, first_page_after({}));
    if (first.empty()) return Slice<Repository>{};
  }
  ASSIGN_OR_RETURN(std::string page, page_of_cursor(cursor, std::move(first), "/repositories/"));
  return first_filled<Repository>(std::move(page), [&](const std::string& path) -> base::Result<Slice<Repository>> {
    Slice<Repository> slice;
    ASSIGN_OR_RETURN(slice.next, read_page(path, "list the repositories", [&](const json& item) {
                       Repository repository = to_repository(item);
                       if (!repository.path.empty() && contains_ignoring_case(repository.path, search)) {
                         slice.items.push_back(std::move(repository));
                       }
                     }));
    if (slice.next.empty() && site_.workspace.empty()) {
      ASSIGN_OR_RETURN(slice.next, first_page_after(path));
    }
    return slice;
  });
}

base::Result<Repository> CloudProvider::find_repository(std::string_view path) {
  ASSIGN_OR_RETURN(const std::string name, read_path(path));
  ASSIGN_OR_RETURN(const json body,
                   api_.fetch({"GET", "/repositories/" + encode_path(name), "find the repository " + name}));
  Repository repository = to_repository(body);
  if (repository.id.empty() || repository.path.empty()) {
    return base::upstream("Bitbucket's answer about " + name + " names no repository.");
  }
  return repository;
}

base::Result<Slice<Branch>> CloudProvider::list_branches(const Repository& repository, std::string_view search,
                                                         std::string_view cursor) {
  const std::string call = repository_call(repository) + "/refs/branches?";
  ASSIGN_OR_RETURN(std::string page, page_of_cursor(cursor, call + "pagelen=100&sort=name", "/repositories/"));
  return first_filled<Branch>(std::move(page), [&](const std::string& path) -> base::Result<Slice<Branch>> {
    Slice<Branch> slice;
    ASSIGN_OR_RETURN(slice.next, read_page(path, "list the branches of " + repository.path, [&](const json& item) {
                       Branch branch{get_text(item, "name"), get_text(item, "target.hash")};
                       if (check_ref_name(branch.name) && contains_ignoring_case(branch.name, search)) {
                         slice.items.push_back(std::move(branch));
                       }
                     }));
    return slice;
  });
}

base::Status CloudProvider::set_status(const Repository& repository, const CommitStatus& status) {
  if (!is_commit_id(status.sha)) return base::invalid("A status needs a whole commit id.");
  json body = {{"key", status_key(status.context)},
               {"state", state_name(status.state)},
               {"name", fit_characters(status.context, 255)},
               {"description", fit_characters(status.description, 255)},
               {"url", status.target_url.empty() ? site_.origin : status.target_url}};
  if (!status.ref.empty()) body["refname"] = status.ref;
  auto posted = api_.expect({"POST", repository_call(repository) + "/commit/" + status.sha + "/statuses/build",
                             "set the commit status on " + repository.path, jsonapi::dump(body)});
  if (!posted) return std::move(posted).error();
  return {};
}

base::Result<std::string> CloudProvider::resolve_commit(const Repository& repository, std::string_view abbreviated) {
  if (!is_abbreviated_commit(abbreviated)) return base::invalid("This is not a commit id.");
  ASSIGN_OR_RETURN(const json body,
                   api_.fetch({"GET", repository_call(repository) + "/commit/" + std::string(abbreviated),
                               "look up the commit " + std::string(abbreviated) + " of " + repository.path}));
  return required_commit(get_text(body, "hash"), "Bitbucket's answer");
}

base::Result<std::string> CloudProvider::branch_head(const Repository& repository, std::string_view branch) {
  RETURN_IF_ERROR(check_ref_name(branch));
  ASSIGN_OR_RETURN(const json body,
                   api_.fetch({"GET", repository_call(repository) + "/refs/branches/" + encode_path(branch),
                               "look up the branch " + std::string(branch) + " of " + repository.path}));
  return required_commit(get_text(body, "target.hash"), "Bitbucket's answer");
}

Provider::GitCredentials CloudProvider::git_credentials() const {
  return {is_api_token() ? "x-bitbucket-api-token-auth" : "x-token-auth", token_part(config_.token), false};
}

std::unique_ptr<Provider> make_provider(ProviderConfig config, net::HttpClient& client) {
  return std::make_unique<CloudProvider>(std::move(config), client);
}

}  // namespace vcs::bitbucket_cloud
