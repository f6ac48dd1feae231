#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/headers.h"
#include "base/result.h"
#include "base/secret.h"
#include "net/http_client.h"
#include "vcs/event.h"

namespace vcs {

// What a user registered: where the provider is and the token to speak to it with.
struct ProviderConfig {
  std::string http_url;  // "https://ado.corp/tfs/DefaultCollection"; for people and clones, no trailing slash
  std::string api_url;   // REST base, no trailing slash
  base::Secret token;    // see each kind's credential_hint; Bitbucket Cloud API tokens are "email:token"
  net::Endpoint endpoint;
};

// What a kind of provider can do; what it cannot is hidden in pages, not an error at run time.
struct Capabilities {
  bool pull_request_status = false;  // a status of its own on pull requests (Azure DevOps)
  bool tag_events = true;
  bool signed_deliveries = true;  // HMAC; false: Basic authentication
  bool token_expiry_known = false;
  bool rsa_keys_only = false;  // SSH
  bool ssh_required_for_clone = false;
  bool has_vcs_organizations = false;
};

struct Repository {
  std::string id;    // stable
  std::string path;  // canonical identifier as in `vcs-repo.identifier`
  std::string display_path;
  std::string default_branch;   // short; empty: the repository is empty
  std::string http_url;         // page for people
  std::string https_clone_url;  // no user-info
  std::string ssh_clone_url;    // ssh://user@host:port/path form; empty when SSH is off
  bool archived = false;
  std::optional<bool> can_admin;  // may our token create hooks here, if the provider tells
};

struct Branch {
  std::string name;
  std::string sha;
};

// A page of an answer; `next` is an opaque cursor for the following one, empty at the end.
template <class T>
struct Slice {
  std::vector<T> items;
  std::string next;
};

// One check of verify(): what was tried, whether it held, and what the person should do if not.
struct Check {
  enum class State { kPassed, kWarning, kFailed, kSkipped };
  std::string name;  // "reach", "tls", "sign-in", "scopes", "hooks"
  State state = State::kPassed;
  std::string message;  // one sentence; never holds the token
  std::string remedy;   // what to do; empty when passed
};

struct Verification {
  bool ok = false;  // no check failed
  std::string user_id, user_name;
  std::string server_version;
  std::vector<std::string> scopes;  // granted, if the provider tells
  std::optional<base::Time> token_expires_at;
  std::vector<Check> checks;
};

struct HookSpec {
  std::string url;      // where deliveries go, unique per hook
  base::Secret secret;  // HMAC key, or the Basic password (user name "runbridge")
  bool insecure_tls = false;
};

// The provider's ids of what was installed; Azure DevOps makes one subscription per event type.
struct InstalledHook {
  std::vector<std::string> ids;
};

enum class HookState { kActive, kDisabled, kMissing };

enum class CommitState { kPending, kRunning, kSuccess, kFailure, kError };

struct CommitStatus {
  std::string sha;
  CommitState state = CommitState::kPending;
  std::string context;      // stable name: "runbridge/acme/prod"
  std::string description;  // cut by the driver to the provider's limit
  std::string target_url;
  std::string ref;                         // branch, if known
  std::optional<int> pull_request_number;  // set for pull request runs
};

// A registered provider. Safe to call from many threads; holds no user state beyond its config; every call is one
// or a few HTTP requests under the client's limits.
//
// Errors of every call: kUnauthorized (the token was refused; message says what the provider said), kForbidden (a
// right or scope is missing; message names it), kNotFound (no such thing, or hidden from this token), kRateLimited
// (with retry_after), kUpstream (the provider misbehaved), kUnavailable (not reached), kInvalid (our input).
// No message ever holds the token.
class Provider {
 public:
  virtual ~Provider() = default;

  // Who am I, what may I do. Fails only on bugs: what is wrong with the provider or the token is in the checks.
  virtual base::Result<Verification> verify() = 0;

  // `search` is matched without case against the path; empty means all. `cursor` from an earlier slice, or empty.
  virtual base::Result<Slice<Repository>> list_repositories(std::string_view search, std::string_view cursor) = 0;
  virtual base::Result<Repository> find_repository(std::string_view path) = 0;
  virtual base::Result<Slice<Branch>> list_branches(const Repository& repository, std::string_view search,
                                                    std::string_view cursor) = 0;

  // Installs the hook or brings an existing one with the same URL up to date (secret and events included). Calling
  // it twice changes nothing.
  virtual base::Result<InstalledHook> ensure_hook(const Repository& repository, const HookSpec& spec) = 0;
  virtual base::Result<HookState> hook_state(const Repository& repository, const InstalledHook& hook,
                                             std::string_view url) = 0;
  // A hook that is already gone is a success. Hooks with `url` that are not in `hook.ids` are removed as well.
  virtual base::Status remove_hook(const Repository& repository, const InstalledHook& hook, std::string_view url) = 0;

  // Posting the same status twice is harmless.
  virtual base::Status set_status(const Repository& repository, const CommitStatus& status) = 0;

  // The full id of a commit that a payload shortened.
  virtual base::Result<std::string> resolve_commit(const Repository& repository, std::string_view abbreviated) = 0;
  // The commit a branch points at now.
  virtual base::Result<std::string> branch_head(const Repository& repository, std::string_view branch) = 0;

  // User name and password for git over HTTPS with this token.
  struct GitCredentials {
    std::string username;
    base::Secret password;
    bool as_header = false;  // send "Authorization: Basic …" up front (Azure DevOps behind Windows authentication)
  };
  virtual GitCredentials git_credentials() const = 0;
};

}  // namespace vcs
