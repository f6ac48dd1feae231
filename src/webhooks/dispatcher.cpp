#include "webhooks/dispatcher.h"

#include <algorithm>
#include <exception>
#include <utility>
#include <variant>

#include "base/strings.h"
#include "logging/log.h"
#include "providers/vcs_event.h"
#include "webhooks/bundle.h"

namespace webhooks {
namespace {

using base::Code;

const vcs::RepositoryRef* repository_of(const vcs::Event& event) {
  return std::visit(
      [](const auto& one) -> const vcs::RepositoryRef* {
        if constexpr (std::is_same_v<std::decay_t<decltype(one)>, vcs::Ping>) {
          return nullptr;
        } else {
          return &one.repository;
        }
      },
      event);
}

bool is_ping(const vcs::Event& event) { return std::holds_alternative<vcs::Ping>(event); }

bool is_of_another_repository(const vcs::Event& event, const std::string& repository_id) {
  const auto* repository = repository_of(event);
  return repository != nullptr && !base::equals_ignoring_case(repository->id, repository_id);
}

// A parser that throws is a bug of ours; its delivery waits for people rather than being lost.
base::Result<vcs::Parsed> parse_safely(const vcs::Kind& kind, const DeliveryBytes& bytes) {
  try {
    return kind.parse(bytes.headers, bytes.body);
  } catch (const std::exception& problem) {
    auto error = base::invalid("the payload could not be read");
    error.detail = problem.what();
    return error;
  }
}

}  // namespace

void Dispatcher::register_jobs(jobs::Workers& workers, int threads) {
  jobs::WorkerOptions options;
  options.threads = threads;
  options.lease = base::Millis(60'000);
  options.park_after = 1'000;  // the delivery itself says when it is enough
  workers.register_handler("delivery.process", options, [this](const jobs::Job& job) { return process(job); });
  options.threads = 1;
  workers.register_handler("delivery.spread", options, [this](const jobs::Job& job) { return spread(job); });
}

// Safe to repeat: a bundle is gone when it has been taken apart.
jobs::Outcome Dispatcher::spread(const jobs::Job& job) {
  if (dependencies_.rush) dependencies_.rush->give_way();
  const auto done = dependencies_.database.write(
      [&](storage::Transaction& transaction) { return spread_bundle(transaction, dependencies_.clock, job.payload); });
  if (done) return jobs::Outcome::done();
  if (done.error().code != Code::kUnavailable) {
    const auto halved = dependencies_.database.write(
        [&](storage::Transaction& transaction) { return halve_bundle(transaction, job.payload); });
    if (!halved) logging::warning("a bundle of deliveries could not be halved", {{"what", halved.error().message}});
  }
  return jobs::Outcome::retry(done.error().message);
}

base::Result<std::optional<Dispatcher::Open>> Dispatcher::read(const DeliveryId& id) {
  return dependencies_.database.read([&](storage::Connection& connection) -> base::Result<std::optional<Open>> {
    ASSIGN_OR_RETURN(auto delivery, find_delivery(connection, id));
    if (!delivery || delivery->state != DeliveryState::kReceived) return std::optional<Open>();
    Open open;
    open.delivery = *std::move(delivery);
    ASSIGN_OR_RETURN(auto bytes, delivery_bytes(connection, id));
    if (!bytes) return std::optional<Open>();
    open.bytes = *std::move(bytes);
    ASSIGN_OR_RETURN(open.hook, dependencies_.registrar.find(connection, open.delivery.hook));
    return std::optional<Open>(std::move(open));
  });
}

jobs::Outcome Dispatcher::process(const jobs::Job& job) {
  if (dependencies_.rush) dependencies_.rush->give_way();
  auto open = read(DeliveryId(job.payload));
  if (!open) return jobs::Outcome::retry(open.error().message);
  if (!*open) return jobs::Outcome::done();
  // The queue counted this attempt before it began; what neither ended nor asked for another try took us down.
  const auto crashes = job.attempt - 1 - (*open)->delivery.retries;
  if (crashes >= kCrashes) {
    return finish(**open, DeliveryState::kParked, "the server stopped three times while working on this delivery");
  }
  if (!(*open)->hook) return finish(**open, DeliveryState::kIgnored, "this webhook is not in use any more");
  return parse(**open, job.attempt);
}

jobs::Outcome Dispatcher::parse(const Open& open, int attempt) {
  const auto* kind = dependencies_.registry.find(open.delivery.kind);
  if (!kind) return retry(open, attempt, "this server has no driver for '" + open.delivery.kind + "'", {});
  if (open.bytes.body.empty()) return finish(open, DeliveryState::kParked, "invalid payload: the body is empty");
  auto parsed = parse_safely(*kind, open.bytes);
  if (!parsed) return finish(open, DeliveryState::kParked, "invalid payload: " + parsed.error().message);
  return act(open, *kind, *std::move(parsed), attempt);
}

jobs::Outcome Dispatcher::act(const Open& open, const vcs::Kind& kind, vcs::Parsed parsed, int attempt) {
  const auto& hook = *open.hook;
  auto& events = parsed.events;
  if (events.empty()) {
    return finish(open, DeliveryState::kIgnored, parsed.ignored ? parsed.ignored->reason : "nothing to do");
  }
  if (std::all_of(events.begin(), events.end(), is_ping)) return finish(open, DeliveryState::kDone, "ping");
  std::erase_if(events, [&](const vcs::Event& event) {
    return is_ping(event) || is_of_another_repository(event, hook.repository_id);
  });
  if (events.empty()) {
    return finish(open, DeliveryState::kIgnored,
                  "repository mismatch: the payload is not about " + hook.repository_path);
  }
  DeliveryContext context{open.delivery.id,
                          hook.id,
                          hook.organization,
                          hook.client,
                          hook.token,
                          &kind,
                          hook.repository_id,
                          hook.repository_path,
                          parsed.event_name,
                          open.delivery.received_at,
                          attempt,
                          open.delivery.replays > 0};
  for (auto& event : events) {
    auto* renamed = std::get_if<vcs::RepositoryRenamed>(&event);
    if (!renamed) continue;
    if (auto confirmed = confirm_rename(hook, *renamed); !confirmed) {
      if (confirmed.error().code == Code::kConflict || confirmed.error().code == Code::kNotFound) {
        return finish(open, DeliveryState::kIgnored, "the provider does not confirm the new name of the repository");
      }
      return retry(open, attempt, confirmed.error().message, confirmed.error().retry_after);
    }
    context.repository_path = renamed->repository.path;
  }
  auto outcome = dependencies_.handler.handle(context, events);
  if (outcome && outcome->kind == HandlerOutcome::Kind::kDone) return jobs::Outcome::done();
  if (outcome) return retry(open, attempt, outcome->reason, outcome->delay);
  const auto& error = outcome.error();
  if (error.code == Code::kInvalid) return finish(open, DeliveryState::kParked, error.message);
  return retry(open, attempt, error.message, error.retry_after);
}

// What a payload says about a repository's place is believed only if the provider says the same about its id.
base::Status Dispatcher::confirm_rename(const Hook& hook, vcs::RepositoryRenamed& renamed) {
  ASSIGN_OR_RETURN(const auto opened, dependencies_.providers.open(hook.token));
  ASSIGN_OR_RETURN(const auto repository, opened.provider->find_repository(renamed.repository.path));
  if (!base::equals_ignoring_case(repository.id, hook.repository_id)) {
    return base::conflict("the provider has another repository at that path");
  }
  RETURN_IF_ERROR(dependencies_.database.write([&](storage::Transaction& transaction) {
    return dependencies_.registrar.update_repository(transaction, hook.id, repository);
  }));
  renamed.old_path = hook.repository_path;
  renamed.repository = {repository.id, repository.path, repository.default_branch};
  return {};
}

jobs::Outcome Dispatcher::finish(const Open& open, DeliveryState state, const std::string& reason) {
  const auto& delivery = open.delivery;
  auto finished = dependencies_.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const bool changed, finish_delivery(transaction, dependencies_.clock, delivery.id, state, reason));
    if (!changed || state == DeliveryState::kDone || state == DeliveryState::kIgnored) return {};
    providers::VcsEvent event;
    event.organization = delivery.organization;
    event.token = delivery.token;
    event.level = providers::VcsEvent::Level::kError;
    event.message = "A delivery for " + delivery.repository_path + " could not be worked on: " + reason;
    event.suggested_action = "Look at delivery " + delivery.id.str() + ".";
    event.repository_path = delivery.repository_path;
    return providers::record_event(transaction, dependencies_.clock, event);
  });
  return finished ? jobs::Outcome::done() : jobs::Outcome::retry(finished.error().message);
}

jobs::Outcome Dispatcher::retry(const Open& open, int attempt, const std::string& reason,
                                std::optional<base::Millis> delay) {
  if (attempt >= kAttempts) return finish(open, DeliveryState::kFailed, reason);
  bool over = false;
  auto noted = dependencies_.database.write([&](storage::Transaction& transaction) -> base::Status {
    ASSIGN_OR_RETURN(const auto delivery, find_delivery(transaction, open.delivery.id));
    over = !delivery || delivery->state != DeliveryState::kReceived;
    return over ? base::Status() : note_retry(transaction, open.delivery.id, reason);
  });
  if (noted && over) return jobs::Outcome::done();  // another worker finished it
  return jobs::Outcome::retry(reason, delay);
}

}  // namespace webhooks
