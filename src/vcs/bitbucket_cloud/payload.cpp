#include "vcs/bitbucket_cloud/payload.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "jsonapi/json.h"
#include "vcs/payload.h"
#include "vcs/ref_name.h"
#include "vcs/signature.h"

namespace vcs::bitbucket_cloud {
namespace {

using jsonapi::get_text;
using nlohmann::json;

RepositoryRef repository_of(const json& body) {
  return {get_text(body, "repository.uuid"), get_text(body, "repository.full_name"), {}};
}

Person actor_of(const json& body) {
  return {get_text(body, "actor.uuid"), get_text(body, "actor.nickname", get_text(body, "actor.display_name")),
          get_text(body, "actor.links.avatar.href"), get_text(body, "actor.links.html.href")};
}

// "Jane Doe <jane@example.com>" -> "Jane Doe"
std::string author_of(const json& commit) {
  const std::string raw = get_text(commit, "author.raw");
  return get_text(commit, "author.user.display_name", base::trim(raw.substr(0, raw.find('<'))));
}

CommitInfo head_of(const json& target) {
  return {get_text(target, "hash"), get_text(target, "message"), author_of(target),
          get_text(target, "links.html.href")};
}

void add_change(PushList& pushes, Push push, const json& change) {
  const bool is_deleted = get_text(change, "new.name").empty();
  const std::string side = is_deleted ? "old" : "new";
  push.forced = jsonapi::get_boolean(change, "forced");
  push.compare_url = get_text(change, "links.html.href");
  if (const json* target = jsonapi::find(change, "new.target")) push.head = head_of(*target);
  const bool is_tag = get_text(change, side + ".type") == "tag";
  const std::string name = get_text(change, side + ".name");
  const std::string ref = name.empty() ? "" : (is_tag ? "refs/tags/" : "refs/heads/") + name;
  pushes.add(std::move(push), ref, get_text(change, "old.target.hash"), get_text(change, "new.target.hash"));
}

base::Result<Parsed> parse_push(std::string event, const json& body) {
  Push push;
  push.repository = repository_of(body);
  RETURN_IF_ERROR(check_repository(push.repository));
  push.sender = actor_of(body);
  PushList pushes;
  for (const json& change : jsonapi::get_array(body, "push.changes")) add_change(pushes, push, change);
  return std::move(pushes).finish(std::move(event));
}

std::optional<PullRequestAction> action_of(const std::string& event) {
  if (event == "pullrequest:created") return PullRequestAction::kOpened;
  if (event == "pullrequest:updated") return PullRequestAction::kUpdated;
  if (event == "pullrequest:fulfilled") return PullRequestAction::kMerged;
  if (event == "pullrequest:rejected") return PullRequestAction::kClosed;
  return std::nullopt;
}

// 12 characters as a rule; "" if it is not there.
base::Result<std::string> short_commit(const json& body, std::string_view path) {
  const std::string hash = get_text(body, path);
  if (hash.empty() || is_abbreviated_commit(hash)) return base::to_lower(hash);
  return base::invalid("The payload's \"" + std::string(path) + "\" is not a commit id.");
}

base::Result<Parsed> parse_pull_request(std::string event, PullRequestAction action, const json& body) {
  PullRequest request;
  request.repository = repository_of(body);
  RETURN_IF_ERROR(check_repository(request.repository));
  request.action = action;
  ASSIGN_OR_RETURN(request.number, read_number(body, "pullrequest.id"));
  request.title = get_text(body, "pullrequest.title");
  request.body = get_text(body, "pullrequest.description");
  request.url = get_text(body, "pullrequest.links.html.href");
  request.source_branch = get_text(body, "pullrequest.source.branch.name");
  request.target_branch = get_text(body, "pullrequest.destination.branch.name");
  // Null when the fork is gone.
  request.from_fork = get_text(body, "pullrequest.source.repository.uuid") != request.repository.id;
  request.draft = jsonapi::get_boolean(body, "pullrequest.draft");
  RETURN_IF_ERROR(check_branches(request));
  ASSIGN_OR_RETURN(request.head_sha, short_commit(body, "pullrequest.source.commit.hash"));
  ASSIGN_OR_RETURN(request.base_sha, short_commit(body, "pullrequest.destination.commit.hash"));
  ASSIGN_OR_RETURN(request.merge_sha, short_commit(body, "pullrequest.merge_commit.hash"));
  const bool is_open = action == PullRequestAction::kOpened || action == PullRequestAction::kUpdated;
  if (request.head_sha.empty() && is_open) return base::invalid("The payload does not name the head commit.");
  request.head.sha = request.head_sha;
  request.head.url = get_text(body, "pullrequest.source.commit.links.html.href");
  request.sender = actor_of(body);
  return one_event(std::move(event), std::move(request));
}

base::Result<Parsed> parse_updated(std::string event, const json& body) {
  RepositoryRenamed renamed;
  renamed.repository = repository_of(body);
  renamed.old_path = get_text(body, "changes.full_name.old");
  if (renamed.old_path.empty()) return ignored(std::move(event), "the repository kept its name");
  renamed.repository.path = get_text(body, "changes.full_name.new", renamed.repository.path);
  RETURN_IF_ERROR(check_repository(renamed.repository));
  return one_event(std::move(event), std::move(renamed));
}

}  // namespace

base::Result<Verified> verify_delivery(const base::Headers& headers, std::string_view body,
                                       const base::Secret& secret) {
  RETURN_IF_ERROR(verify_hmac_sha256(headers, "X-Hub-Signature", body, secret));
  ASSIGN_OR_RETURN(const std::string_view delivery, single_header(headers, "X-Request-UUID"));
  ASSIGN_OR_RETURN(const std::string_view event, single_header(headers, "X-Event-Key"));
  return Verified{std::string(delivery), std::string(event)};
}

base::Result<Parsed> parse(const base::Headers& headers, std::string_view body) {
  std::string event(headers.get_or("X-Event-Key"));
  if (event.empty()) return base::invalid("The delivery has no X-Event-Key header.");
  ASSIGN_OR_RETURN(const json payload, read_payload(body));
  if (event == "repo:push") return parse_push(std::move(event), payload);
  if (const auto action = action_of(event)) return parse_pull_request(std::move(event), *action, payload);
  if (event == "repo:updated") return parse_updated(std::move(event), payload);
  std::string reason = "event '" + event + "' is not used";
  return ignored(std::move(event), std::move(reason));
}

}  // namespace vcs::bitbucket_cloud
