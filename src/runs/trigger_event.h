#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runs/run.h"
#include "vcs/event.h"
#include "webhooks/delivery_handler.h"
#include "workspaces/decision.h"

namespace runs {

// An event in the words of the decision table, with what its runs will remember.
struct TriggerEvent {
  workspaces::EventFacts facts;
  Ingress ingress;
  std::string kind;    // "push", "tag", "pull-request"; part of the key that keeps runs unique
  std::string commit;  // may be shortened until resolved
  std::string before;  // push: empty for a new branch
  std::string base;    // pull request: the target's commit, if the payload tells
  std::vector<std::string> refs;
  bool is_pull_request() const { return kind == "pull-request"; }
};

// Nothing for events that no workspace waits for (pings, renames).
std::optional<TriggerEvent> trigger_event(const webhooks::DeliveryContext& context, const vcs::Event& event);

// `source` of a configuration version: "ado", "bitbucket", "github".
std::string source_name(const std::string& kind);

}  // namespace runs
