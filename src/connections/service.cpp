#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "auth/audit.h"
#include "auth/guard.h"
#include "auth/organization.h"
#include "base/random.h"
#include "connections/service_impl.h"
#include "jsonapi/json.h"

// What every part of the service needs: roles asked for, lines of the audit log, values with and without secrets.
namespace connections {

Service::Service(Dependencies dependencies) : impl_(std::make_unique<Impl>(std::move(dependencies))) {}
Service::~Service() = default;

const catalogue::Catalogue& Service::catalogue() const { return *impl_->dependencies.catalogue; }
const base::Clock& Service::clock() const { return impl_->dependencies.clock; }

base::Result<std::string> Service::organization_name(const auth::OrganizationId& organization) {
  return impl_->dependencies.database.read([&](storage::Connection& connection) -> base::Result<std::string> {
    ASSIGN_OR_RETURN(const auto found, auth::find_organization(connection, organization));
    if (!found) return auth::not_visible();
    return found->name;
  });
}

bool is_usable_in(const ServiceConnection& connection, const auth::ProjectId& project) {
  if (connection.project == project) return true;
  const auto& shared = connection.shared_with;
  return std::find(shared.begin(), shared.end(), project) != shared.end();
}

std::string known_host_line(const ServiceConnection& connection) {
  const auto found = connection.learned.find("known_host_line");
  return found == connection.learned.end() ? std::string() : found->second;
}

base::Result<store::Row> Service::Impl::require(storage::Connection& connection, const auth::Principal& who,
                                                const auth::OrganizationId& organization, const ServiceConnectionId& id,
                                                Role least) {
  ASSIGN_OR_RETURN(const auto viewer, viewer_of(connection, who, organization));
  ASSIGN_OR_RETURN(auto row, store::find(connection, viewer, id));
  if (!row || row->seen.role == Role::kNone) return auth::not_visible();
  if (row->seen.role < least) {
    return base::forbidden(std::string("that takes the role of ") + role_name(least) + " of the service connection '" +
                           row->seen.connection.name + "', and you have that of " + role_name(row->seen.role) +
                           "; ask one of its administrators");
  }
  return *std::move(row);
}

base::Status Service::Impl::require_creator(storage::Connection& connection, const auth::Principal& who,
                                            const auth::OrganizationId& organization, const auth::ProjectId& project) {
  ASSIGN_OR_RETURN(const auto viewer, viewer_of(connection, who, organization));
  ASSIGN_OR_RETURN(const bool may, connections::may_create(connection, viewer, project));
  if (!may) return auth::not_visible();
  return {};
}

base::Status Service::Impl::audit(storage::Transaction& transaction, const auth::Actor& actor,
                                  const auth::OrganizationId& organization, const std::string& action,
                                  const std::string& target, const std::map<std::string, std::string>& detail) const {
  auth::AuditEntry entry;
  entry.organization = organization;
  entry.who = actor.who;
  entry.action = action;
  entry.target_type = kResourceType;
  entry.target_id = target;
  entry.detail = jsonapi::dump(jsonapi::Json(detail));
  entry.request_id = actor.request_id;
  return auth::audit(transaction, dependencies.clock, entry);
}

base::Status Service::Impl::audit(storage::Transaction& transaction, const auth::Actor& actor,
                                  const ServiceConnection& connection, const std::string& action,
                                  std::map<std::string, std::string> detail) const {
  detail["name"] = connection.name;
  return audit(transaction, actor, connection.organization, "service-connection." + action, connection.id.str(),
               detail);
}

base::Result<catalogue::Values> Service::Impl::values_of(storage::Connection& connection, const store::Row& row,
                                                         bool opened) const {
  catalogue::Values values;
  const auto& stored = row.seen.connection;
  for (const auto& [id, text] : stored.fields) values.set(id, text);
  if (!opened) {
    for (const auto& id : stored.secret_fields) values.set_stored(id);
    return values;
  }
  if (row.secret.empty()) return values;
  ASSIGN_OR_RETURN(const auto packed, dependencies.vault.get(connection, row.secret, owner_of(stored)));
  ASSIGN_OR_RETURN(auto secrets, unpack(packed));
  for (auto& [id, secret] : secrets) values.set_secret(id, std::move(secret));
  return values;
}

base::Status Service::Impl::keep_secrets(storage::Transaction& transaction, ServiceConnection& connection,
                                         vault::SecretId& id, const Secrets& secrets) const {
  if (!id.empty()) RETURN_IF_ERROR(dependencies.vault.erase(transaction, id));
  id = {};
  connection.secret_fields.clear();
  for (const auto& [name, secret] : secrets) connection.secret_fields.push_back(name);
  if (secrets.empty()) return {};
  ASSIGN_OR_RETURN(id, dependencies.vault.put(transaction, owner_of(connection), pack(secrets)));
  return {};
}

base::Result<Service::Impl::Kind> Service::Impl::kind_named(const std::string& type_name,
                                                            const std::string& scheme_name) const {
  Kind kind;
  kind.type = dependencies.catalogue->find_type(type_name);
  if (kind.type == nullptr) return catalogue::unknown_type(*dependencies.catalogue, type_name);
  // "The same as another type": the other does its work.
  if (kind.type->schemes.empty() && !kind.type->same_as.empty()) {
    const auto* other = dependencies.catalogue->find_type(kind.type->same_as);
    if (other != nullptr) kind.type = other;
  }
  const bool only_one = scheme_name.empty() && kind.type->schemes.size() == 1;
  kind.scheme = only_one ? &kind.type->schemes.front() : kind.type->find_scheme(scheme_name);
  if (kind.scheme == nullptr) return catalogue::unknown_scheme(*kind.type, scheme_name);
  return kind;
}

base::Result<Service::Impl::Kind> Service::Impl::kind_of(const ServiceConnection& connection) const {
  auto kind = kind_named(connection.type, connection.scheme);
  if (kind) return kind;
  return base::conflict("the type '" + connection.type + "' of the service connection '" + connection.name +
                        "' is no longer in the catalogue: put its file back, or delete the connection");
}

base::Time Service::Impl::next_verification() const {
  constexpr std::int64_t kLeastSeconds = std::int64_t{20} * 3600;
  constexpr std::int64_t kSpreadSeconds = std::int64_t{8} * 3600;
  std::array<unsigned char, 4> bytes{};
  base::fill_random(bytes);
  std::int64_t number = 0;
  for (const unsigned char byte : bytes) number = number * 256 + byte;
  return dependencies.clock.now() + std::chrono::seconds(kLeastSeconds + number % kSpreadSeconds);
}

}  // namespace connections
