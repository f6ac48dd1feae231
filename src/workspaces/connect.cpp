// The parts of Service that connect a workspace to a repository.
#include <utility>

#include "workspaces/service.h"

namespace workspaces {
namespace {

constexpr char kTokenPointer[] = "/data/attributes/vcs-repo/oauth-token-id";
constexpr char kIdentifierPointer[] = "/data/attributes/vcs-repo/identifier";

// What the write makes of the stored connection, before anyone is asked.
base::Result<VcsConnection> merged(const std::optional<VcsConnection>& stored, const VcsWrite& write) {
  VcsConnection vcs = stored.value_or(VcsConnection());
  if (write.token && !write.token->empty()) vcs.token = providers::OAuthTokenId(*write.token);
  if (write.identifier && !write.identifier->empty()) vcs.identifier = *write.identifier;
  vcs.branch = write.branch.value_or(vcs.branch);
  vcs.ingress_submodules = write.ingress_submodules.value_or(vcs.ingress_submodules);
  if (vcs.token.empty()) return base::invalid("oauth-token-id is needed to connect a repository", kTokenPointer);
  if (vcs.identifier.empty()) return base::invalid("identifier is needed to connect a repository", kIdentifierPointer);
  RETURN_IF_ERROR(check_branch(vcs.branch));
  return vcs;
}

bool same_place(const std::optional<VcsConnection>& stored, const VcsConnection& vcs) {
  return stored && stored->token == vcs.token && stored->identifier == vcs.identifier && stored->branch == vcs.branch &&
         stored->ingress_submodules == vcs.ingress_submodules;
}

}  // namespace

base::Result<vcs::Repository> Service::look_up(const providers::OAuthTokenId& token, const std::string& identifier) {
  auto opened = dependencies_.providers.open(token);
  if (!opened && opened.error().code == base::Code::kNotFound) {
    return base::invalid("OAuth token does not exist", kTokenPointer);
  }
  if (!opened && opened.error().code == base::Code::kConflict) {
    return base::invalid(opened.error().message, kTokenPointer);
  }
  if (!opened) {
    return base::upstream("The repository could not be looked up: " + opened.error().message, opened.error().detail);
  }
  auto repository = opened->provider->find_repository(identifier);
  if (repository) return repository;
  const auto& error = repository.error();
  switch (error.code) {
    case base::Code::kNotFound:
    case base::Code::kForbidden:
    case base::Code::kInvalid:
      return base::invalid("Repository doesn't exist or isn't accessible: '" + identifier + "'. " + error.message,
                           kIdentifierPointer);
    default:
      return base::upstream("The repository could not be looked up at the provider: " + error.message, error.detail);
  }
}

base::Result<Service::Wanted> Service::resolve(const std::optional<VcsConnection>& stored, const Write& write,
                                               const auth::OrganizationId& organization) {
  if (write.disconnect) return Wanted{};
  if (!write.vcs) return Wanted{stored, {}};
  const VcsWrite& vcs = *write.vcs;
  // A tag expression alone is a trigger field; the object may hold nothing else.
  if (!stored && !vcs.identifier && !vcs.token) {
    return base::invalid("identifier and oauth-token-id are needed to connect a repository", kIdentifierPointer);
  }
  Wanted wanted;
  ASSIGN_OR_RETURN(wanted.vcs, merged(stored, vcs));
  if (same_place(stored, *wanted.vcs)) return wanted;
  const auto info = dependencies_.providers.find_token(wanted.vcs->token);
  if (!info || info->organization != organization) return base::invalid("OAuth token does not exist", kTokenPointer);
  if (stored && stored->token == wanted.vcs->token && stored->identifier == wanted.vcs->identifier) return wanted;
  ASSIGN_OR_RETURN(wanted.repository, look_up(wanted.vcs->token, wanted.vcs->identifier));
  wanted.vcs->display_identifier = wanted.repository->display_path;
  if (wanted.vcs->display_identifier.empty()) wanted.vcs->display_identifier = wanted.repository->path;
  wanted.vcs->repository_id = wanted.repository->id;
  wanted.vcs->repository_http_url = wanted.repository->http_url;
  wanted.vcs->default_branch = wanted.repository->default_branch;
  wanted.vcs->service_provider = info->kind;
  return wanted;
}

base::Result<Workspace> Service::draft(const auth::OrganizationId& organization, const std::optional<Workspace>& stored,
                                       const Write& write) {
  Workspace workspace = stored.value_or(Workspace());
  workspace.organization = organization;
  for (const auto& step : write.steps) step(workspace);
  RETURN_IF_ERROR(check_working_directory(workspace.working_directory));
  ASSIGN_OR_RETURN(workspace.triggers, workspaces::apply(workspace.triggers, write.triggers));
  ASSIGN_OR_RETURN(auto vcs, merged(workspace.vcs, write.vcs.value_or(VcsWrite())));
  const bool same_repository =
      workspace.vcs && workspace.vcs->token == vcs.token && workspace.vcs->identifier == vcs.identifier;
  if (!same_repository) vcs.repository_id.clear();
  const auto info = dependencies_.providers.find_token(vcs.token);
  if (!info || info->organization != organization) return base::invalid("OAuth token does not exist", kTokenPointer);
  workspace.vcs = std::move(vcs);
  return workspace;
}

base::Status Service::connect(storage::Transaction& transaction, Workspace& workspace, const Wanted& wanted) {
  RETURN_IF_ERROR(
      dependencies_.providers.check_scope(transaction, wanted.vcs->token, workspace.organization, workspace.project));
  ASSIGN_OR_RETURN(const auto hook, dependencies_.registrar.attach(transaction, wanted.vcs->token, *wanted.repository,
                                                                   workspace.id.str()));
  workspace.vcs->webhook_url = hook.url;
  RETURN_IF_ERROR(store::update(transaction, workspace));
  if (listeners_.connected) return listeners_.connected(transaction, workspace);
  return {};
}

}  // namespace workspaces
