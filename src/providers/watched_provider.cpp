#include "providers/watched_provider.h"

#include <string>
#include <utility>

namespace providers {
namespace {

class WatchedProvider : public vcs::Provider {
 public:
  WatchedProvider(std::unique_ptr<vcs::Provider> provider, std::shared_ptr<HealthMonitor> monitor,
                  HealthMonitor::Target target)
      : provider_(std::move(provider)), monitor_(std::move(monitor)), target_(std::move(target)) {}

  base::Result<vcs::Verification> verify() override { return provider_->verify(); }

  base::Result<vcs::Slice<vcs::Repository>> list_repositories(std::string_view search,
                                                              std::string_view cursor) override {
    return watched("list_repositories", [&] { return provider_->list_repositories(search, cursor); });
  }
  base::Result<vcs::Repository> find_repository(std::string_view path) override {
    return watched("find_repository " + std::string(path), [&] { return provider_->find_repository(path); });
  }
  base::Result<vcs::Slice<vcs::Branch>> list_branches(const vcs::Repository& repository, std::string_view search,
                                                      std::string_view cursor) override {
    return watched("list_branches " + repository.id,
                   [&] { return provider_->list_branches(repository, search, cursor); });
  }
  base::Result<vcs::InstalledHook> ensure_hook(const vcs::Repository& repository, const vcs::HookSpec& spec) override {
    return watched("ensure_hook " + repository.id, [&] { return provider_->ensure_hook(repository, spec); });
  }
  base::Result<vcs::HookState> hook_state(const vcs::Repository& repository, const vcs::InstalledHook& hook,
                                          std::string_view url) override {
    return watched("hook_state " + repository.id, [&] { return provider_->hook_state(repository, hook, url); });
  }
  base::Status remove_hook(const vcs::Repository& repository, const vcs::InstalledHook& hook,
                           std::string_view url) override {
    return watched("remove_hook " + repository.id, [&] { return provider_->remove_hook(repository, hook, url); });
  }
  base::Status set_status(const vcs::Repository& repository, const vcs::CommitStatus& status) override {
    return watched("set_status " + repository.id, [&] { return provider_->set_status(repository, status); });
  }
  base::Result<std::string> resolve_commit(const vcs::Repository& repository, std::string_view abbreviated) override {
    return watched("resolve_commit " + repository.id,
                   [&] { return provider_->resolve_commit(repository, abbreviated); });
  }
  base::Result<std::string> branch_head(const vcs::Repository& repository, std::string_view branch) override {
    return watched("branch_head " + repository.id, [&] { return provider_->branch_head(repository, branch); });
  }
  GitCredentials git_credentials() const override { return provider_->git_credentials(); }

 private:
  template <class Call>
  std::invoke_result_t<Call> watched(const std::string& operation, Call call) {
    RETURN_IF_ERROR(monitor_->allow(target_, operation));
    auto result = call();
    if (result) {
      monitor_->succeeded(target_, operation);
    } else {
      monitor_->failed(target_, operation, result.error());
    }
    return result;
  }

  std::unique_ptr<vcs::Provider> provider_;
  std::shared_ptr<HealthMonitor> monitor_;
  HealthMonitor::Target target_;
};

}  // namespace

std::unique_ptr<vcs::Provider> watch(std::unique_ptr<vcs::Provider> provider, std::shared_ptr<HealthMonitor> monitor,
                                     HealthMonitor::Target target) {
  return std::make_unique<WatchedProvider>(std::move(provider), std::move(monitor), std::move(target));
}

}  // namespace providers
