#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/service.h"
#include "base/clock.h"
#include "base/page.h"
#include "base/result.h"
#include "catalogue/catalogue.h"
#include "catalogue/materials.h"
#include "catalogue/validate.h"
#include "connections/account.h"
#include "connections/connection.h"
#include "connections/options.h"
#include "connections/role_store.h"
#include "connections/store.h"
#include "connections/use_store.h"
#include "connections/verification.h"
#include "jobs/queue.h"
#include "oauth/service.h"
#include "storage/database.h"
#include "vault/vault.h"

namespace connections {

// A finished sign-in that fills a secret, and in whose name secrets were made.
struct SignedIn {
  oauth::AuthorizationId authorization;  // empty: none
  std::string configuration;             // id or name; empty: as the sign-in, the field or the only one there is says
};

// What a POST carried.
struct NewConnection {
  std::string name, type, scheme;
  std::string description;
  std::optional<std::string> owner;  // empty: who makes it
  std::map<std::string, std::string> tags;
  bool allow_all = false, inherits_roles = true;
  catalogue::Given given;
  SignedIn signed_in;
  bool verify = true;  // false: save without verification
};

// Which choices of a form are wanted, and what the form holds so far.
struct OptionsWanted {
  std::string type, scheme, parameter;
  catalogue::Given given;
  SignedIn signed_in;
};

// What a PATCH carried; what is not set stays.
struct Change {
  std::optional<std::string> name, type, scheme, description, owner;
  std::optional<std::map<std::string, std::string>> tags;
  std::optional<bool> allow_all, inherits_roles;
  catalogue::Given given;
  SignedIn signed_in;
  bool verify = true;
};

// All that is wrong with what was sent, when it is more than one thing.
using Problems = std::vector<base::Error>;

// A run that is about to start, and what it names besides what its workspace names.
struct RunUse {
  std::string run, workspace;
  std::vector<std::string> names;         // ids or names of connections
  std::chrono::seconds time_limit{3600};  // tokens that it gets end soon after
};

// A connection that a run names, and whether the run gets it.
struct RunConnection {
  ServiceConnectionId id;  // empty: the project knows none by that name
  std::string name;
  bool authorized = false;
};

// What a run receives.
struct RunMaterials {
  catalogue::Materials materials;
  std::vector<std::string> names;  // of the connections, for the run's log
};

// Service connections: named, verified, permissioned ways to outside services. Thread-safe.
//
// Every call asks for the caller's role. What he may not read is kNotFound, in the words of everything that is not
// there; what he may read but not do is kForbidden.
class Service {
 public:
  struct Dependencies {
    storage::Database& database;
    const base::Clock& clock;
    vault::Vault& vault;
    std::shared_ptr<const catalogue::Catalogue> catalogue;
    Prober prober;
    // What must be fetched before a run can have the connection; may be empty.
    Fetcher fetcher = {};
    std::string issuer = {};          // as which this server signs tokens; its URL from outside
    int verifiers = 4;                // daily verifications at once in this process
    oauth::Service* oauth = nullptr;  // null: secrets come from nowhere but the request
    Accounts accounts = {};           // makes accounts at services; may be empty
    Lister lister = {};               // asks services for the choices of forms; may be empty
  };
  explicit Service(Dependencies dependencies);
  ~Service();

  const catalogue::Catalogue& catalogue() const;
  const base::Clock& clock() const;
  base::Result<std::string> organization_name(const auth::OrganizationId& organization);

  // Makes this process run the job "connection.verify".
  void register_jobs(jobs::Workers& workers);

  // --- Records ----------------------------------------------------------------------------------------------------

  // Verified first unless that is not wanted; a verification that fails saves nothing (kInvalid with the remedy). Where
  // the type has it, an account of the connection's own is made at the service then, or, if it was saved without, at
  // the first verification that does not fail. The creator becomes administrator. Errors in `problems` if there are
  // several.
  base::Result<Seen> create(const auth::Actor& actor, const auth::OrganizationId& organization,
                            const auth::ProjectId& project, const NewConnection& wanted, Problems& problems);
  base::Result<Seen> find(const auth::Principal& who, const auth::OrganizationId& organization,
                          const ServiceConnectionId& id);
  base::Result<base::Page<Seen>> list(const auth::Principal& who, const auth::OrganizationId& organization,
                                      const store::Filter& filter, const base::PageRequest& page);
  base::Result<Seen> update(const auth::Actor& actor, const auth::OrganizationId& organization,
                            const ServiceConnectionId& id, const Change& change, Problems& problems);
  // kConflict with the list of what uses it, unless forced. Erases the secrets, and at the service the account that was
  // made for it; what is left there comes back, each with its reason.
  base::Result<std::vector<std::string>> remove(const auth::Actor& actor, const auth::OrganizationId& organization,
                                                const ServiceConnectionId& id, bool force);
  // All of an organization that is being deleted, with their secrets. No role is asked for.
  base::Status remove_all(storage::Transaction& transaction, const auth::Actor& actor,
                          const auth::OrganizationId& organization);
  // Before the server starts: writes the issuer of now into connections that have one, should its URL have changed.
  base::Status renew_issuer();
  base::Result<std::vector<Use>> uses(const auth::Principal& who, const auth::OrganizationId& organization,
                                      const ServiceConnectionId& id);
  base::Result<bool> may_create(const auth::Principal& who, const auth::OrganizationId& organization,
                                const auth::ProjectId& project);

