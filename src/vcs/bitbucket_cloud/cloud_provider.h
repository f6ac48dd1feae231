#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "vcs/api.h"
#include "vcs/bitbucket_cloud/address.h"
#include "vcs/checks.h"
#include "vcs/provider.h"

namespace vcs::bitbucket_cloud {

// Bitbucket Cloud's REST interface 2.0 (https://developer.atlassian.com/cloud/bitbucket/rest). A token "email:token" is
// an API token of an Atlassian account (Basic), any other an access token (Bearer).
class CloudProvider : public Provider {
 public:
  CloudProvider(ProviderConfig config, net::HttpClient& client);

  base::Result<Verification> verify() override;
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

  bool is_api_token() const;
  Repository to_repository(const nlohmann::json& json) const;
  // One page of `values`; each goes to `take`. The path of the next page, or "".
  base::Result<std::string> read_page(const std::string& path, const std::string& action,
                                      const std::function<void(const nlohmann::json&)>& take) const;
  base::Result<std::vector<std::string>> workspaces() const;
  std::string repositories_call(const std::string& workspace) const;
  base::Result<std::string> first_page_after(const std::string& page) const;
  base::Result<std::vector<Hook>> hooks_of(const Repository& repository) const;
  base::Result<std::string> save_hook(const Repository& repository, const std::string& id, const HookSpec& spec) const;
  base::Status delete_hook(const Repository& repository, const std::string& id) const;

  bool check_sign_in(CheckList& checks, Verification& verification) const;
  void check_workspace(CheckList& checks) const;
  void check_hooks(const Repository& repository, CheckList& checks) const;

  ProviderConfig config_;
  Site site_;
  Api api_;
};

// At most 40 characters, the same for the same context: long ones keep a readable start before a digest.
std::string status_key(std::string_view context);
// The scopes an answer says are missing ("error.detail.required" less "granted").
std::vector<std::string> missing_scopes(const net::ClientResponse& response);

}  // namespace vcs::bitbucket_cloud
