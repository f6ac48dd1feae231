#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/ids.h"
#include "base/result.h"
#include "git/mirror.h"
#include "git/remote_url.h"
#include "providers/ids.h"
#include "providers/service.h"
#include "vcs/provider.h"

namespace runs {

// A repository as a workspace or hook knows it.
struct SourceRepository {
  auth::OrganizationId organization;
  providers::OAuthTokenId token;
  std::string id, path;  // the provider's
};

// How the files and the history of a repository are reached: the provider for questions, the mirror for the rest.
// Thread-safe; never inside a transaction.
class SourceAccess {
 public:
  virtual ~SourceAccess() = default;
  // As the provider tells it now.
  virtual base::Result<vcs::Repository> find(const SourceRepository& repository) = 0;
  virtual base::Result<std::string> resolve_commit(const SourceRepository& repository,
                                                   const std::string& shortened) = 0;
  virtual base::Result<std::string> branch_head(const SourceRepository& repository, const std::string& branch) = 0;
  // Makes the commits (full ids) and refs there. One fetch for all of them.
  virtual base::Status fetch(const SourceRepository& repository, const std::vector<std::string>& commits,
                             const std::vector<std::string>& refs) = 0;
  virtual base::Result<git::ChangedPaths> changed_by_push(const SourceRepository& repository, const std::string& before,
                                                          const std::string& after, const std::string& default_ref) = 0;
  virtual base::Result<git::ChangedPaths> changed_by_pull_request(const SourceRepository& repository,
                                                                  const std::string& base, const std::string& head) = 0;
  // Of a commit that was fetched; see git::Mirrors.
  virtual base::Result<std::vector<git::CommitFacts>> history(const SourceRepository& repository,
                                                              const std::string& sha, std::size_t count) = 0;
  virtual base::Result<git::ChangedPaths> files(const SourceRepository& repository, const std::string& sha) = 0;
  // The repository's tags as its server tells them now.
  virtual base::Result<std::vector<std::string>> tags(const SourceRepository& repository) = 0;
  virtual base::Result<git::CommitFacts> commit_facts(const SourceRepository& repository, const std::string& sha) = 0;
  // The commit's archive, made once however many ask; the file's name below `directory`.
  virtual base::Result<std::string> archive(const SourceRepository& repository, const std::string& sha,
                                            const std::filesystem::path& directory) = 0;
  // The same with the files of its submodules, and theirs, which are fetched; an error says of which.
  virtual base::Result<std::string> archive_with_submodules(const SourceRepository& repository, const std::string& sha,
                                                            const std::filesystem::path& directory) = 0;
};

// `submodule_request`: the same for a submodule of what was fetched from an address (keys::Service::submodule_request).
// `base_request`: everything but commits and refs of a fetch (keys::Service::fetch_request); `note`: what it came to.
// `clone_url`: where such a fetch goes (keys::Service::clone_url).
struct SourceDependencies {
  providers::Service& providers;
  git::Mirrors& mirrors;
  std::function<base::Result<git::FetchRequest>(const providers::OAuthTokenId&, const vcs::Repository&)> base_request;
  std::function<void(const git::FetchRequest&, const base::Status&)> note;
  std::function<base::Result<git::FetchRequest>(const providers::OAuthTokenId&, const vcs::Repository&,
                                                const git::RemoteUrl&)>
      submodule_request;
  std::function<base::Result<std::string>(const providers::OAuthTokenId&, const vcs::Repository&)> clone_url;
};
std::unique_ptr<SourceAccess> make_source_access(SourceDependencies dependencies);

}  // namespace runs
