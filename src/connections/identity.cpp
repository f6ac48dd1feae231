#include "catalogue/identity.h"

#include "connections/service_impl.h"

// Connections that this server vouches for with tokens of its own.
namespace connections {
namespace {

// The schemes of the catalogue that have an identity, by type.
std::vector<std::pair<std::string, std::string>> kinds_with_identity(const catalogue::Catalogue& catalogue) {
  std::vector<std::pair<std::string, std::string>> kinds;
  for (const auto& type : catalogue.types()) {
    for (const auto& scheme : type.schemes) {
      if (catalogue::has_identity(scheme)) kinds.emplace_back(type.id, scheme.id);
    }
  }
  return kinds;
}

}  // namespace

std::string subject_of(const ServiceConnection& connection) {
  return "organization:" + connection.organization.str() + ":project:" + connection.project.str() +
         ":connection:" + connection.id.str();
}

void Service::Impl::set_identity(const catalogue::Scheme& scheme, ServiceConnection& connection,
                                 Problems& problems) const {
  if (!catalogue::has_identity(scheme)) return;
  const std::pair<std::string_view, std::string> wanted[] = {{catalogue::kIssuer, dependencies.issuer},
                                                             {catalogue::kSubject, subject_of(connection)}};
  for (const auto& [id, text] : wanted) {
    if (scheme.find_parameter(id) == nullptr) continue;
    std::string& field = connection.fields[std::string(id)];
    if (!field.empty() && field != text) {
      problems.push_back(base::invalid("This server sets it; leave it out. It is shown after saving",
                                       "/data/attributes/parameters/" + std::string(id)));
    }
    field = text;
  }
}

base::Status Service::Impl::renew_identity(storage::Transaction& transaction, const ServiceConnectionId& id) const {
  ASSIGN_OR_RETURN(auto row, store::find(transaction, id));
  if (!row) return {};
  ServiceConnection& connection = row->seen.connection;
  const auto before = connection.fields;
  connection.fields.erase(std::string(catalogue::kIssuer));
  connection.fields.erase(std::string(catalogue::kSubject));
  ASSIGN_OR_RETURN(const auto kind, kind_of(connection));
  Problems none;
  set_identity(*kind.scheme, connection, none);
  if (connection.fields == before) return {};
  ++connection.revision;
  return store::update(transaction, connection, row->secret);
}

base::Status Service::renew_issuer() {
  return impl_->dependencies.database.write([&](storage::Transaction& transaction) -> base::Status {
    for (const auto& [type, scheme] : kinds_with_identity(catalogue())) {
      ASSIGN_OR_RETURN(const auto ids, store::all_of_kind(transaction, type, scheme));
      for (const auto& id : ids) RETURN_IF_ERROR(impl_->renew_identity(transaction, id));
    }
    return {};
  });
}

}  // namespace connections
