#include "auth/guard.h"
#include "auth/project.h"
#include "connections/service_impl.h"

// Connections that other projects may use, too.
namespace connections {

base::Status Service::share(const auth::Actor& actor, const auth::OrganizationId& organization,
                            const ServiceConnectionId& id, const std::vector<std::string>& projects) {
  return impl_->dependencies.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto row, Impl::require(transaction, actor.who, organization, id, Role::kAdministrator));
    for (const auto& text : projects) {
      const auth::ProjectId project(text);
      // Who may not make one there may not bring one there either.
      RETURN_IF_ERROR(Impl::require_creator(transaction, actor.who, organization, project));
      if (project == row.seen.connection.project) continue;
      RETURN_IF_ERROR(store::share(transaction, row.seen.connection, project));
      RETURN_IF_ERROR(impl_->audit(transaction, actor, row.seen.connection, "share", {{"project", text}}));
    }
    return {};
  });
}

base::Status Service::unshare(const auth::Actor& actor, const auth::OrganizationId& organization,
                              const ServiceConnectionId& id, const std::vector<std::string>& projects) {
  return impl_->dependencies.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto row, Impl::require(transaction, actor.who, organization, id, Role::kAdministrator));
    for (const auto& text : projects) {
      const auth::ProjectId project(text);
      ASSIGN_OR_RETURN(const auto known, auth::find_project(transaction, organization, project));
      if (!known) return auth::not_visible();
      if (project == row.seen.connection.project) {
        return base::conflict("a service connection cannot be taken out of the project it lives in; delete it instead");
      }
      RETURN_IF_ERROR(store::unshare(transaction, id, project));
      RETURN_IF_ERROR(impl_->audit(transaction, actor, row.seen.connection, "unshare", {{"project", text}}));
    }
    return {};
  });
}

}  // namespace connections
