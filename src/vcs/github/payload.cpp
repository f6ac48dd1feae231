#include "vcs/github/payload.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "jsonapi/json.h"
#include "vcs/payload.h"
#include "vcs/ref_name.h"
#include "vcs/signature.h"

namespace vcs::github {
namespace {

using jsonapi::get_boolean;
using jsonapi::get_text;
using nlohmann::json;

RepositoryRef repository_of(const json& body) {
  return {id_text(body, "repository.id"), get_text(body, "repository.full_name"),
          get_text(body, "repository.default_branch")};
}

Person sender_of(const json& body) {
  return {id_text(body, "sender.id"), get_text(body, "sender.login"), get_text(body, "sender.avatar_url"),
          get_text(body, "sender.html_url")};
}

base::Result<Parsed> parse_push(std::string event, const json& body) {
  Push push;
  push.repository = repository_of(body);
  RETURN_IF_ERROR(check_repository(push.repository));
  push.forced = get_boolean(body, "forced");
  push.compare_url = get_text(body, "compare");
  push.sender = sender_of(body);
  std::string after = get_text(body, "after");
  if (!is_zero_commit(after)) {
    // For an annotated tag `after` is the tag object, and head_commit what it points at.
    after = get_text(body, "head_commit.id", after);
    push.head = {after, get_text(body, "head_commit.message"), get_text(body, "head_commit.author.name"),
                 get_text(body, "head_commit.url")};
  }
  PushList pushes;
  pushes.add(std::move(push), get_text(body, "ref"), get_text(body, "before"), after);
  return std::move(pushes).finish(std::move(event));
}

// Nothing for actions that ask for no run.
std::optional<PullRequestAction> action_of(const json& body) {
  const std::string action = get_text(body, "action");
  if (action == "opened") return PullRequestAction::kOpened;
  if (action == "synchronize" || action == "ready_for_review") return PullRequestAction::kUpdated;
  if (action == "reopened") return PullRequestAction::kReopened;
  if (action == "closed") {
    return get_boolean(body, "pull_request.merged") ? PullRequestAction::kMerged : PullRequestAction::kClosed;
  }
  if (action == "edited" && jsonapi::find(body, "changes.base") != nullptr) return PullRequestAction::kEdited;
  return std::nullopt;
}

bool is_from_fork(const json& body) {
  const std::string head = id_text(body, "pull_request.head.repo.id");
  return head.empty() || head != id_text(body, "pull_request.base.repo.id");
}

base::Result<Parsed> parse_pull_request(std::string event, const json& body) {
  PullRequest request;
  request.repository = repository_of(body);
  RETURN_IF_ERROR(check_repository(request.repository));
  const std::optional<PullRequestAction> action = action_of(body);
  if (!action) return ignored(std::move(event), "pull request action '" + get_text(body, "action") + "' needs no run");
  request.action = *action;
  ASSIGN_OR_RETURN(request.number, read_number(body, "pull_request.number"));
  request.title = get_text(body, "pull_request.title");
  request.body = get_text(body, "pull_request.body");
  request.url = get_text(body, "pull_request.html_url");
  request.source_branch = get_text(body, "pull_request.head.ref");
  request.target_branch = get_text(body, "pull_request.base.ref");
  request.from_fork = is_from_fork(body);
  request.draft = get_boolean(body, "pull_request.draft");
  RETURN_IF_ERROR(check_branches(request));
  ASSIGN_OR_RETURN(request.head_sha, required_commit(get_text(body, "pull_request.head.sha"), "The head commit"));
  ASSIGN_OR_RETURN(request.base_sha, commit_or_nothing(get_text(body, "pull_request.base.sha")));
  ASSIGN_OR_RETURN(request.merge_sha, commit_or_nothing(get_text(body, "pull_request.merge_commit_sha")));
  request.head.sha = request.head_sha;
  request.sender = sender_of(body);
  return one_event(std::move(event), std::move(request));
}

std::string owner_part(std::string_view path) { return std::string(path.substr(0, path.find('/'))); }
std::string name_part(std::string_view path) { return std::string(path.substr(path.find('/') + 1)); }

base::Result<Parsed> parse_repository(std::string event, const json& body) {
  RepositoryRenamed renamed;
  renamed.repository = repository_of(body);
  RETURN_IF_ERROR(check_repository(renamed.repository));
  const std::string action = get_text(body, "action");
  const std::string& path = renamed.repository.path;
  if (action == "renamed") {
    renamed.old_path = owner_part(path) + "/" + get_text(body, "changes.repository.name.from");
  } else if (action == "transferred") {
    const std::string user = get_text(body, "changes.owner.from.user.login");
    renamed.old_path =
        (user.empty() ? get_text(body, "changes.owner.from.organization.login") : user) + "/" + name_part(path);
  } else {
    return ignored(std::move(event), "repository action '" + action + "' needs nothing");
  }
  return one_event(std::move(event), std::move(renamed));
}

}  // namespace

base::Result<Verified> verify_delivery(const base::Headers& headers, std::string_view body,
                                       const base::Secret& secret) {
  RETURN_IF_ERROR(verify_hmac_sha256(headers, "X-Hub-Signature-256", body, secret));
  ASSIGN_OR_RETURN(const std::string_view delivery, single_header(headers, "X-GitHub-Delivery"));
  ASSIGN_OR_RETURN(const std::string_view event, single_header(headers, "X-GitHub-Event"));
  return Verified{std::string(delivery), std::string(event)};
}

base::Result<Parsed> parse(const base::Headers& headers, std::string_view body) {
  std::string event(headers.get_or("X-GitHub-Event"));
  if (event.empty()) return base::invalid("The delivery has no X-GitHub-Event header.");
  ASSIGN_OR_RETURN(const json payload, read_payload(body));
  if (event == "ping") {
    Ping ping{get_text(payload, "zen", "ping")};
    return one_event(std::move(event), std::move(ping));
  }
  if (event == "push") return parse_push(std::move(event), payload);
  if (event == "pull_request") return parse_pull_request(std::move(event), payload);
  if (event == "repository") return parse_repository(std::move(event), payload);
  if (event == "create" || event == "delete") {
    return ignored(std::move(event), "the push event tells the same");
  }
  if (event == "meta") return ignored(std::move(event), "the webhook was deleted at GitHub");
  std::string reason = "event '" + event + "' is not used";
  return ignored(std::move(event), std::move(reason));
}

}  // namespace vcs::github
