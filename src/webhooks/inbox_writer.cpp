#include "webhooks/inbox_writer.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

#include "base/thread.h"
#include "logging/log.h"

namespace webhooks {
namespace {

constexpr std::size_t kMostAtOnce = 256;
// While one thread gives the answers of a commit, the other has the next under way.
constexpr int kThreads = 2;

}  // namespace

InboxWriter::InboxWriter(storage::Database& database, const base::Clock& clock, Rush& rush)
    : database_(database), clock_(clock), rush_(rush) {
  for (int index = 0; index < kThreads; ++index) {
    threads_.push_back(base::start_thread("inbox", [this](const std::stop_token& stop) { run(stop); }));
  }
}

InboxWriter::~InboxWriter() {
  for (auto& thread : threads_) thread.request_stop();
  threads_.clear();  // joins
}

void InboxWriter::add(Entry entry) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = waiting_.empty();
    waiting_.push_back(std::move(entry));
  }
  if (first) filled_.notify_one();
}

void InboxWriter::run(const std::stop_token& stop) {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      if (!filled_.wait(lock, stop, [this] { return !waiting_.empty(); }) && waiting_.empty()) return;
    }
    try {
      store_waiting();
    } catch (const std::exception& problem) {  // no memory, most likely; who had no answer is told 503 (Completion)
      logging::error("deliveries could not be stored", {{"what", problem.what()}});
    }
  }
}

void InboxWriter::store_waiting() {
  Batch batch;
  const auto stored = database_.write([&](storage::Transaction& transaction) -> base::Status {
    take(batch);
    return store(transaction, batch);
  });
  rush_.note(batch.entries.size());
  if (stored) {
    for (std::size_t index = 0; index < batch.entries.size(); ++index) {
      batch.entries[index].done(batch.outcomes[index]);
    }
  } else if (stored.error().code == base::Code::kUnavailable || batch.entries.size() < 2) {
    if (batch.entries.empty()) take(batch);  // the database was not even reached
    for (auto& entry : batch.entries) entry.done(stored.error());
  } else {
    for (auto& entry : batch.entries) store_alone(entry);  // one of them spoils the rest: find out which
  }
}

void InboxWriter::take(Batch& batch) {
  const std::lock_guard lock(mutex_);
  const auto room = kMostAtOnce - std::min(kMostAtOnce, batch.entries.size());
  const auto count = static_cast<std::ptrdiff_t>(std::min(room, waiting_.size()));
  batch.entries.insert(batch.entries.end(), std::make_move_iterator(waiting_.begin()),
                       std::make_move_iterator(waiting_.begin() + count));
  waiting_.erase(waiting_.begin(), waiting_.begin() + count);
  if (!waiting_.empty()) filled_.notify_one();
}

base::Status InboxWriter::store(storage::Transaction& transaction, Batch& batch) const {
  batch.outcomes.clear();
  std::vector<DeliveryId> open;
  for (const auto& entry : batch.entries) {
    ASSIGN_OR_RETURN(const auto stored, store_delivery(transaction, clock_, *entry.hook, entry.prepared));
    batch.outcomes.push_back(stored);
    if (stored == Stored::kNew && entry.hook->accepting) open.push_back(entry.prepared.id);
  }
  return enqueue_work(transaction, open);
}

void InboxWriter::store_alone(Entry& entry) const {
  entry.done(database_.write([&](storage::Transaction& transaction) -> base::Result<Stored> {
    ASSIGN_OR_RETURN(const auto stored, store_delivery(transaction, clock_, *entry.hook, entry.prepared));
    if (stored == Stored::kNew && entry.hook->accepting) {
      RETURN_IF_ERROR(enqueue_work(transaction, {entry.prepared.id}));
    }
    return stored;
  }));
}

}  // namespace webhooks
