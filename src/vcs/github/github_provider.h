#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "vcs/api.h"
#include "vcs/checks.h"
#include "vcs/provider.h"

namespace vcs::github {

// GitHub's REST interface, version 2022-11-28 (https://docs.github.com/rest).
class GitHubProvider : public Provider {
 public:
  GitHubProvider(ProviderConfig config, net::HttpClient& client);

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

  Repository to_repository(const nlohmann::json& json) const;
  base::Result<std::vector<Hook>> hooks_of(const Repository& repository) const;
  base::Result<std::string> create_hook(const Repository& repository, const HookSpec& spec) const;
  base::Status update_hook(const Repository& repository, const std::string& id, const HookSpec& spec) const;
  base::Status delete_hook(const Repository& repository, const std::string& id) const;
  void check_sign_in(const net::ClientResponse& response, CheckList& checks, Verification& verification) const;
  void check_scopes(const net::ClientResponse& response, CheckList& checks, Verification& verification) const;
  void check_repositories(CheckList& checks) const;

  ProviderConfig config_;
  Api api_;
};

// "acme/infra" from what people type or paste ("https://github.com/acme/infra.git"). kInvalid if it is none.
base::Result<std::string> read_path(std::string_view text);

// The forms seen: "2026-01-31 12:00:00 UTC", "2026-01-31 12:00:00 +0100", RFC 3339.
std::optional<base::Time> read_expiry(std::string_view text);

}  // namespace vcs::github
