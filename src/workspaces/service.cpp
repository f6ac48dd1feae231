#include "workspaces/service.h"

#include <algorithm>

#include "auth/audit.h"
#include "auth/project.h"
#include "base/strings.h"

namespace workspaces {
namespace {

using storage::Transaction;

base::Error not_here() { return base::not_found("There is nothing here, or you may not see or change it."); }

const char* holder_type(const auth::Principal& who) {
  switch (who.kind) {
    case auth::Principal::Kind::kTeam: return "teams";
    case auth::Principal::Kind::kOrganization: return "organizations";
    default: return "users";
  }
}

std::string holder_id(const auth::Principal& who) {
  switch (who.kind) {
    case auth::Principal::Kind::kTeam: return who.team.str();
    case auth::Principal::Kind::kOrganization: return who.organization.str();
    default: return who.user.str();
  }
}

// The clients look for these words.
std::string held_by(const Lock& lock) {
  if (lock.by_type == "runs") return "is locked by Run " + lock.by_id;
  if (lock.by_type == "teams") return "is locked by Team " + lock.by_name;
  return "is locked by User " + lock.by_name;
}

}  // namespace

Service::Service(Dependencies dependencies) : dependencies_(std::move(dependencies)) {
  dependencies_.providers.set_dependents(
      {[](storage::Connection& connection,
          const providers::OAuthTokenId& token) -> base::Result<std::vector<providers::AffectedWorkspace>> {
        ASSIGN_OR_RETURN(const auto workspaces, store::using_token(connection, token));
        std::vector<providers::AffectedWorkspace> out;
        for (const auto& workspace : workspaces) out.push_back({workspace.id.str(), workspace.name});
        return out;
      }});
  dependencies_.providers.on_deleted([](Transaction& transaction, const providers::OAuthTokenId& token) {
    return store::forget_token(transaction, token);
  });
}

base::Status Service::audit(Transaction& transaction, const auth::Actor& actor, const Workspace& workspace,
                            const char* action) {
  return auth::audit(
      transaction, dependencies_.clock,
      {workspace.organization, actor.who, action, "workspaces", workspace.id.str(), "{}", actor.request_id});
}

base::Status Service::apply(Transaction& transaction, Workspace& workspace, const Write& write, const Wanted& wanted) {
  for (const auto& step : write.steps) step(workspace);
  RETURN_IF_ERROR(check_name(workspace.name));
  RETURN_IF_ERROR(check_working_directory(workspace.working_directory));
  RETURN_IF_ERROR(check_command(workspace.plan_command, "/data/attributes/plan-command"));
  RETURN_IF_ERROR(check_command(workspace.apply_command, "/data/attributes/apply-command"));
  TriggerPatch triggers = write.triggers;
  if (write.disconnect) triggers.tags_regex = "";
  ASSIGN_OR_RETURN(workspace.triggers, workspaces::apply(workspace.triggers, triggers));
  if (!wanted.vcs && !workspace.triggers.tags_regex.empty()) {
    return base::invalid("tags-regex needs a repository", "/data/attributes/vcs-repo/tags-regex");
  }
  if (write.project) {
    ASSIGN_OR_RETURN(const auto project, auth::find_project(transaction, workspace.organization, *write.project));
    if (!project) return base::invalid("Project does not exist", "/data/relationships/project");
    workspace.project = project->id;
  }
  workspace.vcs = wanted.vcs;
  if (workspace.vcs) RETURN_IF_ERROR(check_branch(workspace.vcs->branch));
  // Two changes within a millisecond are still two versions.
  workspace.updated_at = std::max(dependencies_.clock.now(), workspace.updated_at + base::Millis(1));
  workspace.latest_change_at = workspace.updated_at;
  return {};
}

base::Status Service::set_tags(Transaction& transaction, const Workspace& workspace, const Write& write) {
  if (!write.tags) return {};
  return store::set_bindings(transaction, dependencies_.clock,
                             {workspace.organization, workspace.id, workspace.project}, *write.tags);
}

base::Result<Workspace> Service::create(const auth::Actor& actor, const auth::OrganizationId& organization,
                                        const Write& write) {
  ASSIGN_OR_RETURN(const Wanted wanted, resolve(std::nullopt, write, organization));
  return dependencies_.database.write([&](Transaction& transaction) -> base::Result<Workspace> {
    Workspace workspace;
    workspace.id = WorkspaceId::make();
    workspace.organization = organization;
    workspace.created_at = dependencies_.clock.now();
    ASSIGN_OR_RETURN(workspace.project, auth::default_project(transaction, organization));
    RETURN_IF_ERROR(apply(transaction, workspace, write, wanted));
    RETURN_IF_ERROR(store::insert(transaction, workspace));
    RETURN_IF_ERROR(set_tags(transaction, workspace, write));
    if (workspace.vcs) RETURN_IF_ERROR(connect(transaction, workspace, wanted));
    RETURN_IF_ERROR(audit(transaction, actor, workspace, "workspace.create"));
    ASSIGN_OR_RETURN(const auto stored, store::find(transaction, workspace.id));
    return stored.value_or(workspace);
  });
}

base::Result<Workspace> Service::change(const auth::Actor& actor, const WorkspaceId& id, const char* action,
                                        const std::function<base::Status(Transaction&, Workspace&)>& body) {
  return dependencies_.database.write([&](Transaction& transaction) -> base::Result<Workspace> {
    ASSIGN_OR_RETURN(auto workspace, store::find_locking(transaction, id));
    if (!workspace) return not_here();
    RETURN_IF_ERROR(body(transaction, *workspace));
    RETURN_IF_ERROR(audit(transaction, actor, *workspace, action));
    ASSIGN_OR_RETURN(const auto stored, store::find(transaction, id));
    if (!stored) return not_here();
    return *stored;
  });
}

base::Result<Workspace> Service::update(const auth::Actor& actor, const WorkspaceId& id, const Write& write) {
  ASSIGN_OR_RETURN(const Workspace before, find(id));
  ASSIGN_OR_RETURN(const Wanted wanted, resolve(before.vcs, write, before.organization));
  return change(actor, id, "workspace.update", [&](Transaction& transaction, Workspace& workspace) -> base::Status {
    if (write.expected_version && *write.expected_version != version_of(workspace)) {
      return base::conflict(
          "The workspace was changed by someone else since you read it: read it again. (If-Match is " +
          base::printable(*write.expected_version, 100) + ", it is " + version_of(workspace) + " now.)");
    }
    const auto place = [](const Workspace& w) {
      return w.vcs ? w.vcs->token.str() + " " + w.vcs->repository_id + " " + w.vcs->branch : std::string();
    };
    if (place(workspace) != place(before)) {
      return base::conflict("The workspace's repository was changed by someone else meanwhile; try again.");
    }
    const std::string place_before = place(workspace);
    RETURN_IF_ERROR(apply(transaction, workspace, write, wanted));
    RETURN_IF_ERROR(store::update(transaction, workspace));
    RETURN_IF_ERROR(set_tags(transaction, workspace, write));
    if (!workspace.vcs) return dependencies_.registrar.detach(transaction, workspace.id.str());
    if (write.project) {  // the token's scope has to hold for the project it moved to
      RETURN_IF_ERROR(dependencies_.providers.check_scope(transaction, workspace.vcs->token, workspace.organization,
                                                          workspace.project));
    }
    if (wanted.repository) return connect(transaction, workspace, wanted);
    if (place(workspace) != place_before && listeners_.connected) return listeners_.connected(transaction, workspace);
    return {};
  });
}

base::Status Service::erase(Transaction& transaction, const auth::Actor& actor, const Workspace& workspace) {
  if (listeners_.deleting) RETURN_IF_ERROR(listeners_.deleting(transaction, workspace));
  RETURN_IF_ERROR(dependencies_.registrar.detach(transaction, workspace.id.str()));
  RETURN_IF_ERROR(dependencies_.variables.forget_secrets(transaction, workspace.id));
  RETURN_IF_ERROR(store::remove(transaction, workspace.id));
  return audit(transaction, actor, workspace, "workspace.delete");
}

base::Status Service::remove_all(Transaction& transaction, const auth::Actor& actor,
                                 const auth::OrganizationId& organization) {
  ASSIGN_OR_RETURN(const auto ids, store::all_of(transaction, organization));
  for (const auto& id : ids) {
    ASSIGN_OR_RETURN(const auto workspace, store::find_locking(transaction, id));
    if (workspace) RETURN_IF_ERROR(erase(transaction, actor, *workspace));
  }
  return {};
}

base::Status Service::remove(const auth::Actor& actor, const WorkspaceId& id) {
  return dependencies_.database.write([&](Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto workspace, store::find_locking(transaction, id));
    if (!workspace) return not_here();
    return erase(transaction, actor, *workspace);
  });
}

