#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "vcs/api.h"
#include "vcs/checks.h"
#include "vcs/provider.h"

namespace vcs::bitbucket_data_center {

// The REST interface of Bitbucket Data Center and Server 5.4 and newer, with an HTTP access token (Bearer).
// https://developer.atlassian.com/server/bitbucket/rest
class DataCenterProvider : public Provider {
 public:
  DataCenterProvider(ProviderConfig config, net::HttpClient& client);

  base::Result<Verification> verify() override;
  // The lists tell no default branch; find_repository does.
  base::Result<Slice<Repository>> list_repositories(std::string_view search, std::string_view cursor) override;
  base::Result<Repository> find_repository(std::string_view path) override;
  base::Result<Slice<Branch>> list_branches(const Repository& repository, std::string_view search,
                                            std::string_view cursor) override;
  base::Result<InstalledHook> ensure_hook(const Repository& repository, const HookSpec& spec) override;
  base::Result<HookState> hook_state(const Repository& repository, const InstalledHook& hook,
                                     std::string_view url) override;
  base::Status remove_hook(const Repository& repository, const InstalledHook& hook, std::string_view url) override;
  base::Status set_status(const Repository& repository, const CommitStatus& status) override;
  base::Result<std::string> resolve_commit(const Repository& repository, std::string_view abbreviated) override;
  base::Result<std::string> branch_head(const Repository& repository, std::string_view branch) override;
  GitCredentials git_credentials() const override;

 private:
  struct Hook {
    std::string id, url;
    bool active = false;
    std::vector<std::string> events;
  };

  Repository to_repository(const nlohmann::json& json) const;
  // One page of `values` from `start` on; each goes to `take`. The start of the next page, or "".
  base::Result<std::string> read_page(const std::string& path, const std::string& start, const std::string& action,
                                      const std::function<void(const nlohmann::json&)>& take) const;
  base::Result<std::string> default_branch(const std::string& repository_call) const;
  base::Result<Slice<Branch>> branch_page(const Repository& repository, std::string_view filter,
                                          const std::string& start) const;
  base::Result<std::vector<Hook>> hooks_of(const Repository& repository) const;
  base::Result<std::string> save_hook(const Repository& repository, const std::string& id, const HookSpec& spec) const;
  base::Status delete_hook(const Repository& repository, const std::string& id) const;

  bool check_server(CheckList& checks, Verification& verification) const;
  void check_sign_in(CheckList& checks, Verification& verification) const;

  ProviderConfig config_;
  Api api_;
};

}  // namespace vcs::bitbucket_data_center
