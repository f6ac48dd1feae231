#include <algorithm>

#include "api/api.h"
#include "base/strings.h"
#include "jsonapi/document.h"
#include "jsonapi/json.h"
#include "jsonapi/resource.h"
#include "runs/route_groups.h"
#include "workspaces/decode.h"
#include "workspaces/preview.h"

namespace runs {
namespace {

using http::Request;
using http::Response;
using json = jsonapi::Json;

constexpr base::Millis kPatience{3'000};
constexpr std::int64_t kUsualCommits = 10;

json push_to_json(const workspaces::Preview::Push& push) {
  json out = {{"would-run", push.decision.runs()},
              {"outcome", workspaces::outcome_name(push.decision.outcome)},
              {"rule-name", push.decision.rule_name},
              {"reason", push.decision.reason},
              {"matched-rule", push.rule.empty() ? json() : json(base::to_valid_utf8(push.rule))},
              {"matched-path", push.path.empty() ? json() : json(push.path)}};
  if (!push.tag.empty()) {
    out["tag"] = push.tag;
    return out;
  }
  out["sha"] = push.commit.sha;
  out["subject"] = push.commit.subject;
  out["author"] = push.commit.author;
  out["committed-at"] = base::format_time(push.commit.at);
  out["changed-files"] = push.commit.paths_unknown.empty() ? json(push.commit.paths.size()) : json();
  return out;
}

jsonapi::Resource resource_of(const workspaces::Workspace& draft, const Pictures::Picture& picture,
                              std::size_t commits) {
  jsonapi::Resource resource;
  resource.type = "trigger-previews";
  resource.id = draft.id.empty() ? "new" : draft.id.str();
  resource.attributes = {{"state", picture ? "ready" : "fetching"}};
  if (!picture) return resource;
  auto found = workspaces::preview(draft, *picture);
  json pushes = json::array(), warnings = json::array();
  for (std::size_t i = 0; i < std::min(commits, found.pushes.size()); ++i) {
    pushes.push_back(push_to_json(found.pushes[i]));
  }
  for (const auto& warning : found.warnings) {
    warnings.push_back({{"code", warning.code}, {"rule", warning.rule}, {"message", warning.message}});
  }
  resource.attributes["branch"] = picture->branch;
  resource.attributes["files-count"] = picture->files_known ? json(picture->files.size()) : json();
  resource.attributes["pushes"] = std::move(pushes);
  resource.attributes["warnings"] = std::move(warnings);
  return resource;
}

Response answer(const Routes& routes, const Request& request, const auth::OrganizationId& organization,
                const std::optional<workspaces::Workspace>& stored) {
  HANDLE(auto document, request, api::document(request));
  const auto write = workspaces::read_write(document);
  const auto commits = document.integer("commits", 1, static_cast<std::int64_t>(Pictures::kCommits));
  if (!document.problems().empty()) return api::errors(request, document.problems());
  HANDLE(const auto draft, request, routes.workspaces.draft(organization, stored, write));
  const auto& vcs = *draft.vcs;
  const Pictures::Wanted wanted{
      {organization, vcs.token, vcs.repository_id, vcs.identifier}, vcs.branch, !draft.triggers.tags_regex.empty()};
  HANDLE(const auto picture, request, routes.service.pictures().get(wanted, kPatience));
  return api::ok(resource_of(draft, picture, static_cast<std::size_t>(commits.value.value_or(kUsualCommits))));
}

Response preview_new(const Routes& routes, const Request& request) {
  return answer(routes, request, auth::organization_of(request), std::nullopt);
}

Response preview_stored(const Routes& routes, const Request& request) {
  HANDLE(const auto workspace, request, routes.workspaces.find(workspaces::WorkspaceId(request.param("workspace_id"))));
  return answer(routes, request, workspace.organization, workspace);
}

}  // namespace

void add_preview_routes(http::Router& router, const Routes& routes) {
  const auto add = [&](const char* pattern, auto function) {
    router.add({http::Method::kPost, pattern,
                [routes, function](const Request& request) { return function(routes, request); }});
  };
  add("/api/v2/organizations/:organization/trigger-previews", preview_new);
  add("/api/v2/workspaces/:workspace_id/trigger-previews", preview_stored);
}

}  // namespace runs
