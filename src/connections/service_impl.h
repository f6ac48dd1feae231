#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connections/resource.h"
#include "connections/secrets.h"
#include "connections/service.h"

// Shared by the files that implement Service.
namespace connections {

class Service::Impl {
 public:
  explicit Impl(Dependencies needed) : dependencies(std::move(needed)) {}

  // The connection, if the caller has at least this role. kNotFound if he may not read it, else kForbidden.
  static base::Result<store::Row> require(storage::Connection& connection, const auth::Principal& who,
                                          const auth::OrganizationId& organization, const ServiceConnectionId& id,
                                          Role least);
  static base::Status require_creator(storage::Connection& connection, const auth::Principal& who,
                                      const auth::OrganizationId& organization, const auth::ProjectId& project);

  base::Status audit(storage::Transaction& transaction, const auth::Actor& actor,
                     const auth::OrganizationId& organization, const std::string& action, const std::string& target,
                     const std::map<std::string, std::string>& detail = {}) const;
  base::Status audit(storage::Transaction& transaction, const auth::Actor& actor, const ServiceConnection& connection,
                     const std::string& action, std::map<std::string, std::string> detail = {}) const;

  static vault::Owner owner_of(const ServiceConnection& connection) {
    return {connection.organization.str(), "service_connections", connection.id.str(), "secrets"};
  }
  // Plain values and, with `opened`, the secrets' texts; without, only that they are stored.
  base::Result<catalogue::Values> values_of(storage::Connection& connection, const store::Row& row, bool opened) const;
  // Replaces what is in the vault.
  base::Status keep_secrets(storage::Transaction& transaction, ServiceConnection& connection, vault::SecretId& id,
                            const Secrets& secrets) const;

  // Type and scheme of a stored connection; kConflict if the catalogue no longer has them.
  struct Kind {
    const catalogue::Type* type = nullptr;
    const catalogue::Scheme* scheme = nullptr;
  };
  base::Result<Kind> kind_of(const ServiceConnection& connection) const;
  base::Result<Kind> kind_named(const std::string& type, const std::string& scheme) const;

  // The issuer and the subject of a connection that this server vouches for are set, whatever was asked for; asking
  // for others is a problem. Needs the connection's id.
  void set_identity(const catalogue::Scheme& scheme, ServiceConnection& connection, Problems& problems) const;
  base::Status renew_identity(storage::Transaction& transaction, const ServiceConnectionId& id) const;

  // Names of other connections in `given` become their ids. Who names one must be a user of it.
  static base::Status resolve_references(storage::Connection& connection, const Viewer& viewer,
                                         const auth::ProjectId& project, const catalogue::Scheme& scheme,
                                         catalogue::Given& given, Problems& problems);
  // Every connection that the values refer to, with secrets.
  base::Result<References> open_references(storage::Connection& connection, const catalogue::Scheme& scheme,
                                           const std::map<std::string, std::string>& fields) const;

  base::Result<oauth::Started> start_sign_in(const auth::Actor& actor, const Kind& kind, const oauth::Purpose& purpose,
                                             const NewSignIn& wanted) const;

  // What a write comes to before it is saved.
  struct Draft {
    ServiceConnection connection;
    Kind kind;
    catalogue::TargetText target;
    Secrets secrets;  // all of them
    bool values_changed = false;
    References references;
    bool verify = true;
    oauth::AuthorizationId authorization;               // to be consumed when it is saved
    std::string account;                                // who signed in
    std::optional<oauth::Configuration> configuration;  // in whose name its secrets were made
    bool has_new_account = false;                       // made at the service for it, and not yet saved
  };
  // Puts what a sign-in brought, and what its OAuth configuration says, where the scheme wants it.
  base::Status settle_sign_in(storage::Connection& connection, const auth::Actor& actor, const SignedIn& signed_in,
                              const oauth::Purpose& purpose, catalogue::Given& given, Draft& draft,
                              Problems& problems) const;
  // Once saved: the sign-in is used up, and the configuration is in use.
  base::Status take_sign_in(storage::Transaction& transaction, const Draft& draft) const;
  // Of a stored connection; empty if it has none.
  base::Result<std::optional<oauth::Configuration>> configuration_of(storage::Connection& connection,
                                                                     const ServiceConnectionId& id,
                                                                     const catalogue::Scheme& scheme) const;

