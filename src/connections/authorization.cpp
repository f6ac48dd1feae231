#include <algorithm>

#include "auth/guard.h"
#include "base/strings.h"
#include "connections/service_impl.h"

// Which workspaces may use a connection, and which they name.
namespace connections {
namespace {

constexpr std::size_t kMostNamed = 100;
constexpr std::size_t kLongestPrefix = 64;

bool is_prefix(std::string_view text) {
  if (text.size() > kLongestPrefix) return false;
  if (!text.empty() && text.front() >= '0' && text.front() <= '9') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

base::Error not_usable_there(const ServiceConnection& connection, const store::Workspace& workspace) {
  return base::conflict("the workspace '" + workspace.name + "' is in a project that the service connection '" +
                        connection.name + "' is not shared with; share it first");
}

}  // namespace

base::Result<store::Workspace> Service::Impl::require_workspace(storage::Connection& connection,
                                                                const auth::OrganizationId& organization,
                                                                const std::string& workspace) const {
  ASSIGN_OR_RETURN(auto found, store::find_workspace(connection, workspace));
  if (!found || found->organization != organization) return auth::not_visible();
  return *std::move(found);
}

base::Result<base::Page<store::Authorization>> Service::authorizations(const auth::Principal& who,
                                                                       const auth::OrganizationId& organization,
                                                                       const ServiceConnectionId& id,
                                                                       const base::PageRequest& page) {
  using Found = base::Result<base::Page<store::Authorization>>;
  return impl_->dependencies.database.read([&](storage::Connection& connection) -> Found {
    RETURN_IF_ERROR(Impl::require(connection, who, organization, id, Role::kReader));
    return store::list_authorizations(connection, id, page);
  });
}

base::Status Service::authorize(const auth::Actor& actor, const auth::OrganizationId& organization,
                                const ServiceConnectionId& id, const std::vector<std::string>& workspaces) {
  return impl_->dependencies.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto row, Impl::require(transaction, actor.who, organization, id, Role::kUser));
    for (const auto& text : workspaces) {
      ASSIGN_OR_RETURN(const auto workspace, impl_->require_workspace(transaction, organization, text));
      if (!is_usable_in(row.seen.connection, workspace.project)) {
        return not_usable_there(row.seen.connection, workspace);
      }
      RETURN_IF_ERROR(store::authorize(
          transaction, id, {workspace.id, workspace.name, actor.who.name, impl_->dependencies.clock.now()}));
      RETURN_IF_ERROR(impl_->audit(transaction, actor, row.seen.connection, "authorize",
                                   {{"workspace", workspace.id}, {"workspace_name", workspace.name}}));
    }
    return {};
  });
}

base::Status Service::withdraw(const auth::Actor& actor, const auth::OrganizationId& organization,
                               const ServiceConnectionId& id, const std::vector<std::string>& workspaces) {
  return impl_->dependencies.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto row, Impl::require(transaction, actor.who, organization, id, Role::kAdministrator));
    for (const auto& text : workspaces) {
      ASSIGN_OR_RETURN(const auto workspace, impl_->require_workspace(transaction, organization, text));
      ASSIGN_OR_RETURN(const bool was_there, store::withdraw(transaction, id, workspace.id));
      if (!was_there) continue;
      RETURN_IF_ERROR(impl_->audit(transaction, actor, row.seen.connection, "withdraw",
                                   {{"workspace", workspace.id}, {"workspace_name", workspace.name}}));
    }
    return {};
  });
}

base::Result<std::vector<Service::NamedConnection>> Service::Impl::named(storage::Connection& connection,
                                                                         const Viewer& viewer,
                                                                         const store::Workspace& workspace) const {
  ASSIGN_OR_RETURN(const auto all, store::named_by(connection, workspace.id));
  std::vector<NamedConnection> result;
  for (const auto& one : all) {
    ASSIGN_OR_RETURN(const auto row, store::find(connection, viewer, one.connection));
    if (!row) continue;
    NamedConnection shown{one};
    shown.readable = row->seen.role >= Role::kReader;
    shown.may_authorize = row->seen.role >= Role::kUser;
    ASSIGN_OR_RETURN(const bool granted, store::is_authorized(connection, one.connection, workspace.id));
    const auto& found = row->seen.connection;
    shown.authorized = is_usable_in(found, workspace.project) && (found.allow_all || granted);
    if (!shown.readable) shown.named.name.clear();
    result.push_back(std::move(shown));
  }
  return result;
}

base::Result<std::vector<Service::NamedConnection>> Service::named_by(const auth::Principal& who,
                                                                      const auth::OrganizationId& organization,
                                                                      const std::string& workspace) {
  using Found = base::Result<std::vector<NamedConnection>>;
  return impl_->dependencies.database.read([&](storage::Connection& connection) -> Found {
    ASSIGN_OR_RETURN(const auto viewer, viewer_of(connection, who, organization));
    ASSIGN_OR_RETURN(const auto found, impl_->require_workspace(connection, organization, workspace));
    return impl_->named(connection, viewer, found);
  });
}

base::Result<std::vector<Service::NamedConnection>> Service::set_named(const auth::Actor& actor,
                                                                       const auth::OrganizationId& organization,
                                                                       const std::string& workspace,
                                                                       const std::vector<store::Named>& wanted) {
  using Found = base::Result<std::vector<NamedConnection>>;
  if (wanted.size() > kMostNamed) return base::invalid("a workspace names at most 100 service connections", "/data");
  return impl_->dependencies.database.write([&](storage::Transaction& transaction) -> Found {
    ASSIGN_OR_RETURN(const auto viewer, viewer_of(transaction, actor.who, organization));
    ASSIGN_OR_RETURN(const auto place, impl_->require_workspace(transaction, organization, workspace));
    ASSIGN_OR_RETURN(const auto before, store::named_by(transaction, workspace));
    std::vector<store::Named> named;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      store::Named one = wanted[i];
      const std::string pointer = "/data/" + std::to_string(i);
      if (!is_prefix(one.prefix)) {
        return base::invalid("a prefix is made of letters, digits and _, and begins with no digit", pointer);
      }
      if (!one.connection.str().starts_with("sc-")) {
        ASSIGN_OR_RETURN(const auto id, store::find_named(transaction, place.project, one.connection.str()));
        if (id) one.connection = *id;
      }
      const auto is_it = [&](const store::Named& other) { return other.connection == one.connection; };
      if (std::any_of(named.begin(), named.end(), is_it)) {
        return base::invalid("the service connection is named twice", pointer);
      }
      ASSIGN_OR_RETURN(const auto row, store::find(transaction, viewer, one.connection));
      const bool was_there = std::any_of(before.begin(), before.end(), is_it);
      if (!row || (!was_there && row->seen.role < Role::kUser)) {
        return base::invalid(
            "there is no service connection '" + base::printable(wanted[i].connection.str()) + "' that you may use",
            pointer);
      }
      if (!was_there && !is_usable_in(row->seen.connection, place.project)) {
        return not_usable_there(row->seen.connection, place);
      }
      one.name = row->seen.connection.name;
      named.push_back(std::move(one));
    }
    RETURN_IF_ERROR(store::set_named(transaction, workspace, named));
    std::vector<std::string> names;
    for (const auto& one : named) names.push_back(one.name);
    RETURN_IF_ERROR(impl_->audit(transaction, actor, organization, "workspace.name-service-connections", workspace,
                                 {{"workspace_name", place.name}, {"names", base::join(names, ", ")}}));
    return impl_->named(transaction, viewer, place);
  });
}

}  // namespace connections
