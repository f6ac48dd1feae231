#include "connections/verification.h"

#include <limits>

#include "auth/audit.h"
#include "auth/audit_log.h"
#include "catalogue/identity.h"
#include "connections/service_impl.h"
#include "connections/verification_store.h"

namespace connections {

const char* asked_name(Asked asked) {
  switch (asked) {
    case Asked::kBeforeSaving: return "before-saving";
    case Asked::kOnDemand: return "on-demand";
    case Asked::kDaily: return "daily";
  }
  return "on-demand";
}

base::Result<Service::Impl::Draft> Service::Impl::draft_stored(storage::Connection& connection,
                                                               const store::Row& row) const {
  Draft draft;
  draft.connection = row.seen.connection;
  ASSIGN_OR_RETURN(draft.kind, kind_of(draft.connection));
  ASSIGN_OR_RETURN(const auto values, values_of(connection, row, true));
  draft.secrets = {values.secrets().begin(), values.secrets().end()};
  draft.target = catalogue::assemble_target(*dependencies.catalogue, *draft.kind.type, *draft.kind.scheme, values);
  ASSIGN_OR_RETURN(draft.references, open_references(connection, *draft.kind.scheme, draft.connection.fields));
  ASSIGN_OR_RETURN(draft.configuration, configuration_of(connection, draft.connection.id, *draft.kind.scheme));
  return draft;
}

catalogue::Values Service::Impl::values_of(const Draft& draft) {
  catalogue::Values values;
  for (const auto& [id, text] : draft.connection.fields) values.set(id, text);
  for (const auto& [id, secret] : draft.secrets) values.set_secret(id, secret);
  return values;
}

Attempt Service::Impl::attempt_of(const Draft& draft, const catalogue::Values& values) {
  return {draft.connection.organization,
          draft.kind.type,
          draft.kind.scheme,
          draft.connection.name,
          &values,
          &draft.target,
          &draft.references,
          known_host_line(draft.connection),
          subject_of(draft.connection),
          std::chrono::seconds(600),
          draft.configuration ? draft.configuration->client_id : std::string()};
}

Report Service::Impl::attempt(const Draft& draft) const {
  const auto values = values_of(draft);
  return dependencies.prober(attempt_of(draft, values));
}

base::Result<std::optional<Report>> Service::Impl::attempt_before_saving(const auth::Actor& actor, Draft& draft,
                                                                         Problems& problems) const {
  if (!draft.verify) return std::optional<Report>();
  Report report = attempt(draft);
  RETURN_IF_ERROR(set_up(actor, draft, report));
  if (!report.failed()) return std::optional(std::move(report));
  problems.push_back(base::invalid("Nothing was saved, because the verification failed: " + report.message +
                                       (report.remedy.empty() ? "" : " " + report.remedy) +
                                       " To save without verification, send \"verify\": false.",
                                   "/data/attributes/parameters"));
  return problems.front();
}

Verification Service::Impl::verification(const auth::Actor& actor, const ServiceConnection& connection,
                                         const Report& report, Asked asked) const {
  return {VerificationId::make(),    connection.id, dependencies.clock.now(), report, asked,
          auth::actor_id(actor.who), actor.who.name};
}

base::Status Service::Impl::record(storage::Transaction& transaction, const auth::Actor& actor,
                                   const ServiceConnection& connection, const Report& report, Asked asked) const {
  const auto verification = this->verification(actor, connection, report, asked);
  RETURN_IF_ERROR(store::insert(transaction, verification));
  ServiceConnection verified = connection;
  verified.verification_result = report.result;
  verified.verification_message = report.message;
  verified.last_verified_at = verification.created_at;
  for (const auto& [name, text] : report.learned) verified.learned[name] = text;
  RETURN_IF_ERROR(store::set_verified(transaction, verified));
  return audit(transaction, actor, connection, "verify", {{"result", report.result}, {"asked", asked_name(asked)}});
}

base::Result<Report> Service::verify_unsaved(const auth::Actor& actor, const auth::OrganizationId& organization,
                                             const auth::ProjectId& project, const NewConnection& wanted,
                                             Problems& problems) {
  ASSIGN_OR_RETURN(const auto draft, impl_->draft_new(actor, organization, project, wanted, problems));
  if (catalogue::has_identity(*draft.kind.scheme)) {
    return base::invalid(
        "Save the connection first: then it has an issuer and a subject. Register both at the service, and "
        "verify it.");
  }
  auto report = impl_->attempt(draft);
  ServiceConnection unsaved = draft.connection;
  unsaved.id = {};  // it never got one that anybody could ask for
  RETURN_IF_ERROR(impl_->dependencies.database.write([&](storage::Transaction& transaction) {
    return impl_->audit(transaction, actor, unsaved, "verify",
                        {{"result", report.result}, {"asked", "before-saving"}, {"project", project.str()}});
  }));
  return report;
}

base::Result<Verification> Service::verify(const auth::Actor& actor, const auth::OrganizationId& organization,
                                           const ServiceConnectionId& id, const catalogue::Given& given,
                                           Problems& problems) {
  const bool as_stored = given.values.empty() && given.cleared.empty();
  // With changes the stored secrets go where the changes say, so they are for those who may make them.
  Change change;
  change.given = given;
  auto drafted =
      as_stored ? impl_->dependencies.database.read([&](storage::Connection& connection) -> base::Result<Impl::Draft> {
        ASSIGN_OR_RETURN(const auto row, Impl::require(connection, actor.who, organization, id, Role::kUser));
        return impl_->draft_stored(connection, row);
      })
                : impl_->draft_change(actor, organization, id, Role::kAdministrator, change, problems);
  if (!drafted) return std::move(drafted).error();
  auto report = impl_->attempt(*drafted);
  if (as_stored) RETURN_IF_ERROR(impl_->set_up(actor, *drafted, report));
  auto verification = impl_->verification(actor, drafted->connection, report, Asked::kOnDemand);
  bool gone = false;
  const auto kept = impl_->dependencies.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(auto row, store::find(transaction, id));
    gone = !row;
    const bool same = row && row->seen.connection.revision == drafted->connection.revision;
    if (row) RETURN_IF_ERROR(impl_->keep_account(transaction, *drafted, *row, same));
    if (as_stored && same) {
      return impl_->record(transaction, actor, row->seen.connection, report, Asked::kOnDemand);
    }
    return impl_->audit(transaction, actor, drafted->connection, "verify",
                        {{"result", report.result}, {"asked", "before-saving"}});
  });
  if (gone) impl_->give_account_back(actor, *drafted);
  if (!kept) return kept.error();
  return verification;
}

