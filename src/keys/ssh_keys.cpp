#include <nlohmann/json.hpp>

#include "auth/audit.h"
#include "base/strings.h"
#include "jsonapi/json.h"
#include "keys/service_impl.h"

// The keys of organizations: stored, minted, read in, used.
namespace keys {
namespace {

constexpr const char* kType = "ssh-keys";
constexpr std::size_t kLongestName = 255;

SshKey describe(const auth::OrganizationId& organization, const std::string& name, const crypto::SshKey& key) {
  SshKey result;
  result.organization = organization;
  result.name = name;
  result.health = crypto::ssh_key_problem_name(crypto::SshKeyProblem::kNone);
  result.type = crypto::ssh_key_type_name(key.type());
  result.bits = key.bits();
  result.public_line = key.public_line();
  result.fingerprint = key.fingerprint();
  result.fingerprint_md5 = key.fingerprint_md5();
  return result;
}

}  // namespace

base::Result<std::string> check_key_name(const std::string& name) {
  const std::string trimmed(base::trim(name));
  if (trimmed.empty()) return base::invalid("Name can't be blank", "/data/attributes/name");
  if (trimmed.size() > kLongestName) {
    return base::invalid("Name is too long (at most 255 bytes)", "/data/attributes/name");
  }
  for (const char letter : trimmed) {
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) {
      return base::invalid("Name must not hold control characters", "/data/attributes/name");
    }
  }
  return trimmed;
}

Service::Service(Dependencies dependencies) : impl_(std::make_unique<Impl>(std::move(dependencies))) {}
Service::~Service() = default;

void Service::set_usage(Usage usage) { impl_->usage = std::move(usage); }

base::Status Service::Impl::audit(storage::Transaction& transaction, const auth::Principal& who,
                                  const auth::OrganizationId& organization, const std::string& action,
                                  const std::string& type, const std::string& id, const std::string& purpose) const {
  auth::AuditEntry entry;
  entry.organization = organization;
  entry.who = who;
  entry.action = action;
  entry.target_type = type;
  entry.target_id = id;
  if (!purpose.empty()) entry.detail = jsonapi::dump({{"purpose", purpose}});
  return auth::audit(transaction, dependencies.clock, entry);
}

base::Result<SshKey> Service::Impl::add(const auth::Principal& who, SshKey key, const base::Secret& text,
                                        const std::string& action) {
  ASSIGN_OR_RETURN(key.name, check_key_name(key.name));
  return dependencies.database.write([&](storage::Transaction& transaction) -> base::Result<SshKey> {
    store::KeyRow row{key, {}};
    row.key.id = SshKeyId::make();
    row.key.created_at = dependencies.clock.now();
    ASSIGN_OR_RETURN(row.secret, dependencies.vault.put(transaction, owner_of(row.key), text));
    RETURN_IF_ERROR(store::insert_key(transaction, row));
    RETURN_IF_ERROR(audit(transaction, who, row.key.organization, action, kType, row.key.id.str()));
    return row.key;
  });
}

base::Result<SshKey> Service::create(const auth::Principal& who, const auth::OrganizationId& organization,
                                     const std::string& name, const base::Secret& text) {
  if (text.empty()) return base::invalid("Value can't be blank", "/data/attributes/value");
  auto problem = crypto::SshKeyProblem::kNone;
  const auto key = crypto::SshKey::import(text, &problem);
  SshKey described;
  if (key) {
    described = describe(organization, name, *key);
  } else {
    described.organization = organization;
    described.name = name;
    described.health = crypto::ssh_key_problem_name(problem);
    described.warning = key.error().message;
  }
  // As it came, not in our form: what reads it in a run may be anything.
  return impl_->add(who, std::move(described), text, "ssh-key.create");
}

base::Result<SshKey> Service::import(const auth::Principal& who, const auth::OrganizationId& organization,
                                     const std::string& name, const base::Secret& text) {
  auto key = crypto::SshKey::import(text);
  if (!key) {
    auto error = std::move(key).error();
    error.pointer = "/data/attributes/value";
    return error;
  }
  return impl_->add(who, describe(organization, name, *key), key->private_text(), "ssh-key.import");
}

