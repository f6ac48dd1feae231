#include "runs/source.h"

#include <map>
#include <optional>

#include "base/guarded.h"
#include "base/strings.h"
#include "crypto/hash.h"
#include "runs/submodule_fetcher.h"

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
    // Where it was the last time; the provider is asked if it is not there any more.
    if (const auto known_place = last_place(repository)) {
      const auto fetched = fetch_from(*known_place, repository, commits, refs);
      if (fetched || !may_have_moved(fetched.error())) return fetched;
    }
    ASSIGN_OR_RETURN(const auto found, ask_for_place(repository));
    return fetch_from(found, repository, commits, refs);
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

  base::Result<std::vector<git::CommitFacts>> history(const SourceRepository& repository, const std::string& sha,
                                                      std::size_t count) override {
    return dependencies_.mirrors.history(key_of(repository), sha, count);
  }
  base::Result<git::ChangedPaths> files(const SourceRepository& repository, const std::string& sha) override {
    return dependencies_.mirrors.files(key_of(repository), sha);
  }
  base::Result<std::vector<std::string>> tags(const SourceRepository& repository) override {
    ASSIGN_OR_RETURN(const auto found, find(repository));
    ASSIGN_OR_RETURN(auto request, dependencies_.base_request(repository.token, found));
    request.repository = key_of(repository);
    return dependencies_.mirrors.remote_tags(request);
  }

  base::Result<std::string> archive(const SourceRepository& repository, const std::string& sha,
                                    const std::filesystem::path& directory) override {
    const auto key = key_of(repository);
    const std::string name = archive_name(key, sha, "");
    if (is_there(directory / name)) return name;
    ASSIGN_OR_RETURN(const auto made, dependencies_.mirrors.archive(key, sha, directory / name));
    static_cast<void>(made);
    return name;
  }

  base::Result<std::string> archive_with_submodules(const SourceRepository& repository, const std::string& sha,
                                                    const std::filesystem::path& directory) override {
    const auto key = key_of(repository);
    const std::string name = archive_name(key, sha, "-whole");
    if (is_there(directory / name)) return name;
    ASSIGN_OR_RETURN(const auto place, place_of(repository));
    ASSIGN_OR_RETURN(const std::string top, dependencies_.clone_url(repository.token, place));
    SubmoduleFetcher fetcher(
        dependencies_.mirrors,
        [&](const git::RemoteUrl& url) { return dependencies_.submodule_request(repository.token, place, url); },
        dependencies_.note);
    ASSIGN_OR_RETURN(const auto parts, fetcher.collect({key, sha, ""}, top));
    ASSIGN_OR_RETURN(const auto made, dependencies_.mirrors.archive(parts, directory / name));
    static_cast<void>(made);
    return name;
  }

 private:
  using Places = std::map<std::string, vcs::Repository>;
  static constexpr std::size_t kMostPlaces = 10'000;

  static std::string name_of(const SourceRepository& repository) {
    return repository.organization.str() + '\n' + repository.token.str() + '\n' + repository.id + '\n' +
           repository.path;
  }
  static bool may_have_moved(const base::Error& error) {
    const auto problem = git::problem_of(error);
    return problem == git::Problem::kNotFound || problem == git::Problem::kMoved || problem == git::Problem::kResolve ||
           problem == git::Problem::kConnect || problem == git::Problem::kOther;
  }

  std::optional<vcs::Repository> last_place(const SourceRepository& repository) {
    return places_.with([&](const Places& all) {
      const auto found = all.find(name_of(repository));
      return found == all.end() ? std::nullopt : std::optional(found->second);
    });
  }
  // Where it was the last time, or is.
  base::Result<vcs::Repository> place_of(const SourceRepository& repository) {
    if (auto last = last_place(repository)) return *std::move(last);
    return find(repository);
  }
  base::Result<vcs::Repository> ask_for_place(const SourceRepository& repository) {
    places_.with([&](Places& all) { all.erase(name_of(repository)); });
    return find(repository);
  }

  base::Status fetch_from(const vcs::Repository& place, const SourceRepository& repository,
                          const std::vector<std::string>& commits, const std::vector<std::string>& refs) {
    ASSIGN_OR_RETURN(auto request, dependencies_.base_request(repository.token, place));
    request.repository = key_of(repository);
    request.commits = commits;
    request.refs = refs;
    auto outcome = dependencies_.mirrors.fetch(request);
    if (dependencies_.note) dependencies_.note(request, outcome);
    places_.with([&](Places& all) {
      if (all.size() >= kMostPlaces) all.clear();
      if (outcome) all[name_of(repository)] = place;
    });
    return outcome;
  }

  static bool is_there(const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
  }
  static std::string archive_name(const git::RepositoryKey& key, const std::string& sha, const std::string& mark) {
    const std::string owner = crypto::sha256(key.organization + '\n' + key.provider + '\n' + key.repository);
    return sha + "-" + base::to_hex(owner).substr(0, 24) + mark + ".tar.gz";
  }
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
  base::Guarded<Places> places_;
};

}  // namespace

std::unique_ptr<SourceAccess> make_source_access(SourceDependencies dependencies) {
  return std::make_unique<RealSource>(std::move(dependencies));
}

}  // namespace runs
