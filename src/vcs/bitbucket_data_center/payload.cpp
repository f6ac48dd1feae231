#include "vcs/bitbucket_data_center/payload.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "jsonapi/json.h"
#include "vcs/payload.h"
#include "vcs/ref_name.h"
#include "vcs/signature.h"

namespace vcs::bitbucket_data_center {
namespace {

using jsonapi::get_text;
using nlohmann::json;

constexpr std::string_view kTestEvent = "diagnostics:ping";
constexpr std::string_view kSignature = "X-Hub-Signature";

bool is_test_body(std::string_view body) {
  if (body.size() > 64) return false;
  const auto payload = jsonapi::parse(body);
  return payload && *payload == json{{"test", true}};
}

RepositoryRef repository_at(const json& body, const std::string& path) {
  RepositoryRef repository;
  repository.id = id_text(body, path + ".id");
  const std::string project = get_text(body, path + ".project.key");
  const std::string slug = get_text(body, path + ".slug");
  if (!project.empty() && !slug.empty()) repository.path = project + "/" + slug;
  return repository;
}

std::string self_link(const json& thing, std::string_view path) {
  const json& links = jsonapi::get_array(thing, std::string(path) + ".links.self");
  return links.empty() ? std::string() : get_text(links.front(), "href");
}

Person actor_of(const json& body) {
  return {id_text(body, "actor.id"), get_text(body, "actor.name"), {}, self_link(body, "actor")};
}

// Newer servers list up to five commits and the newest one as toCommit.
CommitInfo head_of(const json& body, const std::string& sha) {
  CommitInfo head;
  if (sha.empty() || is_zero_commit(sha)) return head;
  head.sha = sha;
  const auto take = [&](const json& commit) {
    if (get_text(commit, "id") != sha) return;
    head.message = get_text(commit, "message");
    head.author = get_text(commit, "author.displayName", get_text(commit, "author.name"));
  };
  if (const json* commit = jsonapi::find(body, "toCommit")) take(*commit);
  for (const json& commit : jsonapi::get_array(body, "commits")) take(commit);
  return head;
}

base::Result<Parsed> parse_push(std::string event, const json& body) {
  Push push;
  push.repository = repository_at(body, "repository");
  RETURN_IF_ERROR(check_repository(push.repository));
  push.sender = actor_of(body);
  PushList pushes;
  for (const json& change : jsonapi::get_array(body, "changes")) {
    const std::string after = get_text(change, "toHash");
    push.head = head_of(body, after);
    pushes.add(push, get_text(change, "ref.id", get_text(change, "refId")), get_text(change, "fromHash"), after);
  }
  return std::move(pushes).finish(std::move(event));
}

// Nothing for events that ask for no run.
std::optional<PullRequestAction> action_of(const std::string& event, const json& body) {
  if (event == "pr:opened") return PullRequestAction::kOpened;
  if (event == "pr:from_ref_updated") return PullRequestAction::kUpdated;
  if (event == "pr:reopened") return PullRequestAction::kReopened;
  if (event == "pr:merged") return PullRequestAction::kMerged;
  if (event == "pr:declined" || event == "pr:deleted") return PullRequestAction::kClosed;
  const std::string old_target = get_text(body, "previousTarget.id");
  const bool has_new_target = !old_target.empty() && old_target != get_text(body, "pullRequest.toRef.id");
  if (event == "pr:modified" && has_new_target) return PullRequestAction::kEdited;
  return std::nullopt;
}

// The source may be a tag.
std::string short_name(const json& body, const std::string& path) {
  const std::string id = get_text(body, path + ".id");
  const std::optional<Ref> ref = split_ref(id);
  return ref ? ref->name : get_text(body, path + ".displayId", id);
}

base::Result<Parsed> parse_pull_request(std::string event, const json& body) {
  const std::optional<PullRequestAction> action = action_of(event, body);
  if (!action) return ignored(event, "event '" + event + "' needs no run");
  PullRequest request;
  request.repository = repository_at(body, "pullRequest.toRef.repository");
  RETURN_IF_ERROR(check_repository(request.repository));
  request.action = *action;
  ASSIGN_OR_RETURN(request.number, read_number(body, "pullRequest.id"));
  request.title = get_text(body, "pullRequest.title");
  request.body = get_text(body, "pullRequest.description");
  request.url = self_link(body, "pullRequest");
  request.source_branch = short_name(body, "pullRequest.fromRef");
  request.target_branch = short_name(body, "pullRequest.toRef");
  request.from_fork = id_text(body, "pullRequest.fromRef.repository.id") != request.repository.id;
  request.draft = jsonapi::get_boolean(body, "pullRequest.draft");
  RETURN_IF_ERROR(check_branches(request));
  ASSIGN_OR_RETURN(request.head_sha,
                   required_commit(get_text(body, "pullRequest.fromRef.latestCommit"), "The head commit"));
  ASSIGN_OR_RETURN(request.base_sha, commit_or_nothing(get_text(body, "pullRequest.toRef.latestCommit")));
  ASSIGN_OR_RETURN(request.merge_sha, commit_or_nothing(get_text(body, "pullRequest.properties.mergeCommit.id")));
  request.head.sha = request.head_sha;
  request.sender = actor_of(body);
  return one_event(std::move(event), std::move(request));
}

base::Result<Parsed> parse_modified(std::string event, const json& body) {
  RepositoryRenamed renamed;
  renamed.repository = repository_at(body, "new");
  RETURN_IF_ERROR(check_repository(renamed.repository));
  renamed.old_path = repository_at(body, "old").path;
  if (renamed.old_path.empty() || renamed.old_path == renamed.repository.path) {
    return ignored(std::move(event), "the repository kept its name");
  }
  return one_event(std::move(event), std::move(renamed));
}

}  // namespace

base::Result<Verified> verify_delivery(const base::Headers& headers, std::string_view body,
                                       const base::Secret& secret) {
  ASSIGN_OR_RETURN(const std::string_view delivery, single_header(headers, "X-Request-Id"));
  ASSIGN_OR_RETURN(const std::string_view event, single_header(headers, "X-Event-Key"));
  const bool is_unsigned_test = event == kTestEvent && !headers.has(kSignature) && is_test_body(body);
  if (!is_unsigned_test) RETURN_IF_ERROR(verify_hmac_sha256(headers, kSignature, body, secret));
  return Verified{std::string(delivery), std::string(event), !is_unsigned_test};
}

base::Result<Parsed> parse(const base::Headers& headers, std::string_view body) {
  std::string event(headers.get_or("X-Event-Key"));
  if (event.empty()) return base::invalid("The delivery has no X-Event-Key header.");
  ASSIGN_OR_RETURN(const json payload, read_payload(body));
  if (event == kTestEvent) return one_event(std::move(event), Ping{"connection test"});
  if (event == "repo:refs_changed") return parse_push(std::move(event), payload);
  if (event == "repo:modified") return parse_modified(std::move(event), payload);
  if (event.starts_with("pr:")) return parse_pull_request(std::move(event), payload);
  std::string reason = "event '" + event + "' is not used";
  return ignored(std::move(event), std::move(reason));
}

}  // namespace vcs::bitbucket_data_center