base::Result<SshKey> Service::generate(const auth::Principal& who, const auth::OrganizationId& organization,
                                       const std::string& name, crypto::SshKeyType type) {
  ASSIGN_OR_RETURN(const std::string checked, check_key_name(name));
  ASSIGN_OR_RETURN(const auto key, crypto::SshKey::generate(type, "runbridge " + checked));
  return impl_->add(who, describe(organization, checked, key), key.private_text(), "ssh-key.generate");
}

base::Result<SshKey> Service::find(storage::Connection& connection, const SshKeyId& id) {
  ASSIGN_OR_RETURN(auto row, store::find_key(connection, id));
  return std::move(row.key);
}

base::Result<SshKey> Service::find(const SshKeyId& id) {
  return impl_->dependencies.database.read([&](storage::Connection& connection) { return find(connection, id); });
}

base::Result<std::vector<SshKey>> Service::list(const auth::OrganizationId& organization) {
  return impl_->dependencies.database.read(
      [&](storage::Connection& connection) { return store::list_keys(connection, organization); });
}

base::Result<base::Secret> Service::open(const auth::Principal& who, const SshKeyId& id, const std::string& purpose) {
  // In a writing transaction: no secret without its line in the audit log.
  return impl_->dependencies.database.write([&](storage::Transaction& transaction) -> base::Result<base::Secret> {
    ASSIGN_OR_RETURN(const auto row, store::find_key(transaction, id));
    RETURN_IF_ERROR(impl_->audit(transaction, who, row.key.organization, "ssh-key.use", kType, id.str(), purpose));
    return impl_->dependencies.vault.get(transaction, row.secret, Impl::owner_of(row.key));
  });
}

base::Result<SshKey> Service::rename(const auth::Principal& who, const SshKeyId& id, const std::string& name,
                                     const std::function<base::Status(const SshKey&)>& precondition) {
  ASSIGN_OR_RETURN(const std::string checked, check_key_name(name));
  return impl_->dependencies.database.write([&](storage::Transaction& transaction) -> base::Result<SshKey> {
    ASSIGN_OR_RETURN(auto row, store::find_key(transaction, id));
    if (precondition) RETURN_IF_ERROR(precondition(row.key));
    RETURN_IF_ERROR(store::rename_key(transaction, id, checked));
    RETURN_IF_ERROR(impl_->audit(transaction, who, row.key.organization, "ssh-key.update", kType, id.str()));
    row.key.name = checked;
    return std::move(row.key);
  });
}

base::Result<std::vector<std::string>> Service::users(const SshKeyId& id) {
  if (!impl_->usage) return std::vector<std::string>();
  return impl_->dependencies.database.read(
      [&](storage::Connection& connection) { return impl_->usage(connection, id); });
}

base::Status Service::remove(const auth::Principal& who, const SshKeyId& id) {
  return impl_->dependencies.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto row, store::find_key(transaction, id));
    if (impl_->usage) {
      ASSIGN_OR_RETURN(const auto users, impl_->usage(transaction, id));
      if (!users.empty()) {
        return base::conflict("the SSH key '" + row.key.name + "' is used by " + base::join(users, ", ") +
                              "; choose another key there first");
      }
    }
    RETURN_IF_ERROR(store::delete_key(transaction, id));
    RETURN_IF_ERROR(impl_->dependencies.vault.erase(transaction, row.secret));
    return impl_->audit(transaction, who, row.key.organization, "ssh-key.delete", kType, id.str());
  });
}

base::Status Service::remove_all(storage::Transaction& transaction, const auth::Principal& who,
                                 const auth::OrganizationId& organization) {
  ASSIGN_OR_RETURN(const auto keys, store::list_keys(transaction, organization));
  for (const auto& key : keys) {
    ASSIGN_OR_RETURN(const auto row, store::find_key(transaction, key.id));
    RETURN_IF_ERROR(store::delete_key(transaction, key.id));
    RETURN_IF_ERROR(impl_->dependencies.vault.erase(transaction, row.secret));
    RETURN_IF_ERROR(impl_->audit(transaction, who, organization, "ssh-key.delete", kType, key.id.str()));
  }
  return {};
}

}  // namespace keys
