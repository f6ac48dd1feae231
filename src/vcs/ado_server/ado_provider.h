#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/guarded.h"
#include "vcs/api.h"
#include "vcs/checks.h"
#include "vcs/provider.h"

namespace vcs::ado_server {

// The REST interface of Azure DevOps Server, api-version 5.0 (2019 and newer; an older server tells its own version and
// gets that). https://learn.microsoft.com/rest/api/azure/devops
class AdoProvider : public Provider {
 public:
  AdoProvider(ProviderConfig config, net::HttpClient& client);

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
  struct Subscription {
    std::string id, event, url, status;
  };

  // api_.send with the api-version, once more with the server's own if ours is too new for it.
  base::Result<net::ClientResponse> send(const ApiCall& call, bool is_preview = false) const;
  base::Result<net::ClientResponse> expect(const ApiCall& call) const;
  base::Result<nlohmann::json> fetch(const ApiCall& call) const;
  base::Error refusal(const net::ClientResponse& response, const std::string& action) const;

  Repository to_repository(const nlohmann::json& json) const;
  base::Result<Slice<Branch>> branch_page(const Repository& repository, const std::string& filter,
                                          std::string_view search, const std::string& token) const;
  std::int64_t earlier_status(const std::string& statuses_call, const CommitStatus& status) const;
  base::Result<std::vector<Subscription>> subscriptions_to(std::string_view url) const;
  base::Result<std::string> save_subscription(const std::string& id, const std::string& body) const;
  base::Status delete_subscription(const std::string& id) const;

  bool check_sign_in(const net::ClientResponse& response, CheckList& checks, Verification& verification) const;
  void fail_unauthorized(const net::ClientResponse& response, CheckList& checks) const;
  void read_server_version(Verification& verification) const;
  void check_code(CheckList& checks) const;
  void check_hooks(CheckList& checks) const;

  ProviderConfig config_;
  Api api_;
  mutable base::Guarded<std::string> api_version_{"5.0"};
};

// The last version number of "… out of range for this server. The latest REST API version this server supports is 6.1."
std::string latest_version_in(std::string_view message);
// An answer that is a sign-in page, or a redirect to one, whatever its status.
bool is_sign_in_page(const net::ClientResponse& response);

}  // namespace vcs::ado_server
