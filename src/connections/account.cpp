#include "connections/account.h"

#include <algorithm>

#include "auth/audit.h"
#include "base/strings.h"
#include "connections/service_impl.h"
#include "logging/log.h"

// Accounts of a connection's own: made once a verification has shown that they can be, removed with the connection.
namespace connections {
namespace {

std::string account_of(const ServiceConnection& connection) {
  const auto found = connection.learned.find(kAccount);
  return found == connection.learned.end() ? std::string() : found->second;
}

// The verification passed, and still the connection is of no use.
void fail(Report& report, const AccountMade& made) {
  report.result = "failed";
  report.error_class = "";
  report.message =
      "The service lets the credentials in, but no account for the connection could be made. " + made.problem;
  report.remedy = "";
  if (!made.left.empty()) {
    report.message += " It was not possible to take everything back; still there: " + base::join(made.left, "; ");
  }
}

void warn(Report& report, const AccountMade& made) {
  report.notes.insert(report.notes.end(), made.warnings.begin(), made.warnings.end());
  if (made.warnings.empty() || report.result != "ok") return;
  report.result = "ok_with_warning";
  report.message = made.warnings.front();
}

VerificationStep step_of(const AccountMade& made, std::chrono::milliseconds spent) {
  VerificationStep step{"account", "make_account", "ok", base::join(made.warnings, " "), spent.count()};
  if (!made.warnings.empty()) step.result = "ok_with_warning";
  if (!made.done) {
    step.result = "failed";
    step.message = made.problem;
  }
  return step;
}

}  // namespace

bool Service::Impl::lacks_account(const catalogue::Scheme& scheme, const Secrets& secrets) const {
  const auto& accounts = dependencies.accounts;
  if (!accounts.make || !accounts.can_make(scheme)) return false;
  return std::any_of(scheme.parameters.begin(), scheme.parameters.end(), [&](const catalogue::Parameter& parameter) {
    return parameter.secret && parameter.filled_by_flow && !secrets.contains(parameter.id);
  });
}

base::Status Service::Impl::require_account(const catalogue::Scheme& scheme, const ServiceConnection& connection,
                                            const Secrets& secrets) const {
  if (!lacks_account(scheme, secrets)) return {};
  return base::conflict("the service connection '" + connection.name +
                        "' has no account at its service yet, because it was saved without verification. Verify it "
                        "once (runbridge connection verify), which makes the account; then start a new run");
}

base::Status Service::Impl::set_up(const auth::Actor& actor, Draft& draft, Report& report) const {
  if (report.failed() || !lacks_account(*draft.kind.scheme, draft.secrets)) return {};
  const auto& accounts = dependencies.accounts;
  ServiceConnection& connection = draft.connection;
  const std::string name = accounts.name(connection.id);
  const auto values = values_of(draft);
  const auto start = std::chrono::steady_clock::now();
  const auto made = accounts.make(attempt_of(draft, values), name);
  const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
  report.steps.push_back(step_of(made, spent));
  report.milliseconds += spent.count();
  if (made.done || !made.left.empty()) report.learned[kAccount] = name;
  if (made.done) {
    const auto takes = [&](const std::string& id) { return draft.kind.scheme->find_parameter(id) != nullptr; };
    for (const auto& [id, text] : made.fields) {
      if (takes(id)) connection.fields[id] = text;
    }
    for (const auto& [id, secret] : made.secrets) {
      if (takes(id)) draft.secrets[id] = secret;
    }
    const auto filled = values_of(draft);
    draft.target = catalogue::assemble_target(*dependencies.catalogue, *draft.kind.type, *draft.kind.scheme, filled);
    connection.target = draft.target.text;
    draft.has_new_account = true;
    warn(report, made);
  } else {
    fail(report, made);
  }
  return dependencies.database.write([&](storage::Transaction& transaction) {
    return audit(transaction, actor, connection, "set-up",
                 {{"result", made.done ? "ok" : "failed"}, {"account", name}, {"left", base::join(made.left, "; ")}});
  });
}

base::Status Service::Impl::keep_account(storage::Transaction& transaction, const Draft& draft, store::Row& row,
                                         bool same) const {
  if (!draft.has_new_account) return {};
  ServiceConnection& connection = row.seen.connection;
  connection.learned[kAccount] = dependencies.accounts.name(connection.id);
  if (!same) return store::set_verified(transaction, connection);
  connection.fields = draft.connection.fields;
  connection.target = draft.connection.target;
  connection.updated_at = dependencies.clock.now();
  ++connection.revision;
  RETURN_IF_ERROR(keep_secrets(transaction, connection, row.secret, draft.secrets));
  return store::update(transaction, connection, row.secret);
}

void Service::Impl::give_account_back(const auth::Actor& actor, const Draft& draft) const {
  if (!draft.has_new_account) return;
  const auto values = values_of(draft);
  const auto& accounts = dependencies.accounts;
  const auto gone = accounts.remove(attempt_of(draft, values), accounts.name(draft.connection.id));
  const auto written = dependencies.database.write([&](storage::Transaction& transaction) {
    return audit(transaction, actor, draft.connection, "clean-up",
                 {{"removed", base::join(gone.removed, "; ")}, {"left", base::join(gone.left, "; ")}});
  });
  if (!written || !gone.left.empty()) {
    logging::warning("an account of a service connection that was not saved is left at its service",
                     {{"connection", draft.connection.id.str()}, {"left", base::join(gone.left, "; ")}});
  }
}

AccountRemoved Service::Impl::remove_account(const store::Row& row) const {
  const std::string name = account_of(row.seen.connection);
  if (name.empty()) return {};
  const auto drafted =
      dependencies.database.read([&](storage::Connection& connection) { return draft_stored(connection, row); });
  if (!drafted || !dependencies.accounts.remove) {
    const std::string why = drafted ? "nothing here can remove it" : drafted.error().message;
    return {{}, {"the account " + name + " at the service: " + why}};
  }
  const auto values = values_of(*drafted);
  return dependencies.accounts.remove(attempt_of(*drafted, values), name);
}

std::string Service::Impl::forsaken_account(const ServiceConnection& connection) {
  const std::string name = account_of(connection);
  return name.empty() ? name : "the account " + name + " at the service";
}

}  // namespace connections