  // Errors are in `problems` if there are several.
  base::Result<Draft> draft_new(const auth::Actor& actor, const auth::OrganizationId& organization,
                                const auth::ProjectId& project, const NewConnection& wanted, Problems& problems) const;
  base::Result<Draft> draft_change(const auth::Actor& actor, const auth::OrganizationId& organization,
                                   const ServiceConnectionId& id, Role least, const Change& change,
                                   Problems& problems) const;
  // The stored connection as it is.
  base::Result<Draft> draft_stored(storage::Connection& connection, const store::Row& row) const;
  static catalogue::Values values_of(const Draft& draft);
  static Attempt attempt_of(const Draft& draft, const catalogue::Values& values);  // borrows both
  Report attempt(const Draft& draft) const;
  // Tried if it is to be; kInvalid with the remedy if that failed.
  base::Result<std::optional<Report>> attempt_before_saving(const auth::Actor& actor, Draft& draft,
                                                            Problems& problems) const;
  base::Result<Seen> save_new(const auth::Actor& actor, const Draft& draft, const std::optional<Report>& report);
  base::Result<Seen> save_change(const auth::Actor& actor, const Draft& draft, const std::optional<Report>& report);

  // Whether the connection is to have an account of its own at the service, and has none yet.
  bool lacks_account(const catalogue::Scheme& scheme, const Secrets& secrets) const;
  base::Status require_account(const catalogue::Scheme& scheme, const ServiceConnection& connection,
                               const Secrets& secrets) const;
  // After a verification that did not fail: makes the account that the connection lacks. What came of it is in draft
  // and report, and in the audit log.
  base::Status set_up(const auth::Actor& actor, Draft& draft, Report& report) const;
  // Saves the draft's new account, if it has one, with the connection that was there before. If that is no longer the
  // same, only that there is one: the next verification takes it over.
  base::Status keep_account(storage::Transaction& transaction, const Draft& draft, store::Row& row, bool same) const;
  // The new account of a draft that was not saved; what is left is in the audit log.
  void give_account_back(const auth::Actor& actor, const Draft& draft) const;
  AccountRemoved remove_account(const store::Row& row) const;
  // In words, what is left at the service when the connection goes and nobody asks the service; empty: nothing.
  static std::string forsaken_account(const ServiceConnection& connection);

  // Keeps what came of a verification, unless the connection was changed meanwhile.
  base::Status record(storage::Transaction& transaction, const auth::Actor& actor, const ServiceConnection& connection,
                      const Report& report, Asked asked) const;
  Verification verification(const auth::Actor& actor, const ServiceConnection& connection, const Report& report,
                            Asked asked) const;
  base::Status fetch_captures(const ServiceConnection& connection, const References& references,
                              std::chrono::seconds lifetime, const std::string& client_id, catalogue::Use& use) const;
  jobs::Outcome verify_daily(const jobs::Job& job);
  // When the next daily verification is due: in 20 to 28 hours, so that those made together do not stay together.
  base::Time next_verification() const;

  base::Result<store::Workspace> require_workspace(storage::Connection& connection,
                                                   const auth::OrganizationId& organization,
                                                   const std::string& workspace) const;
  base::Result<std::vector<NamedConnection>> named(storage::Connection& connection, const Viewer& viewer,
                                                   const store::Workspace& workspace) const;

  Dependencies dependencies;
};

// Of the connection's SSH server, as a verification saw it; empty if none did.
std::string known_host_line(const ServiceConnection& connection);
// What this server's tokens call the connection: its ids, since names can be given to another.
std::string subject_of(const ServiceConnection& connection);
bool is_usable_in(const ServiceConnection& connection, const auth::ProjectId& project);

}  // namespace connections
