#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "jsonapi/json.h"
#include "vcs/bitbucket_data_center/data_center_provider.h"
#include "vcs/payload.h"
#include "vcs/text.h"
#include "vcs/walk.h"

namespace vcs::bitbucket_data_center {
namespace {

using jsonapi::get_text;
using nlohmann::json;

// What every server knows, and what only newer ones do: those refuse the whole hook for one unknown name.
constexpr const char* kNeeded[] = {"repo:refs_changed", "pr:opened", "pr:merged", "pr:declined"};
const std::vector<std::string> kWanted = {"pr:from_ref_updated", "pr:modified", "pr:deleted", "repo:modified"};

std::string hooks_path(const Repository& repository) {
  const std::size_t slash = std::min(repository.path.find('/'), repository.path.size() - 1);
  return "/projects/" + base::url_encode(repository.path.substr(0, slash)) + "/repos/" +
         base::url_encode(repository.path.substr(slash + 1)) + "/webhooks";
}

json hook_body(const HookSpec& spec, const std::vector<std::string>& wanted) {
  std::vector<std::string> events(std::begin(kNeeded), std::end(kNeeded));
  events.insert(events.end(), wanted.begin(), wanted.end());
  return {{"name", "runbridge"},
          {"url", spec.url},
          {"active", true},
          {"events", events},
          {"configuration", {{"secret", spec.secret.reveal()}}},
          {"sslVerificationRequired", !spec.insecure_tls}};
}

base::Error explained(base::Error error, const Repository& repository) {
  if (error.code == base::Code::kForbidden || error.code == base::Code::kUnauthorized) {
    error.message += " Webhooks of " + repository.path +
                     " need a token with repository admin permission, of a user who "
                     "administers the repository.";
  }
  return error;
}

// The wanted events without the one the server names as unknown; without the last one if it names none.
std::vector<std::string> fewer(std::vector<std::string> wanted, const std::string& message) {
  const auto named = std::find_if(wanted.begin(), wanted.end(),
                                  [&](const std::string& event) { return message.find(event) != std::string::npos; });
  if (named != wanted.end())
    wanted.erase(named);
  else if (!wanted.empty())
    wanted.pop_back();
  return wanted;
}

bool contains(const std::vector<std::string>& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

}  // namespace

base::Result<std::vector<DataCenterProvider::Hook>> DataCenterProvider::hooks_of(const Repository& repository) const {
  auto hooks = all_pages<Hook>("0", [&](const std::string& start) -> base::Result<Slice<Hook>> {
    Slice<Hook> slice;
    ASSIGN_OR_RETURN(
        slice.next,
        read_page(hooks_path(repository), start, "list the webhooks of " + repository.path, [&](const json& item) {
          Hook hook{id_text(item, "id"), get_text(item, "url"), jsonapi::get_boolean(item, "active"), {}};
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

base::Result<std::string> DataCenterProvider::save_hook(const Repository& repository, const std::string& id,
                                                        const HookSpec& spec) const {
  const bool is_new = id.empty();
  ApiCall call{is_new ? "POST" : "PUT",
               "/rest/api/1.0" + hooks_path(repository) + (is_new ? "" : "/" + base::url_encode(id)),
               (is_new ? "create the webhook of " : "update the webhook of ") + repository.path};
  std::vector<std::string> wanted = kWanted;
  while (true) {
    call.body = jsonapi::dump(hook_body(spec, wanted));
    auto saved = api_.fetch(call);
    if (saved) {
      std::string saved_id = id_text(*saved, "id");
      return saved_id.empty() ? id : saved_id;
    }
    const base::Error& error = saved.error();
    const bool may_be_events = error.code == base::Code::kInvalid && contains_ignoring_case(error.message, "event");
    if (!may_be_events || wanted.empty()) return explained(error, repository);
    wanted = fewer(std::move(wanted), error.message);
  }
}

base::Status DataCenterProvider::delete_hook(const Repository& repository, const std::string& id) const {
  auto deleted = api_.expect({"DELETE", "/rest/api/1.0" + hooks_path(repository) + "/" + base::url_encode(id),
                              "delete the webhook of " + repository.path});
  if (!deleted && deleted.error().code != base::Code::kNotFound)
    return explained(std::move(deleted).error(), repository);
  return {};
}

base::Result<InstalledHook> DataCenterProvider::ensure_hook(const Repository& repository, const HookSpec& spec) {
  ASSIGN_OR_RETURN(std::vector<Hook> hooks, hooks_of(repository));
  std::erase_if(hooks, [&](const Hook& hook) { return hook.url != spec.url || hook.id.empty(); });
  ASSIGN_OR_RETURN(std::string id, save_hook(repository, hooks.empty() ? "" : hooks.front().id, spec));
  if (id.empty()) return base::upstream("Bitbucket created a webhook but did not tell its id.");
  for (std::size_t i = 1; i < hooks.size(); ++i) RETURN_IF_ERROR(delete_hook(repository, hooks[i].id));
  return InstalledHook{{std::move(id)}};
}

base::Result<HookState> DataCenterProvider::hook_state(const Repository& repository, const InstalledHook& hook,
                                                       std::string_view url) {
  ASSIGN_OR_RETURN(const std::vector<Hook> hooks, hooks_of(repository));
  for (const Hook& candidate : hooks) {
    if (candidate.url != url || !(hook.ids.empty() || contains(hook.ids, candidate.id))) continue;
    const bool has_events = std::all_of(std::begin(kNeeded), std::end(kNeeded),
                                        [&](const char* event) { return contains(candidate.events, event); });
    return candidate.active && has_events ? HookState::kActive : HookState::kDisabled;
  }
  return HookState::kMissing;
}

base::Status DataCenterProvider::remove_hook(const Repository& repository, const InstalledHook& hook,
                                             std::string_view url) {
  ASSIGN_OR_RETURN(const std::vector<Hook> hooks, hooks_of(repository));
  for (const Hook& candidate : hooks) {
    if (contains(hook.ids, candidate.id) || candidate.url == url)
      RETURN_IF_ERROR(delete_hook(repository, candidate.id));
  }
  return {};
}

}  // namespace vcs::bitbucket_data_center
