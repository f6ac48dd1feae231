#pragma once

#include <filesystem>

#include "base/clock.h"
#include "providers/service.h"
#include "runs/lifecycle.h"
#include "runs/source.h"
#include "storage/database.h"
#include "webhooks/delivery_handler.h"

namespace runs {

// Turns the events of a delivery into runs: at most one fetch and one archive for each event, however many workspaces
// listen, and one transaction for all that comes of the delivery. Thread-safe.
class Trigger final : public webhooks::DeliveryHandler {
 public:
  struct Dependencies {
    storage::Database& database;
    const base::Clock& clock;
    Lifecycle& lifecycle;
    SourceAccess& source;
    std::filesystem::path archives;
    bool allow_forks = false;
    // Ends the program of a run that a newer commit replaced.
    std::function<void(const RunId&)> stop_run;
  };
  explicit Trigger(Dependencies dependencies) : dependencies_(std::move(dependencies)) {}

  // After so many attempts a fetch that may still succeed counts as failed, and people get to see it.
  static constexpr int kFetchAttempts = 8;
  // A longer list of changed paths counts as "everything changed".
  static constexpr std::size_t kMostPaths = 10'000;

  base::Result<webhooks::HandlerOutcome> handle(const webhooks::DeliveryContext& context,
                                                const std::vector<vcs::Event>& events) override;

 private:
  Dependencies dependencies_;
};

}  // namespace runs
