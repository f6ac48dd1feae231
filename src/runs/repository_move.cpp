#include "runs/repository_move.h"

#include "auth/audit.h"
#include "base/strings.h"
#include "jsonapi/json.h"
#include "jsonapi/resource.h"
#include "providers/vcs_event.h"
#include "workspaces/store.h"
#include "workspaces/trigger_decision.h"

namespace runs {
namespace {

using workspaces::Workspace;

workspaces::TriggerDecision decision_of(const base::Clock& clock, const webhooks::DeliveryContext& context,
                                        const Workspace& before, const vcs::Repository& repository) {
  workspaces::TriggerDecision decision;
  decision.id = workspaces::DecisionId::make();
  decision.workspace = before.id;
  decision.delivery = context.delivery.str();
  decision.event = "repository-renamed";
  decision.outcome = workspaces::outcome_name(workspaces::Outcome::kNothing);
  decision.rule_name = "repository-renamed";
  decision.reason = "the repository " + before.vcs->identifier + " is " + repository.path +
                    " now, as the provider confirmed: the workspace follows";
  decision.created_at = clock.now();
  return decision;
}

base::Status audit(storage::Transaction& transaction, const base::Clock& clock, const Workspace& before,
                   const vcs::Repository& repository) {
  auth::AuditEntry entry;
  entry.organization = before.organization;
  entry.who = auth::system_principal();
  entry.action = "workspace.follow-repository";
  entry.target_type = "workspaces";
  entry.target_id = before.id.str();
  entry.detail = jsonapi::dump({{"name", before.name}, {"from", before.vcs->identifier}, {"to", repository.path}});
  return auth::audit(transaction, clock, entry);
}

}  // namespace

base::Result<vcs::Repository> moved_repository(SourceAccess& source, const webhooks::DeliveryContext& context) {
  ASSIGN_OR_RETURN(auto found,
                   source.find({context.organization, context.token, context.repository_id, context.repository_path}));
  if (!base::equals_ignoring_case(found.id, context.repository_id)) {
    return base::conflict("the provider has another repository at " + context.repository_path);
  }
  found.id = context.repository_id;
  return found;
}

base::Status follow_repository(storage::Transaction& transaction, const base::Clock& clock,
                               const webhooks::DeliveryContext& context, const vcs::Repository& repository) {
  ASSIGN_OR_RETURN(const auto followers, workspaces::store::follow_repository(transaction, context.token, repository));
  std::vector<workspaces::TriggerDecision> decisions;
  for (const auto& before : followers) {
    decisions.push_back(decision_of(clock, context, before, repository));
    RETURN_IF_ERROR(audit(transaction, clock, before, repository));
  }
  RETURN_IF_ERROR(workspaces::insert_decisions(transaction, decisions));
  if (followers.empty()) return {};
  providers::VcsEvent event;
  event.organization = context.organization;
  event.token = context.token;
  event.message = "The repository " + followers.front().vcs->identifier + " is " + repository.path +
                  " now; the workspaces connected to it follow.";
  event.repository_path = repository.path;
  return providers::record_event(transaction, clock, event);
}

}  // namespace runs