  // Projects of the same organization, all or none.
  base::Status share(const auth::Actor& actor, const auth::OrganizationId& organization, const ServiceConnectionId& id,
                     const std::vector<std::string>& projects);
  base::Status unshare(const auth::Actor& actor, const auth::OrganizationId& organization,
                       const ServiceConnectionId& id, const std::vector<std::string>& projects);

  // --- Sign-ins ---------------------------------------------------------------------------------------------------

  struct NewSignIn {
    std::string type, scheme;                       // of a connection that is to be made
    std::string configuration;                      // id or name; empty: the only one there is
    std::map<std::string, std::string> parameters;  // what of the form the service has to know
  };
  // For a connection that is to be made, and for one whose secret is to be filled again.
  base::Result<oauth::Started> start_sign_in(const auth::Actor& actor, const auth::OrganizationId& organization,
                                             const auth::ProjectId& project, const NewSignIn& wanted);
  base::Result<oauth::Started> start_sign_in(const auth::Actor& actor, const auth::OrganizationId& organization,
                                             const ServiceConnectionId& id, const NewSignIn& wanted);
  // Names of the connections whose secrets were made in the name of an OAuth configuration; for oauth::Service.
  static base::Result<std::vector<std::string>> users_of(storage::Connection& connection,
                                                         const oauth::ConfigurationId& configuration);

  // --- Roles ------------------------------------------------------------------------------------------------------

  base::Result<std::vector<store::Assignment>> roles(const auth::Principal& who,
                                                     const auth::OrganizationId& organization,
                                                     const ServiceConnectionId& id);
  base::Status set_role(const auth::Actor& actor, const auth::OrganizationId& organization,
                        const ServiceConnectionId& id, const Subject& subject, Role role);
  base::Status remove_role(const auth::Actor& actor, const auth::OrganizationId& organization,
                           const ServiceConnectionId& id, const Subject& subject);

  base::Result<store::Members> group(const auth::Principal& who, const auth::OrganizationId& organization,
                                     const auth::ProjectId& project, Group group);
  base::Status set_default_members(const auth::Actor& actor, const auth::OrganizationId& organization,
                                   const auth::ProjectId& project, Group group, bool has_them);
  base::Status change_members(const auth::Actor& actor, const auth::OrganizationId& organization,
                              const auth::ProjectId& project, Group group, const std::vector<Subject>& subjects,
                              bool add);

  // --- Authorization and use --------------------------------------------------------------------------------------

  base::Result<base::Page<store::Authorization>> authorizations(const auth::Principal& who,
                                                                const auth::OrganizationId& organization,
                                                                const ServiceConnectionId& id,
                                                                const base::PageRequest& page);
  // For users of the connection; withdrawing is for its administrators.
  base::Status authorize(const auth::Actor& actor, const auth::OrganizationId& organization,
                         const ServiceConnectionId& id, const std::vector<std::string>& workspaces);
  base::Status withdraw(const auth::Actor& actor, const auth::OrganizationId& organization,
                        const ServiceConnectionId& id, const std::vector<std::string>& workspaces);

  struct NamedConnection {
    store::Named named;
    bool readable = false, authorized = false, may_authorize = false;
  };
  base::Result<std::vector<NamedConnection>> named_by(const auth::Principal& who,
                                                      const auth::OrganizationId& organization,
                                                      const std::string& workspace);
  // Each by id or name. To name one that was not named before takes the role of a user of it.
  base::Result<std::vector<NamedConnection>> set_named(const auth::Actor& actor,
                                                       const auth::OrganizationId& organization,
                                                       const std::string& workspace,
                                                       const std::vector<store::Named>& wanted);

  // The connections that a run names, without opening any. For showing why it was refused.
  base::Result<std::vector<RunConnection>> connections_of(storage::Connection& connection, const RunUse& use);
  // Everything the run is to receive; `directory` is its private directory as its programs see it. kForbidden, naming
  // connection and workspace, if one is not authorized: then nothing was opened. Written down in the audit log first.
  base::Result<RunMaterials> open_for_run(const RunUse& use, const std::string& directory);

  // --- Verification -----------------------------------------------------------------------------------------------

  // Of something that is not saved.
  base::Result<Report> verify_unsaved(const auth::Actor& actor, const auth::OrganizationId& organization,
                                      const auth::ProjectId& project, const NewConnection& wanted, Problems& problems);
  // Of something that is not saved, too: the choices of one of its fields, asked for at the service. For those who may
  // create in the project and use every connection that the form points to; that use is written down in the audit log.
  // kUpstream with the service's words and what to do.
  base::Result<Options> options(const auth::Actor& actor, const auth::OrganizationId& organization,
                                const auth::ProjectId& project, const OptionsWanted& wanted, Problems& problems);
  // Of a saved one; with changes in `given`, which are not saved, nothing is recorded either.
  base::Result<Verification> verify(const auth::Actor& actor, const auth::OrganizationId& organization,
                                    const ServiceConnectionId& id, const catalogue::Given& given, Problems& problems);
  // Newest first.
  base::Result<base::Page<Verification>> verifications(const auth::Principal& who,
                                                       const auth::OrganizationId& organization,
                                                       const ServiceConnectionId& id, const base::PageRequest& page);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace connections
