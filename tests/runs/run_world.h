#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "connections/service.h"
#include "runs/sandbox.h"
#include "runs/service.h"
#include "runs/source.h"
#include "runs/store.h"
#include "tests/workspaces/workspace_world.h"
#include "vcs/event.h"
#include "webhooks/delivery_handler.h"

namespace fakes {

// Repositories made of memory, with a diary. Every commit has the one file "main.tf", whose text is the commit's id.
class FakeSource final : public runs::SourceAccess {
 public:
  using Repository = runs::SourceRepository;
  base::Result<vcs::Repository> find(const Repository& repository) override;
  base::Result<std::string> resolve_commit(const Repository&, const std::string& shortened) override;
  base::Result<std::string> branch_head(const Repository& repository, const std::string& branch) override;
  base::Status fetch(const Repository&, const std::vector<std::string>& commits,
                     const std::vector<std::string>&) override;
  base::Result<git::ChangedPaths> changed_by_push(const Repository&, const std::string&, const std::string&,
                                                  const std::string&) override;
  base::Result<git::ChangedPaths> changed_by_pull_request(const Repository&, const std::string&,
                                                          const std::string&) override;
  base::Result<git::CommitFacts> commit_facts(const Repository&, const std::string& sha) override;
  base::Result<std::vector<git::CommitFacts>> history(const Repository&, const std::string& sha,
                                                      std::size_t count) override;
  base::Result<git::ChangedPaths> files(const Repository&, const std::string&) override { return all_files; }
  base::Result<std::vector<std::string>> tags(const Repository&) override { return tag_names; }
  base::Result<std::string> archive(const Repository&, const std::string& sha,
                                    const std::filesystem::path& directory) override;
  base::Result<std::string> archive_with_submodules(const Repository&, const std::string& sha,
                                                    const std::filesystem::path& directory) override;

  int count(const std::string& operation) const;

  std::vector<std::string> calls;            // "fetch", "archive", …
  std::map<std::string, std::string> heads;  // "<repository id> <branch>" → commit
  git::ChangedPaths changed{true, "", {"main.tf"}};
  git::ChangedPaths all_files{true, "", {"main.tf", "modules/net/a.tf", "prod/app.tf"}};
  std::vector<std::string> tag_names;
  std::deque<base::Error> fetch_failures, find_failures, submodule_failures;
  std::string default_branch = "main";
};

// Runs nothing: `behave` says what a command prints and how it ends.
class FakeSandbox final : public runs::Sandbox {
 public:
  using Output = std::function<void(std::string_view)>;
  base::Result<runs::Exit> run(const runs::Command& command, const Output& on_output, std::stop_token cancel) override;
  std::string description() const override { return "nothing is run"; }

  std::function<runs::Exit(const runs::Command&, const Output&, const std::stop_token&)> behave;
  std::vector<runs::Command> commands;
};

// Runs over a WorkspaceWorld: deliveries go straight to the handler, jobs run when a test says so.
class RunWorld {
 public:
  explicit RunWorld(storage::Database& database);

  // A workspace on acme/infra that has commands and queues all runs, its first run discarded.
  std::string workspace(const std::string& name, const nlohmann::json& attributes = nlohmann::json::object());

  vcs::Push push(const std::string& commit, const std::string& branch = "main") const;
  vcs::PullRequest pull_request(const std::string& commit, int number = 7) const;
  // Stores a delivery and gives it to the handler.
  base::Result<webhooks::HandlerOutcome> deliver(const vcs::Event& event, int attempt = 1);

  // The delivery before once more, as webhooks' replay gives it to the handler.
  base::Result<webhooks::HandlerOutcome> replay(const vcs::Event& event, bool force = false);

  std::vector<runs::Run> runs_of(const std::string& workspace, bool plan_only = false);  // newest first
  runs::Run run(const runs::RunId& id);
  std::string status(const runs::RunId& id) { return std::string(runs::status_name(run(id).status)); }
  std::string why(const std::string& workspace);  // rule of its newest decision
  std::string log_of(const std::string& phase);
  int act(const runs::RunId& id, const std::string& action);  // the HTTP status
  void jobs() { all.world.run_jobs(); }

  base::TemporaryDirectory directory;
  WorkspaceWorld all;
  FakeSource source;
  FakeSandbox sandbox;
  bool allow_forks = false;
  std::string context_path = "acme/infra";  // of the repository that deliveries are about
  std::unique_ptr<connections::Service> connections;
  std::unique_ptr<runs::Service> service;

 private:
  void start();
  webhooks::DeliveryContext store_delivery();
  int deliveries_ = 0;
  webhooks::DeliveryContext last_;
};

std::string commit_id(char digit);  // forty of them

}  // namespace fakes
