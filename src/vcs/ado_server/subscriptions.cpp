#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "jsonapi/json.h"
#include "vcs/ado_server/ado_provider.h"
#include "vcs/ado_server/payload.h"

namespace vcs::ado_server {
namespace {

using jsonapi::get_text;
using nlohmann::json;

// A subscription carries one event type, so a hook is four of them.
constexpr const char* kEvents[] = {"git.push", "git.pullrequest.created", "git.pullrequest.updated",
                                   "git.pullrequest.merged"};
constexpr const char* kCall = "/_apis/hooks/subscriptions";

json subscription_body(const char* event, const std::string& project_id, const Repository& repository,
                       const HookSpec& spec) {
  json consumer = {{"url", spec.url},
                   {"basicAuthUsername", kDeliveryUser},
                   {"basicAuthPassword", spec.secret.reveal()},
                   {"resourceDetailsToSend", "all"},
                   {"messagesToSend", "none"},
                   {"detailedMessagesToSend", "none"}};
  if (spec.insecure_tls) consumer["acceptUntrustedCerts"] = "true";
  return {{"publisherId", "tfs"},
          {"eventType", event},
          {"resourceVersion", "1.0"},
          {"consumerId", "webHooks"},
          {"consumerActionId", "httpRequest"},
          {"status", "enabled"},
          // Without a project the server asks for rights on the whole collection.
          {"publisherInputs", {{"projectId", project_id}, {"repository", repository.id}, {"branch", ""}}},
          {"consumerInputs", std::move(consumer)}};
}

base::Error explained(base::Error error) {
  if (error.code == base::Code::kForbidden || error.code == base::Code::kUnauthorized) {
    error.message +=
        " Service hooks need the permissions \"View subscriptions\" and \"Edit subscriptions\" of the project "
        "(by default only Project Administrators have them) and a token with the scope Code (read).";
  }
  return error;
}

bool contains(const std::vector<std::string>& ids, const std::string& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace

base::Result<std::vector<AdoProvider::Subscription>> AdoProvider::subscriptions_to(std::string_view url) const {
  const std::string query = "?publisherId=tfs&consumerId=webHooks&consumerActionId=httpRequest";
  const auto body = fetch({"GET", kCall + query, "list the service hooks", {}, std::size_t{32} << 20U});
  if (!body) return explained(body.error());
  std::vector<Subscription> found;
  for (const json& item : jsonapi::get_array(*body, "value")) {
    Subscription one{get_text(item, "id"), get_text(item, "eventType"), get_text(item, "consumerInputs.url"),
                     get_text(item, "status", "enabled")};
    if (!one.id.empty() && one.url == url) found.push_back(std::move(one));
  }
  return found;
}

base::Result<std::string> AdoProvider::save_subscription(const std::string& id, const std::string& body) const {
  const bool is_new = id.empty();
  auto saved = fetch({is_new ? "POST" : "PUT", is_new ? kCall : kCall + ("/" + base::url_encode(id)),
                      is_new ? "create the service hook" : "update the service hook", body});
  if (!saved) return explained(std::move(saved).error());
  std::string saved_id = get_text(*saved, "id", id);
  if (saved_id.empty()) return base::upstream("Azure DevOps created a service hook but did not tell its id.");
  return saved_id;
}

base::Status AdoProvider::delete_subscription(const std::string& id) const {
  auto deleted = expect({"DELETE", kCall + ("/" + base::url_encode(id)), "delete the service hook"});
  if (!deleted && deleted.error().code != base::Code::kNotFound) return explained(std::move(deleted).error());
  return {};
}

base::Result<InstalledHook> AdoProvider::ensure_hook(const Repository& repository, const HookSpec& spec) {
  ASSIGN_OR_RETURN(const json details, fetch({"GET", "/_apis/git/repositories/" + base::url_encode(repository.id),
                                              "find the project of " + repository.path}));
  const std::string project_id = get_text(details, "project.id");
  if (project_id.empty()) return base::upstream("Azure DevOps does not tell the project of " + repository.path + ".");
  ASSIGN_OR_RETURN(std::vector<Subscription> present, subscriptions_to(spec.url));
  InstalledHook hook;
  for (const char* event : kEvents) {
    const auto existing =
        std::find_if(present.begin(), present.end(), [&](const Subscription& one) { return one.event == event; });
    std::string id;
    if (existing != present.end()) {
      id = existing->id;
      present.erase(existing);
    }
    // The password reads back masked, so an existing subscription is always written whole.
    ASSIGN_OR_RETURN(id, save_subscription(id, jsonapi::dump(subscription_body(event, project_id, repository, spec))));
    hook.ids.push_back(std::move(id));
  }
  for (const Subscription& surplus : present) RETURN_IF_ERROR(delete_subscription(surplus.id));
  return hook;
}

base::Result<HookState> AdoProvider::hook_state(const Repository&, const InstalledHook& hook, std::string_view url) {
  ASSIGN_OR_RETURN(std::vector<Subscription> present, subscriptions_to(url));
  if (!hook.ids.empty()) std::erase_if(present, [&](const Subscription& one) { return !contains(hook.ids, one.id); });
  if (present.empty()) return HookState::kMissing;
  const bool is_whole = std::all_of(std::begin(kEvents), std::end(kEvents), [&](const char* event) {
    return std::any_of(present.begin(), present.end(),
                       [&](const Subscription& one) { return one.event == event && one.status == "enabled"; });
  });
  return is_whole ? HookState::kActive : HookState::kDisabled;
}

base::Status AdoProvider::remove_hook(const Repository&, const InstalledHook& hook, std::string_view url) {
  ASSIGN_OR_RETURN(const std::vector<Subscription> present, subscriptions_to(url));
  std::vector<std::string> ids = hook.ids;
  for (const Subscription& one : present) {
    if (!contains(ids, one.id)) ids.push_back(one.id);
  }
  for (const std::string& id : ids) RETURN_IF_ERROR(delete_subscription(id));
  return {};
}

}  // namespace vcs::ado_server
