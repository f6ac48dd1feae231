#include "runs/trigger_event.h"

#include "base/strings.h"

namespace runs {
namespace {

constexpr std::size_t kTextBytes = 16'384;

std::string limited(const std::string& text) { return base::shorten(base::to_valid_utf8(text), kTextBytes); }

void note_sender(Ingress& ingress, const vcs::Person& sender) {
  ingress.sender_username = limited(sender.name);
  ingress.sender_avatar_url = limited(sender.avatar_url);
  ingress.sender_html_url = limited(sender.html_url);
}

void note_commit(Ingress& ingress, const vcs::CommitInfo& commit) {
  ingress.commit_message = limited(commit.message);
  ingress.commit_url = limited(commit.url);
}

TriggerEvent from_push(const webhooks::DeliveryContext& context, const vcs::Push& push) {
  const bool tag = push.ref_kind == vcs::RefKind::kTag;
  TriggerEvent event;
  event.kind = tag ? "tag" : "push";
  event.facts.kind = tag ? workspaces::EventFacts::Kind::kTagPush : workspaces::EventFacts::Kind::kBranchPush;
  event.facts.ref = push.ref;
  event.facts.default_branch = push.repository.default_branch;
  if (push.after.empty()) event.facts.no_work = tag ? "tag deleted" : "branch deleted";
  event.commit = push.after;
  event.before = push.before;
  event.refs = {(tag ? "refs/tags/" : "refs/heads/") + push.ref};
  (tag ? event.ingress.tag : event.ingress.branch) = limited(push.ref);
  event.ingress.identifier = context.repository_path;
  event.ingress.compare_url = limited(push.compare_url);
  event.ingress.on_default_branch = !tag && push.ref == push.repository.default_branch;
  note_commit(event.ingress, push.head);
  note_sender(event.ingress, push.sender);
  return event;
}

std::string no_work_of(vcs::PullRequestAction action) {
  switch (action) {
    case vcs::PullRequestAction::kClosed: return "pull request closed";
    case vcs::PullRequestAction::kMerged: return "pull request merged";
    case vcs::PullRequestAction::kEdited: return "pull request edited, no new commits";
    default: return "";
  }
}

TriggerEvent from_pull_request(const webhooks::DeliveryContext& context, const vcs::PullRequest& request) {
  TriggerEvent event;
  event.kind = "pull-request";
  event.facts.kind = workspaces::EventFacts::Kind::kPullRequest;
  event.facts.ref = request.source_branch;
  event.facts.target_branch = request.target_branch;
  event.facts.default_branch = request.repository.default_branch;
  event.facts.from_fork = request.from_fork;
  event.facts.no_work = no_work_of(request.action);
  event.commit = request.head_sha;
  event.base = request.base_sha;
  event.refs = {"refs/heads/" + request.target_branch};
  if (!request.from_fork) event.refs.push_back("refs/heads/" + request.source_branch);
  auto& ingress = event.ingress;
  ingress.branch = limited(request.source_branch);
  ingress.identifier = context.repository_path;
  ingress.is_pull_request = true;
  ingress.from_fork = request.from_fork;
  ingress.pull_request_number = request.number;
  ingress.pull_request_url = limited(request.url);
  ingress.pull_request_title = limited(request.title);
  ingress.pull_request_body = limited(request.body);
  note_commit(ingress, request.head);
  note_sender(ingress, request.sender);
  return event;
}

}  // namespace

std::optional<TriggerEvent> trigger_event(const webhooks::DeliveryContext& context, const vcs::Event& event) {
  if (const auto* push = std::get_if<vcs::Push>(&event)) return from_push(context, *push);
  if (const auto* request = std::get_if<vcs::PullRequest>(&event)) return from_pull_request(context, *request);
  return std::nullopt;
}

std::string source_name(const std::string& kind) {
  if (kind.starts_with("ado")) return "ado";
  if (kind.starts_with("bitbucket")) return "bitbucket";
  if (kind.starts_with("gitlab")) return "gitlab";
  return "github";
}

}  // namespace runs