base::Result<base::Page<Verification>> Service::verifications(const auth::Principal& who,
                                                              const auth::OrganizationId& organization,
                                                              const ServiceConnectionId& id,
                                                              const base::PageRequest& page) {
  using Found = base::Result<base::Page<Verification>>;
  return impl_->dependencies.database.read([&](storage::Connection& connection) -> Found {
    RETURN_IF_ERROR(Impl::require(connection, who, organization, id, Role::kReader));
    return store::list(connection, id, page);
  });
}

// One job for each connection as long as it lives: every attempt ends by waiting for the next day. A process that dies
// loses its lease and another takes the job up, so none is forgotten.
jobs::Outcome Service::Impl::verify_daily(const jobs::Job& job) {
  const ServiceConnectionId id(job.payload);
  const auth::Actor actor{auth::system_principal(), {}};
  std::optional<ServiceConnection> connection;
  auto drafted = dependencies.database.read([&](storage::Connection& reader) -> base::Result<Draft> {
    ASSIGN_OR_RETURN(const auto row, store::find(reader, id));
    if (!row) return base::not_found("the service connection is gone");
    connection = row->seen.connection;
    return draft_stored(reader, *row);
  });
  if (!connection) {
    return drafted.error().code == base::Code::kNotFound ? jobs::Outcome::done()
                                                         : jobs::Outcome::retry(drafted.error().message);
  }
  Report report;
  if (drafted) {
    report = attempt(*drafted);
    if (const auto done = set_up(actor, *drafted, report); !done) return jobs::Outcome::retry(done.error().message);
  } else {
    report.result = "failed";
    report.message = drafted.error().message;
  }
  const auto next = next_verification();
  bool gone = false;
  const auto recorded = dependencies.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(auto row, store::find(transaction, id));
    gone = !row;
    if (gone) return {};
    auto& now = row->seen.connection;
    const bool same = now.revision == connection->revision;
    if (drafted) RETURN_IF_ERROR(keep_account(transaction, *drafted, *row, same));
    now.verify_after = next;
    if (!same) return store::set_verify_after(transaction, id, next);
    return record(transaction, actor, now, report, Asked::kDaily);
  });
  if (gone && drafted) give_account_back(actor, *drafted);
  if (!recorded) return jobs::Outcome::retry(recorded.error().message);
  return jobs::Outcome::retry("verified daily",
                              std::chrono::duration_cast<base::Millis>(next - dependencies.clock.now()));
}

void Service::register_jobs(jobs::Workers& workers) {
  jobs::WorkerOptions options;
  options.threads = impl_->dependencies.verifiers;
  options.park_after = std::numeric_limits<int>::max();
  options.lease = std::chrono::minutes(2);
  options.poll = std::chrono::seconds(10);
  workers.register_handler("connection.verify", options,
                           [this](const jobs::Job& job) { return impl_->verify_daily(job); });
}

}  // namespace connections
