#include "auth/guard.h"
#include "connections/service_impl.h"

// Roles of one connection, and the groups of a project.
namespace connections {
namespace {

base::Result<Subject> known_subject(storage::Connection& connection, const auth::OrganizationId& organization,
                                    const Subject& subject) {
  ASSIGN_OR_RETURN(auto found, store::find_subject(connection, organization, subject));
  if (!found) {
    return base::invalid(std::string("the organization has no ") +
                             (subject.kind == Subject::Kind::kUser ? "member" : "team") + " '" + subject.id + "'",
                         "/data");
  }
  return *std::move(found);
}

base::Status require_administrator(storage::Connection& connection, const auth::Principal& who,
                                   const auth::OrganizationId& organization, const auth::ProjectId& project) {
  ASSIGN_OR_RETURN(const auto viewer, viewer_of(connection, who, organization));
  ASSIGN_OR_RETURN(const bool may, may_administer(connection, viewer, project));
  if (!may) return auth::not_visible();
  return {};
}

}  // namespace

base::Result<std::vector<store::Assignment>> Service::roles(const auth::Principal& who,
                                                            const auth::OrganizationId& organization,
                                                            const ServiceConnectionId& id) {
  using Found = base::Result<std::vector<store::Assignment>>;
  return impl_->dependencies.database.read([&](storage::Connection& connection) -> Found {
    RETURN_IF_ERROR(Impl::require(connection, who, organization, id, Role::kReader));
    return store::list_roles(connection, id);
  });
}

base::Status Service::set_role(const auth::Actor& actor, const auth::OrganizationId& organization,
                               const ServiceConnectionId& id, const Subject& subject, Role role) {
  return impl_->dependencies.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto row, Impl::require(transaction, actor.who, organization, id, Role::kAdministrator));
    ASSIGN_OR_RETURN(const auto known, known_subject(transaction, organization, subject));
    RETURN_IF_ERROR(store::set_role(transaction, id, {known, role}));
    return impl_->audit(transaction, actor, row.seen.connection, "set-role",
                        {{"subject", known.id}, {"subject_type", known.type()}, {"role", role_name(role)}});
  });
}

base::Status Service::remove_role(const auth::Actor& actor, const auth::OrganizationId& organization,
                                  const ServiceConnectionId& id, const Subject& subject) {
  return impl_->dependencies.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto row, Impl::require(transaction, actor.who, organization, id, Role::kAdministrator));
    ASSIGN_OR_RETURN(const auto known, known_subject(transaction, organization, subject));
    ASSIGN_OR_RETURN(const bool was_there, store::remove_role(transaction, id, known));
    if (!was_there) return auth::not_visible();
    return impl_->audit(transaction, actor, row.seen.connection, "remove-role",
                        {{"subject", known.id}, {"subject_type", known.type()}});
  });
}

base::Result<store::Members> Service::group(const auth::Principal& who, const auth::OrganizationId& organization,
                                            const auth::ProjectId& project, Group group) {
  return impl_->dependencies.database.read([&](storage::Connection& connection) -> base::Result<store::Members> {
    RETURN_IF_ERROR(Impl::require_creator(connection, who, organization, project));
    return store::group_members(connection, project, group);
  });
}

base::Status Service::set_default_members(const auth::Actor& actor, const auth::OrganizationId& organization,
                                          const auth::ProjectId& project, Group group, bool has_them) {
  return impl_->dependencies.database.write([&](storage::Transaction& transaction) -> base::Status {
    RETURN_IF_ERROR(require_administrator(transaction, actor.who, organization, project));
    RETURN_IF_ERROR(store::set_default_members(transaction, project, group, has_them));
    return impl_->audit(transaction, actor, organization, "service-connection-group.update", project.str(),
                        {{"group", group_name(group)}, {"default_members", has_them ? "true" : "false"}});
  });
}

base::Status Service::change_members(const auth::Actor& actor, const auth::OrganizationId& organization,
                                     const auth::ProjectId& project, Group group, const std::vector<Subject>& subjects,
                                     bool add) {
  return impl_->dependencies.database.write([&](storage::Transaction& transaction) -> base::Status {
    RETURN_IF_ERROR(require_administrator(transaction, actor.who, organization, project));
    for (const auto& subject : subjects) {
      ASSIGN_OR_RETURN(const auto known, known_subject(transaction, organization, subject));
      RETURN_IF_ERROR(add ? store::add_member(transaction, project, group, known)
                          : store::remove_member(transaction, project, group, known));
      RETURN_IF_ERROR(impl_->audit(
          transaction, actor, organization, add ? "service-connection-group.add" : "service-connection-group.remove",
          project.str(), {{"group", group_name(group)}, {"subject", known.id}, {"subject_type", known.type()}}));
    }
    return {};
  });
}

}  // namespace connections
