#include <algorithm>
#include <limits>

#include "auth/audit.h"
#include "oauth/entra.h"
#include "oauth/service.h"

// One job for each sign-in as long as it lives: it asks the service whether the person has signed in, where that is how
// it goes, and erases what nobody used in time. A process that dies loses its lease, and another takes the job up.
namespace oauth {
namespace {

using State = Authorization::State;

constexpr std::int64_t kSlower = 5;  // seconds more, RFC 8628 section 3.5

base::Millis until(base::Time when, base::Time now) { return std::max(base::Millis(0), base::Millis(when - now)); }

}  // namespace

jobs::Outcome Service::look_after(const jobs::Job& job) {
  const AuthorizationId id(job.payload);
  const auto row = to_.database.read([&](storage::Connection& connection) { return store::find(connection, id); });
  if (!row) return jobs::Outcome::retry(row.error().message);
  if (!*row) return jobs::Outcome::done();
  const Authorization& authorization = (*row)->authorization;
  if (authorization.expires_at <= to_.clock.now()) {
    const auto erased = to_.database.write([&](storage::Transaction& transaction) -> base::Status {
      ASSIGN_OR_RETURN(const auto again, store::find(transaction, id));
      if (!again || again->authorization.expires_at > to_.clock.now()) return {};
      return erase(transaction, *again);
    });
    return erased ? jobs::Outcome::done() : jobs::Outcome::retry(erased.error().message);
  }
  if (!authorization.by_device || authorization.state != State::kPending) {
    return jobs::Outcome::retry("waits for its connection", until(authorization.expires_at, to_.clock.now()));
  }
  const auto next = ask_again(authorization);
  return next ? jobs::Outcome::retry("waits for the sign-in", *next) : jobs::Outcome::retry(next.error().message);
}

// When to look again.
base::Result<base::Millis> Service::ask_again(const Authorization& authorization) {
  const auto polled = [&]() -> base::Result<entra::Polled> {
    ASSIGN_OR_RETURN(const auto configuration, this->configuration(authorization.configuration));
    ASSIGN_OR_RETURN(const auto code,
                     to_.database.read([&](storage::Connection& connection) -> base::Result<base::Secret> {
                       ASSIGN_OR_RETURN(const auto row, store::find(connection, authorization.id));
                       if (!row) return base::not_found("the sign-in was given up");
                       return to_.vault.get(connection, row->secret, store::owner_of(authorization));
                     }));
    return entra::poll(to_.client, configuration, authorization.tenant, code);
  }();
  const bool is_away = !polled && polled.error().code == base::Code::kUnavailable;
  if (is_away || (polled && !polled->grant)) {
    std::int64_t interval = authorization.interval;
    if (is_away || polled->slower) {
      interval += kSlower;
      RETURN_IF_ERROR(to_.database.write([&](storage::Transaction& transaction) -> base::Status {
        ASSIGN_OR_RETURN(auto row, store::find(transaction, authorization.id));
        if (!row || row->authorization.state != State::kPending) return {};
        row->authorization.interval = interval;
        return store::update(transaction, *row);
      }));
    }
    return base::Millis(std::chrono::seconds(interval));
  }
  const auto outcome = polled ? base::Result<Grant>(*polled->grant) : base::Result<Grant>(polled.error());
  RETURN_IF_ERROR(settle(authorization.id, outcome, {auth::system_principal(), {}}));
  return base::Millis(std::chrono::seconds(authorization.interval));
}

void Service::register_jobs(jobs::Workers& workers) {
  jobs::WorkerOptions options;
  options.park_after = std::numeric_limits<int>::max();
  workers.register_handler("oauth.authorization", options, [this](const jobs::Job& job) { return look_after(job); });
}

}  // namespace oauth