base::Status Service::safe_remove(const auth::Actor& actor, const WorkspaceId& id) {
  return dependencies_.database.write([&](Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto workspace, store::find_locking(transaction, id));
    if (!workspace) return not_here();
    if (workspace->lock && workspace->lock->by_type == "runs") {
      return base::conflict("The workspace cannot be deleted: a run of it is being processed (" +
                            workspace->lock->by_id + ").");
    }
    if (workspace->lock) {
      return base::conflict("The workspace cannot be deleted while it is locked (it " + held_by(*workspace->lock) +
                            ").");
    }
    return erase(transaction, actor, *workspace);
  });
}

base::Result<Workspace> Service::find(const WorkspaceId& id) {
  ASSIGN_OR_RETURN(const auto found, dependencies_.database.read(
                                         [&](storage::Connection& connection) { return store::find(connection, id); }));
  if (!found) return not_here();
  return *found;
}

base::Result<Workspace> Service::find(const auth::OrganizationId& organization, const std::string& name) {
  ASSIGN_OR_RETURN(const auto found, dependencies_.database.read([&](storage::Connection& connection) {
    return store::find_by_name(connection, organization, name);
  }));
  if (!found) return not_here();
  return *found;
}

base::Result<base::Page<Workspace>> Service::list(const store::Filter& filter, const base::PageRequest& page) {
  return dependencies_.database.read(
      [&](storage::Connection& connection) { return store::list(connection, filter, page); });
}

