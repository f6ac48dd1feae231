#include "tests/vcs/event_json.h"

#include <nlohmann/json.hpp>

namespace vcs_test {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const vcs::RepositoryRef& repository) {
  return {{"id", repository.id}, {"path", repository.path}, {"default_branch", repository.default_branch}};
}

Json to_json(const vcs::Person& person) {
  return {{"id", person.id}, {"name", person.name}, {"avatar_url", person.avatar_url}, {"html_url", person.html_url}};
}

Json to_json(const vcs::CommitInfo& commit) {
  return {{"sha", commit.sha}, {"message", commit.message}, {"author", commit.author}, {"url", commit.url}};
}

const char* name_of(vcs::PullRequestAction action) {
  switch (action) {
    case vcs::PullRequestAction::kOpened: return "opened";
    case vcs::PullRequestAction::kUpdated: return "updated";
    case vcs::PullRequestAction::kReopened: return "reopened";
    case vcs::PullRequestAction::kClosed: return "closed";
    case vcs::PullRequestAction::kMerged: return "merged";
    case vcs::PullRequestAction::kEdited: return "edited";
  }
  return "?";
}

Json to_json(const vcs::Push& push) {
  return {{"type", "push"},
          {"repository", to_json(push.repository)},
          {"ref_kind", push.ref_kind == vcs::RefKind::kTag ? "tag" : "branch"},
          {"ref", push.ref},
          {"before", push.before},
          {"after", push.after},
          {"forced", push.forced},
          {"head", to_json(push.head)},
          {"compare_url", push.compare_url},
          {"sender", to_json(push.sender)}};
}

Json to_json(const vcs::PullRequest& request) {
  return {{"type", "pull_request"},
          {"repository", to_json(request.repository)},
          {"action", name_of(request.action)},
          {"number", request.number},
          {"title", request.title},
          {"body", request.body},
          {"url", request.url},
          {"source_branch", request.source_branch},
          {"target_branch", request.target_branch},
          {"head_sha", request.head_sha},
          {"base_sha", request.base_sha},
          {"merge_sha", request.merge_sha},
          {"from_fork", request.from_fork},
          {"draft", request.draft},
          {"head", to_json(request.head)},
          {"sender", to_json(request.sender)}};
}

Json to_json(const vcs::RepositoryRenamed& renamed) {
  return {{"type", "repository_renamed"}, {"repository", to_json(renamed.repository)}, {"old_path", renamed.old_path}};
}

Json to_json(const vcs::Ping& ping) { return {{"type", "ping"}, {"text", ping.text}}; }

}  // namespace

Json to_json(const base::Result<vcs::Parsed>& parsed) {
  if (!parsed) return {{"error", parsed.error().message}};
  Json json = {{"event", parsed->event_name}};
  if (parsed->ignored) json["ignored"] = parsed->ignored->reason;
  Json events = Json::array();
  for (const vcs::Event& event : parsed->events) {
    events.push_back(std::visit([](const auto& one) { return to_json(one); }, event));
  }
  json["events"] = std::move(events);
  return json;
}

}  // namespace vcs_test
