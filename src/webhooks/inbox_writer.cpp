#include "webhooks/inbox_writer.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <map>
#include <utility>

#include "base/thread.h"
#include "logging/log.h"
#include "webhooks/bundle.h"

namespace webhooks {
namespace {

constexpr std::size_t kMostAtOnce = 256;
// While one thread gives the answers of a commit, the other has the next under way.
constexpr int kThreads = 2;
// So many of one organization in one commit are stored together, as a bundle.
constexpr std::size_t kBundled = 4;
// A commit costs the same for one and for many. Where the one before had this many, the next waits a moment for
// company.
constexpr std::size_t kCompany = 8;
constexpr std::size_t kEnough = 28;
constexpr std::chrono::microseconds kLinger{1500};

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
  std::size_t count = 0;
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(entry));
    count = waiting_.size();
  }
  if (count == 1) filled_.notify_one();
  if (count == kEnough) enough_.notify_one();
}

void InboxWriter::run(const std::stop_token& stop) {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      if (!filled_.wait(lock, stop, [this] { return !waiting_.empty(); }) && waiting_.empty()) return;
      if (last_ >= kCompany) {
        enough_.wait_for(lock, stop, kLinger, [this] { return waiting_.size() >= kEnough; });
        if (waiting_.empty()) continue;  // the other thread took them
      }
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
  last_ = batch.entries.size();
  if (!waiting_.empty()) filled_.notify_one();
}

base::Status InboxWriter::store(storage::Transaction& transaction, Batch& batch) const {
  batch.outcomes.assign(batch.entries.size(), Stored::kNew);
  std::map<std::string_view, std::vector<std::size_t>> by_organization;
  for (std::size_t index = 0; index < batch.entries.size(); ++index) {
    by_organization[batch.entries[index].prepared.organization()].push_back(index);
  }
  for (const auto& [organization, places] : by_organization) {
    if (places.size() >= kBundled) {
      std::vector<const PreparedDelivery*> deliveries;
      for (const auto index : places) deliveries.push_back(&batch.entries[index].prepared);
      RETURN_IF_ERROR(store_bundle(transaction, deliveries));
    } else {
      for (const auto index : places) {
        ASSIGN_OR_RETURN(batch.outcomes[index], store_one(transaction, batch.entries[index]));
      }
    }
  }
  return {};
}

base::Result<Stored> InboxWriter::store_one(storage::Transaction& transaction, const Entry& entry) const {
  ASSIGN_OR_RETURN(const auto stored, store_delivery(transaction, clock_, entry.prepared));
  if (stored == Stored::kNew) RETURN_IF_ERROR(enqueue_work(transaction, entry.prepared));
  return stored;
}

void InboxWriter::store_alone(Entry& entry) const {
  entry.done(database_.write([&](storage::Transaction& transaction) { return store_one(transaction, entry); }));
}

}  // namespace webhooks