base::Result<Workspace> Service::lock(const auth::Actor& actor, const WorkspaceId& id, const std::string& reason) {
  return change(actor, id, "workspace.lock", [&](Transaction& transaction, Workspace& workspace) -> base::Status {
    const Lock lock{holder_type(actor.who), holder_id(actor.who), actor.who.name, reason, dependencies_.clock.now()};
    ASSIGN_OR_RETURN(const bool locked, store::lock(transaction, id, lock));
    if (locked) return {};
    return base::conflict("The workspace is already locked: it " +
                          (workspace.lock ? held_by(*workspace.lock) : std::string("is locked")) + ".");
  });
}

base::Result<Workspace> Service::unlock(const auth::Actor& actor, const WorkspaceId& id) {
  return change(actor, id, "workspace.unlock", [&](Transaction& transaction, Workspace& workspace) -> base::Status {
    if (!workspace.lock) return base::conflict("The workspace is already unlocked.");
    if (workspace.lock->by_type != holder_type(actor.who) || workspace.lock->by_id != holder_id(actor.who)) {
      return base::conflict("The workspace " + held_by(*workspace.lock) + ".");
    }
    RETURN_IF_ERROR(store::unlock(transaction, id));
    return listeners_.unlocked ? listeners_.unlocked(transaction, workspace) : base::Status();
  });
}

base::Result<Workspace> Service::force_unlock(const auth::Actor& actor, const WorkspaceId& id) {
  const auto body = [&](Transaction& transaction, Workspace& workspace) -> base::Status {
    if (!workspace.lock) return base::conflict("The workspace is already unlocked.");
    if (workspace.lock->by_type == "runs") {
      return base::conflict("The workspace " + held_by(*workspace.lock) + ": cancel or discard the run instead.");
    }
    RETURN_IF_ERROR(store::unlock(transaction, id));
    return listeners_.unlocked ? listeners_.unlocked(transaction, workspace) : base::Status();
  };
  return change(actor, id, "workspace.force-unlock", body);
}

base::Result<Workspace> Service::assign_ssh_key(const auth::Actor& actor, const WorkspaceId& id,
                                                const std::string& key) {
  return change(actor, id, "workspace.ssh-key", [&](Transaction& transaction, Workspace& workspace) -> base::Status {
    if (!key.empty()) {
      ASSIGN_OR_RETURN(const bool exists, dependencies_.ssh_key_exists(transaction, workspace.organization, key));
      if (!exists) return not_here();
    }
    workspace.ssh_key = key;
    return store::update(transaction, workspace);
  });
}

base::Status Service::move_to_project(const auth::Actor& actor, const auth::ProjectId& project,
                                      const std::vector<std::string>& workspaces) {
  return dependencies_.database.write([&](Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto target, auth::find_project(transaction, project));
    if (!target) return not_here();
    for (const auto& id : workspaces) {
      ASSIGN_OR_RETURN(auto workspace, store::find_locking(transaction, WorkspaceId(id)));
      if (!workspace || workspace->organization != target->organization) return not_here();
      workspace->project = project;
      if (workspace->vcs) {
        RETURN_IF_ERROR(
            dependencies_.providers.check_scope(transaction, workspace->vcs->token, workspace->organization, project));
      }
      RETURN_IF_ERROR(store::update(transaction, *workspace));
      RETURN_IF_ERROR(audit(transaction, actor, *workspace, "workspace.move"));
    }
    return {};
  });
}

}  // namespace workspaces
