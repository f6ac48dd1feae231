#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "jsonapi/json.h"
#include "vcs/bitbucket_cloud/cloud_provider.h"
#include "vcs/text.h"
#include "vcs/walk.h"

namespace vcs::bitbucket_cloud {
namespace {

using jsonapi::get_text;
using nlohmann::json;

constexpr const char* kEvents[] = {
    "repo:push",   "pullrequest:created", "pullrequest:updated", "pullrequest:fulfilled", "pullrequest:rejected",
    "repo:updated"};

std::string hooks_call(const Repository& repository) {
  return "/repositories/" + encode_path(repository.path) + "/hooks";
}

base::Error explained(base::Error error, const Repository& repository) {
  if (error.code == base::Code::kForbidden) {
    error.message += " Webhooks of " + repository.path +
                     " need administrator rights on the repository and the token "
                     "scopes read:webhook:bitbucket, write:webhook:bitbucket and delete:webhook:bitbucket (access "
                     "tokens: webhook), besides those of the repository and pull requests.";
  } else if (error.code == base::Code::kInvalid && contains_ignoring_case(error.message, "internal")) {
    error.message += " Bitbucket Cloud only calls addresses on the public internet: give this server a public URL.";
  }
  return error;
}

bool contains(const std::vector<std::string>& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

}  // namespace

base::Result<std::vector<CloudProvider::Hook>> CloudProvider::hooks_of(const Repository& repository) const {
  const std::string first = hooks_call(repository) + "?pagelen=100";
  auto hooks = all_pages<Hook>(first, [&](const std::string& path) -> base::Result<Slice<Hook>> {
    Slice<Hook> slice;
    ASSIGN_OR_RETURN(
        slice.next, read_page(path, "list the webhooks of " + repository.path, [&](const json& item) {
          Hook hook{get_text(item, "uuid"), get_text(item, "url"), jsonapi::get_boolean(item, "active"), {}};
          for (const json& event : jsonapi::get_array(item, "events")) {
            if (event.is_string()) hook.events.push_back(event.get<std::string>());
          }
          slice.items.push_back(std::move(hook));
        }));
    return slice;
  });
  if (!hooks) return explained(std::move(hooks).error(), repository);
  return hooks;
}

base::Result<std::string> CloudProvider::save_hook(const Repository& repository, const std::string& id,
                                                   const HookSpec& spec) const {
  // Always with the secret: leaving it out may clear it.
  const json body = {
      {"description", "runbridge"},     {"url", spec.url},   {"active", true},
      {"secret", spec.secret.reveal()}, {"events", kEvents}, {"skip_cert_verification", spec.insecure_tls}};
  const bool is_new = id.empty();
  auto saved = api_.fetch(
      {is_new ? "POST" : "PUT", is_new ? hooks_call(repository) : hooks_call(repository) + "/" + base::url_encode(id),
       (is_new ? "create the webhook of " : "update the webhook of ") + repository.path, jsonapi::dump(body)});
  if (!saved) return explained(std::move(saved).error(), repository);
  std::string saved_id = get_text(*saved, "uuid", id);
  if (saved_id.empty()) return base::upstream("Bitbucket created a webhook but did not tell its id.");
  return saved_id;
}

base::Status CloudProvider::delete_hook(const Repository& repository, const std::string& id) const {
  auto deleted = api_.expect(
      {"DELETE", hooks_call(repository) + "/" + base::url_encode(id), "delete the webhook of " + repository.path});
  if (!deleted && deleted.error().code != base::Code::kNotFound)
    return explained(std::move(deleted).error(), repository);
  return {};
}

base::Result<InstalledHook> CloudProvider::ensure_hook(const Repository& repository, const HookSpec& spec) {
  ASSIGN_OR_RETURN(std::vector<Hook> hooks, hooks_of(repository));
  std::erase_if(hooks, [&](const Hook& hook) { return hook.url != spec.url || hook.id.empty(); });
  ASSIGN_OR_RETURN(std::string id, save_hook(repository, hooks.empty() ? "" : hooks.front().id, spec));
  for (std::size_t i = 1; i < hooks.size(); ++i) RETURN_IF_ERROR(delete_hook(repository, hooks[i].id));
  return InstalledHook{{std::move(id)}};
}

base::Result<HookState> CloudProvider::hook_state(const Repository& repository, const InstalledHook& hook,
                                                  std::string_view url) {
  ASSIGN_OR_RETURN(const std::vector<Hook> hooks, hooks_of(repository));
  for (const Hook& candidate : hooks) {
    if (candidate.url != url || !(hook.ids.empty() || contains(hook.ids, candidate.id))) continue;
    const bool has_events = std::all_of(std::begin(kEvents), std::end(kEvents),
                                        [&](const char* event) { return contains(candidate.events, event); });
    return candidate.active && has_events ? HookState::kActive : HookState::kDisabled;
  }
  return HookState::kMissing;
}

base::Status CloudProvider::remove_hook(const Repository& repository, const InstalledHook& hook, std::string_view url) {
  ASSIGN_OR_RETURN(const std::vector<Hook> hooks, hooks_of(repository));
  for (const Hook& candidate : hooks) {
    if (contains(hook.ids, candidate.id) || candidate.url == url)
      RETURN_IF_ERROR(delete_hook(repository, candidate.id));
  }
  return {};
}

}  // namespace vcs::bitbucket_cloud
