#include "runs/source.h"

#include "base/strings.h"
#include "crypto/hash.h"

namespace runs {
namespace {

class RealSource final : public SourceAccess {
 public:
  explicit RealSource(SourceDependencies dependencies) : dependencies_(std::move(dependencies)) {}

  base::Result<vcs::Repository> find(const SourceRepository& repository) override {
    ASSIGN_OR_RETURN(const auto opened, dependencies_.providers.open(repository.token));
    return opened.provider->find_repository(repository.path);
  }
  base::Result<std::string> resolve_commit(const SourceRepository& repository, const std::string& shortened) override {
    ASSIGN_OR_RETURN(const auto opened, dependencies_.providers.open(repository.token));
    return opened.provider->resolve_commit(known(repository), shortened);
  }
  base::Result<std::string> branch_head(const SourceRepository& repository, const std::string& branch) override {
    ASSIGN_OR_RETURN(const auto opened, dependencies_.providers.open(repository.token));
    return opened.provider->branch_head(known(repository), branch);
  }

  base::Status fetch(const SourceRepository& repository, const std::vector<std::string>& commits,
                     const std::vector<std::string>& refs) override {
    const auto key = key_of(repository);
    bool all_there = !commits.empty();
    for (const auto& commit : commits) all_there = all_there && dependencies_.mirrors.has_commit(key, commit);
    if (all_there) return {};
    ASSIGN_OR_RETURN(const auto found, find(repository));
    ASSIGN_OR_RETURN(auto request, dependencies_.base_request(repository.token, found));
    request.repository = key;
    request.commits = commits;
    request.refs = refs;
    auto outcome = dependencies_.mirrors.fetch(request);
    if (dependencies_.note) dependencies_.note(request, outcome);
    return outcome;
  }

  base::Result<git::ChangedPaths> changed_by_push(const SourceRepository& repository, const std::string& before,
                                                  const std::string& after, const std::string& default_ref) override {
    return dependencies_.mirrors.changed_by_push(key_of(repository), before, after, default_ref);
  }
  base::Result<git::ChangedPaths> changed_by_pull_request(const SourceRepository& repository, const std::string& base,
                                                          const std::string& head) override {
    return dependencies_.mirrors.changed_by_pull_request(key_of(repository), base, head);
  }
  base::Result<git::CommitFacts> commit_facts(const SourceRepository& repository, const std::string& sha) override {
    return dependencies_.mirrors.commit_facts(key_of(repository), sha);
  }

  base::Result<std::string> archive(const SourceRepository& repository, const std::string& sha,
                                    const std::filesystem::path& directory) override {
    const auto key = key_of(repository);
    const std::string owner = crypto::sha256(key.organization + '\n' + key.provider + '\n' + key.repository);
    const std::string name = sha + "-" + base::to_hex(owner).substr(0, 24) + ".tar.gz";
    std::error_code ignored;
    if (std::filesystem::exists(directory / name, ignored)) return name;
    ASSIGN_OR_RETURN(const auto made, dependencies_.mirrors.archive(key, sha, directory / name));
    static_cast<void>(made);
    return name;
  }

 private:
  static git::RepositoryKey key_of(const SourceRepository& repository) {
    return {repository.organization.str(), repository.token.str(), repository.id};
  }
  static vcs::Repository known(const SourceRepository& repository) {
    vcs::Repository out;
    out.id = repository.id;
    out.path = repository.path;
    return out;
  }

  SourceDependencies dependencies_;
};

}  // namespace

std::unique_ptr<SourceAccess> make_source_access(SourceDependencies dependencies) {
  return std::make_unique<RealSource>(std::move(dependencies));
}

}  // namespace runs
