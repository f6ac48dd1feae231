#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.h"
#include "vcs/kind.h"

namespace fakes {

// A provider made of memory: repositories and hooks as a test sets them up, failures as it orders them, and a diary of
// every call. Its deliveries are proven by "X-Secret: <secret>", named by "X-Delivery" and written as one line each:
//
//   ping | push <repository id> | rename <repository id> <new path> | ignored <why> | crash | anything else: invalid
//
// Thread-safe; must outlive what its kind makes.
class ScriptedForge {
 public:
  // Registered under any name; `http_url` and `api_url` as typed.
  vcs::Kind kind(const std::string& name = "scripted", const std::string& display_name = "Scripted Forge");

  void add_repository(const std::string& id, const std::string& path);
  void rename_repository(const std::string& id, const std::string& path);
  // The next `times` calls of that operation ("ensure_hook") fail.
  void fail(const std::string& operation, base::Error error, int times = 1);
  void set_verification(vcs::Verification verification);
  // Runs inside the next ensure_hook or remove_hook, after the provider changed its hooks: the moment between the
  // provider's answer and ours.
  void after_change(std::function<void()> action);

  std::vector<std::string> calls() const;  // "ensure_hook acme/infra"
  int count(std::string_view operation) const;
  // URLs of a repository's hooks, once for each hook.
  std::vector<std::string> hooks(const std::string& repository_id) const;
  std::vector<vcs::CommitStatus> statuses() const;  // every one that was posted, also if it was ordered to fail
  std::string last_token() const;                   // of the connection that made the last call

 private:
  class Connection;
  struct State {
    std::map<std::string, std::string> repositories;                       // id → path
    std::map<std::string, std::multimap<std::string, std::string>> hooks;  // repository id → URL → hook id
    std::map<std::string, std::deque<base::Error>> failures;
    std::vector<std::string> calls;
    std::vector<vcs::CommitStatus> statuses;
    std::string last_token;
    vcs::Verification verification;
    std::function<void()> after_change;
    int next_hook = 1;
  };
  base::Guarded<State> state_;
};

}  // namespace fakes
