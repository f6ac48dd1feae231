#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "jsonapi/json.h"
#include "vcs/github/github_provider.h"
#include "vcs/paging.h"
#include "vcs/payload.h"
#include "vcs/text.h"
#include "vcs/walk.h"

namespace vcs::github {
namespace {

using jsonapi::get_text;
using nlohmann::json;

constexpr const char* kEvents[] = {"push", "pull_request", "repository"};

std::string hooks_call(const Repository& repository) { return "/repos/" + encode_path(repository.path) + "/hooks"; }

// The whole configuration: leaving out the secret would remove it.
json hook_body(const HookSpec& spec) {
  return {{"active", true},
          {"events", kEvents},
          {"config",
           {{"url", spec.url},
            {"content_type", "json"},
            {"secret", spec.secret.reveal()},
            {"insecure_ssl", spec.insecure_tls ? "1" : "0"}}}};
}

// GitHub hides the hooks of a repository from everyone but its administrators, as 404.
base::Error explained(base::Error error, const Repository& repository) {
  if (error.code == base::Code::kNotFound || error.code == base::Code::kForbidden) {
    error.code = base::Code::kForbidden;
    error.message += " Webhooks of " + repository.path +
                     " need administrator rights on the repository and a token with "
                     "the scope admin:repo_hook (classic) or the permission Webhooks: read and write (fine-grained).";
  } else if (contains_ignoring_case(error.message, "20 hooks")) {
    error.code = base::Code::kConflict;
    error.message +=
        " GitHub allows 20 webhooks per event: delete one that is no longer used in the repository's "
        "settings.";
  }
  return error;
}

bool speaks_of_existing(const base::Error& error) {
  return error.code == base::Code::kInvalid && contains_ignoring_case(error.message, "already exists");
}

}  // namespace

base::Result<std::vector<GitHubProvider::Hook>> GitHubProvider::hooks_of(const Repository& repository) const {
  const std::string first = hooks_call(repository) + "?per_page=100";
  auto hooks = all_pages<Hook>(first, [&](const std::string& path) -> base::Result<Slice<Hook>> {
    const ApiCall call{"GET", path, "list the webhooks of " + repository.path};
    ASSIGN_OR_RETURN(const net::ClientResponse response, api_.expect(call));
    ASSIGN_OR_RETURN(const json body, api_.read(response, call));
    Slice<Hook> slice;
    for (const json& item : body) {
      Hook hook{id_text(item, "id"), get_text(item, "config.url"), jsonapi::get_boolean(item, "active"), {}};
      for (const json& event : jsonapi::get_array(item, "events")) {
        if (event.is_string()) hook.events.push_back(event.get<std::string>());
      }
      slice.items.push_back(std::move(hook));
    }
    if (const std::string next = next_link(response.headers); !next.empty()) {
      ASSIGN_OR_RETURN(slice.next, path_below(config_.api_url, next));
    }
    return slice;
  });
  if (!hooks) return explained(std::move(hooks).error(), repository);
  return hooks;
}

base::Result<std::string> GitHubProvider::create_hook(const Repository& repository, const HookSpec& spec) const {
  json body = hook_body(spec);
  body["name"] = "web";
  ASSIGN_OR_RETURN(const json created, api_.fetch({"POST", hooks_call(repository),
                                                   "create the webhook of " + repository.path, jsonapi::dump(body)}));
  std::string id = id_text(created, "id");
  if (id.empty()) return base::upstream("GitHub created a webhook but did not tell its id.");
  return id;
}

base::Status GitHubProvider::update_hook(const Repository& repository, const std::string& id,
                                         const HookSpec& spec) const {
  auto updated = api_.expect({"PATCH", hooks_call(repository) + "/" + base::url_encode(id),
                              "update the webhook of " + repository.path, jsonapi::dump(hook_body(spec))});
  if (!updated) return explained(std::move(updated).error(), repository);
  return {};
}

base::Status GitHubProvider::delete_hook(const Repository& repository, const std::string& id) const {
  auto deleted = api_.expect(
      {"DELETE", hooks_call(repository) + "/" + base::url_encode(id), "delete the webhook of " + repository.path});
  if (!deleted && deleted.error().code != base::Code::kNotFound)
    return explained(std::move(deleted).error(), repository);
  return {};
}

base::Result<InstalledHook> GitHubProvider::ensure_hook(const Repository& repository, const HookSpec& spec) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    ASSIGN_OR_RETURN(std::vector<Hook> hooks, hooks_of(repository));
    std::erase_if(hooks, [&](const Hook& hook) { return hook.url != spec.url; });
    if (!hooks.empty()) {
      RETURN_IF_ERROR(update_hook(repository, hooks.front().id, spec));
      for (std::size_t i = 1; i < hooks.size(); ++i) RETURN_IF_ERROR(delete_hook(repository, hooks[i].id));
      return InstalledHook{{hooks.front().id}};
    }
    auto created = create_hook(repository, spec);
    if (created) return InstalledHook{{*std::move(created)}};
    // Somebody else was faster: take theirs over.
    if (attempt == 0 && speaks_of_existing(created.error())) continue;
    return explained(std::move(created).error(), repository);
  }
  return base::conflict("GitHub says that the webhook exists but does not list it; try again.");
}

base::Result<HookState> GitHubProvider::hook_state(const Repository& repository, const InstalledHook& hook,
                                                   std::string_view url) {
  ASSIGN_OR_RETURN(const std::vector<Hook> hooks, hooks_of(repository));
  for (const Hook& candidate : hooks) {
    const bool is_ours = std::find(hook.ids.begin(), hook.ids.end(), candidate.id) != hook.ids.end();
    if (candidate.url != url || !(is_ours || hook.ids.empty())) continue;
    const bool has_events = std::all_of(std::begin(kEvents), std::end(kEvents), [&](const char* event) {
      return std::find(candidate.events.begin(), candidate.events.end(), event) != candidate.events.end();
    });
    return candidate.active && has_events ? HookState::kActive : HookState::kDisabled;
  }
  return HookState::kMissing;
}

base::Status GitHubProvider::remove_hook(const Repository& repository, const InstalledHook& hook,
                                         std::string_view url) {
  ASSIGN_OR_RETURN(const std::vector<Hook> hooks, hooks_of(repository));
  for (const Hook& candidate : hooks) {
    const bool is_ours = std::find(hook.ids.begin(), hook.ids.end(), candidate.id) != hook.ids.end();
    if (is_ours || candidate.url == url) RETURN_IF_ERROR(delete_hook(repository, candidate.id));
  }
  return {};
}

}  // namespace vcs::github
