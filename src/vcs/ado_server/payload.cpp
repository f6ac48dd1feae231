#include "vcs/ado_server/payload.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "jsonapi/json.h"
#include "vcs/pasted_url.h"
#include "vcs/payload.h"
#include "vcs/ref_name.h"
#include "vcs/signature.h"

namespace vcs::ado_server {
namespace {

using jsonapi::get_text;
using nlohmann::json;

// Ids of the canned events that the Test button sends; with them comes no subscription, or one of zeros.
constexpr std::string_view kSampleIds[] = {
    "03c164c2-8912-4d5e-8009-3707d5f83734",  // git.push
    "2ab4e3d3-b7a6-425e-92b1-5a9982c1269e",  // git.pullrequest.created
    "af07be1b-f3ad-44c8-a7f1-c4835f2df06b",  // git.pullrequest.updated, comment
    "6872ee8c-b333-4eff-bfb9-0d5274943566",  // git.pullrequest.merged
};

bool is_test_event(const json& body) {
  const std::string subscription = get_text(body, "subscriptionId");
  if (!subscription.empty()) return subscription.find_first_not_of("0-") == std::string::npos;
  return std::find(std::begin(kSampleIds), std::end(kSampleIds), get_text(body, "id")) != std::end(kSampleIds);
}

RepositoryRef repository_of(const json& resource) {
  const std::string project = get_text(resource, "repository.project.name");
  const std::string name = get_text(resource, "repository.name");
  RepositoryRef repository;
  repository.id = base::to_lower(get_text(resource, "repository.id"));
  if (!project.empty() && !name.empty()) repository.path = project + "/_git/" + name;
  repository.default_branch = short_branch(get_text(resource, "repository.defaultBranch"));
  return repository;
}

Person person(const json& resource, const std::string& member) {
  return {get_text(resource, member + ".id"),
          get_text(resource, member + ".displayName"),
          get_text(resource, member + ".imageUrl"),
          {}};
}

// The repository's page; payloads carry user-info and raw spaces in it.
std::string page_of(const json& resource) {
  return clean_clone_url(get_text(resource, "repository.webUrl", get_text(resource, "repository.remoteUrl")));
}

// The commit list may be missing, or cut short.
CommitInfo head_of(const json& resource, const std::string& sha) {
  CommitInfo head;
  if (sha.empty() || is_zero_commit(sha)) return head;
  head.sha = sha;
  if (const std::string page = page_of(resource); !page.empty()) head.url = page + "/commit/" + sha;
  for (const json& commit : jsonapi::get_array(resource, "commits")) {
    if (get_text(commit, "commitId") != sha) continue;
    head.message = get_text(commit, "comment");
    head.author = get_text(commit, "author.name");
  }
  return head;
}

std::string compare_url(const json& resource, const std::string& before, const std::string& after) {
  const std::string page = page_of(resource);
  if (page.empty() || !is_commit_id(before) || !is_commit_id(after)) return {};
  return page + "/branchCompare?baseVersion=GC" + before + "&targetVersion=GC" + after;
}

base::Result<Parsed> parse_push(std::string event, const json& body) {
  static const json kNone = json::object();
  const json* found = jsonapi::find(body, "resource");
  const json& resource = found == nullptr ? kNone : *found;
  Push push;
  push.repository = repository_of(resource);
  RETURN_IF_ERROR(check_repository(push.repository));
  push.sender = person(resource, "pushedBy");
  PushList pushes;
  for (const json& update : jsonapi::get_array(resource, "refUpdates")) {
    const std::string before = get_text(update, "oldObjectId");
    const std::string after = get_text(update, "newObjectId");
    push.forced = jsonapi::get_boolean(update, "forced");
    push.head = head_of(resource, after);
    push.compare_url = compare_url(resource, before, after);
    pushes.add(push, get_text(update, "name"), before, after);
  }
  return std::move(pushes).finish(std::move(event));
}

// Nothing if this delivery tells no news. git.pullrequest.merged means "a merge was tried" and comes for every new
// commit of an open pull request, beside git.pullrequest.updated.
std::optional<PullRequestAction> action_of(const std::string& event, const std::string& status) {
  if (status == "completed") return PullRequestAction::kMerged;
  if (status == "abandoned") return PullRequestAction::kClosed;
  if (event == "git.pullrequest.merged") return std::nullopt;
  return event == "git.pullrequest.created" ? PullRequestAction::kOpened : PullRequestAction::kUpdated;
}

base::Result<PullRequest> read_pull_request(const json& body, PullRequestAction action) {
  const json& resource = body.at("resource");
  PullRequest request;
  request.repository = repository_of(resource);
  RETURN_IF_ERROR(check_repository(request.repository));
  request.action = action;
  ASSIGN_OR_RETURN(request.number, read_number(resource, "pullRequestId"));
  request.title = get_text(resource, "title");
  request.body = get_text(resource, "description");
  if (const std::string page = page_of(resource); !page.empty()) {
    request.url = page + "/pullrequest/" + std::to_string(request.number);
  }
  request.source_branch = short_branch(get_text(resource, "sourceRefName"));
  request.target_branch = short_branch(get_text(resource, "targetRefName"));
  request.from_fork = jsonapi::find(resource, "forkSource") != nullptr && resource.at("forkSource").is_object();
  request.draft = jsonapi::get_boolean(resource, "isDraft");
  RETURN_IF_ERROR(check_branches(request));
  ASSIGN_OR_RETURN(request.head_sha,
                   required_commit(get_text(resource, "lastMergeSourceCommit.commitId"), "The head commit"));
  ASSIGN_OR_RETURN(request.base_sha, commit_or_nothing(get_text(resource, "lastMergeTargetCommit.commitId")));
  ASSIGN_OR_RETURN(request.merge_sha, commit_or_nothing(get_text(resource, "lastMergeCommit.commitId")));
  request.head = head_of(resource, request.head_sha);
  request.sender = person(resource, "createdBy");
  return request;
}

base::Result<Parsed> parse_pull_request(std::string event, const json& body) {
  const std::optional<PullRequestAction> action = action_of(event, get_text(body, "resource.status"));
  if (!action) return ignored(std::move(event), "a merge was tried; the update of the pull request tells the same");
  if (jsonapi::find(body, "resource") == nullptr) return base::invalid("The payload has no resource.");
  ASSIGN_OR_RETURN(PullRequest request, read_pull_request(body, *action));
  return one_event(std::move(event), std::move(request));
}

base::Result<Parsed> parse_rename(std::string event, const json& body) {
  RepositoryRenamed renamed;
  const json* resource = jsonapi::find(body, "resource");
  if (resource == nullptr) return base::invalid("The payload has no resource.");
  renamed.repository = repository_of(*resource);
  RETURN_IF_ERROR(check_repository(renamed.repository));
  renamed.old_path = get_text(*resource, "repository.project.name") + "/_git/" + get_text(*resource, "oldName");
  return one_event(std::move(event), std::move(renamed));
}

}  // namespace

base::Result<Verified> verify_delivery(const base::Headers& headers, std::string_view body,
                                       const base::Secret& secret) {
  RETURN_IF_ERROR(verify_basic(headers, kDeliveryUser, secret));
  Verified verified;
  const auto payload = read_payload(body);
  if (!payload) return verified;  // authentic, though unreadable: parse() says why
  verified.event_name = get_text(*payload, "eventType");
  const std::string subscription = get_text(*payload, "subscriptionId");
  const std::string notification = id_text(*payload, "notificationId");
  if (!subscription.empty() && !notification.empty() && !is_test_event(*payload)) {
    verified.delivery_id = subscription + "/" + notification;
  }
  return verified;
}

base::Result<Parsed> parse(const base::Headers&, std::string_view body) {
  ASSIGN_OR_RETURN(const json payload, read_payload(body));
  std::string event = get_text(payload, "eventType");
  if (event.empty()) return base::invalid("The payload has no eventType: it is not from an Azure DevOps service hook.");
  if (is_test_event(payload)) {
    Ping ping{"test event " + event};
    return one_event(std::move(event), std::move(ping));
  }
  if (event == "git.push") return parse_push(std::move(event), payload);
  if (event == "git.pullrequest.created" || event == "git.pullrequest.updated" || event == "git.pullrequest.merged") {
    return parse_pull_request(std::move(event), payload);
  }
  if (event == "git.repo.renamed") return parse_rename(std::move(event), payload);
  std::string reason = "event '" + event + "' is not used";
  return ignored(std::move(event), std::move(reason));
}

}  // namespace vcs::ado_server
