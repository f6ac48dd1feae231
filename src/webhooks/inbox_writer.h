#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "http/request.h"
#include "storage/database.h"
#include "webhooks/inbox.h"
#include "webhooks/rush.h"

namespace webhooks {

// Commits deliveries of many requests together and answers each when it is on disk. No worker waits for the disk: what
// arrives while one commit is under way shares the next. Thread-safe.
class InboxWriter {
 public:
  struct Entry {
    PreparedDelivery prepared;
    // With what became of it; the delivery is on disk then, or is not going to be.
    std::function<void(const base::Result<Stored>&)> done;
  };

  InboxWriter(storage::Database& database, const base::Clock& clock, Rush& rush);
  ~InboxWriter();  // stores what it was given
  InboxWriter(const InboxWriter&) = delete;
  InboxWriter& operator=(const InboxWriter&) = delete;

  void add(Entry entry);

 private:
  // What one transaction stores. Filled when the transaction begins, so that it takes all there is by then.
  struct Batch {
    std::vector<Entry> entries;
    std::vector<Stored> outcomes;
  };

  void run(const std::stop_token& stop);
  void store_waiting();
  void take(Batch& batch);
  base::Status store(storage::Transaction& transaction, Batch& batch) const;
  base::Result<Stored> store_one(storage::Transaction& transaction, const Entry& entry) const;
  void store_alone(Entry& entry) const;

  storage::Database& database_;
  const base::Clock& clock_;
  Rush& rush_;
  std::mutex mutex_;
  std::condition_variable_any filled_, enough_;
  std::vector<Entry> waiting_;  // guarded by mutex_
  std::size_t last_ = 0;        // how many the last commit took; guarded by mutex_
  std::vector<std::jthread> threads_;
};

}  // namespace webhooks
