#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/ssh_key.h"

namespace git {

struct Submodule;  // submodules.h

// Whose copy of which repository. Never the address alone: two organizations that name the same address have nothing
// in common (threat G11). All three are ids of ours or of the provider, in any characters.
struct RepositoryKey {
  std::string organization;
  std::string provider;
  std::string repository;  // the provider's stable id, or the path if it has none
};

// How to get in over SSH. The key is served by an agent inside this process for the length of the fetch.
struct SshAccess {
  crypto::SshKey key;
  // Lines of an OpenSSH known_hosts file for this host. Empty: every host key is unknown, nothing is fetched.
  std::string known_hosts;
  // Adds what only old servers speak (Azure DevOps Server 2019): SHA-1 key exchange and ssh-rsa.
  bool legacy_algorithms = false;
};

// How to get in over HTTPS. Neither user name nor password reaches an argument, an environment, an address or a
// disk: git asks for them over a socket in a private directory, or reads the header from a sealed memory file.
struct HttpAccess {
  std::string username;
  base::Secret password;   // empty: anonymous
  bool as_header = false;  // send it with the first request (servers that answer NTLM first)
  std::string ca_bundle;   // PEM, in addition to the system's
  std::string proxy;       // "http://proxy:3128" or empty
};

struct FetchRequest {
  RepositoryKey repository;
  std::string url;  // see remote_url.h
  // What must be there afterwards. A commit that is there already costs no connection.
  std::vector<std::string> commits;
  // Full refs to bring up to date ("refs/heads/main", "refs/pull/7/head"), also to find the commits by: many servers
  // give out only commits that a ref of theirs leads to. Fetched only if a commit is missing, or if no commit is
  // named. A ref that is gone at the server is not an error if the commits came all the same.
  std::vector<std::string> refs;
  // Exactly one of the two, as the address needs.
  std::optional<SshAccess> ssh;
  std::optional<HttpAccess> http;
  bool allow_http = false;  // the outbound policy allows this host without TLS
  // Addresses the caller has resolved and checked against the outbound policy: git connects only to these, tried in
  // order. Empty: git resolves by itself.
  std::vector<std::string> addresses;
  std::stop_token stop = {};
};

// What a fetch can fail of, also as a value (problem_of).
enum class Problem {
  kNone,
  kOther,
  kResolve,         // kUnavailable: the name does not resolve
  kConnect,         // kUnavailable: nobody answers, or the connection broke
  kTls,             // kUpstream: the certificate is not accepted
  kHostKeyUnknown,  // kUpstream: no host key is pinned for this host
  kHostKeyChanged,  // kUpstream: the host shows another key than the pinned one
  kAlgorithms,      // kUpstream: no algorithm in common
  kAuthentication,  // kUnauthorized: the server does not accept the key or token
  kNotFound,        // kNotFound: no such repository, or hidden from this key
  kCommitGone,      // kNotFound: the repository has no such commit or ref (any more)
  kMoved,           // kUpstream: the server answers with a redirect, which is not followed
  kLimit,           // kTooLarge: larger than allowed
  kTimeout,         // kUnavailable
  kDamaged,         // kUpstream: what the server sent does not check out (fsck)
};
Problem problem_of(const base::Error& error);
const char* problem_name(Problem problem);  // "host-key-changed"

// The difference between two commits as the set of paths that differ; a rename counts with both paths, a deleted file
// with its old one, a submodule with its path. Bytes as git has them (not necessarily UTF-8), sorted.
struct ChangedPaths {
  bool known = true;
  std::string reason;  // why it is not known; then every path must be taken as changed
  std::vector<std::string> paths;
};

struct CommitFacts {
  std::string sha;
  std::vector<std::string> parents;
  std::string subject;  // first line; UTF-8, no control characters
  std::string message;  // whole; at most 64 KB, well-formed UTF-8
  std::string author_name, author_email;
  base::Time author_time, commit_time;
};

// A commit's files, and where in the archive they go.
struct ArchivePart {
  RepositoryKey repository;
  std::string sha;
  std::string path;  // empty: the top; else without '/' at either end
};

struct ArchiveSummary {
  std::int64_t files = 0;
  std::int64_t bytes = 0;             // of the files, before compression
  std::vector<std::string> left_out;  // "path: why", at most 100; printable
};

struct MirrorOptions {
  std::chrono::milliseconds fetch_timeout{std::chrono::minutes(10)};
  std::chrono::milliseconds query_timeout{std::chrono::minutes(1)};
  std::chrono::seconds stall_timeout{30};  // https: fewer than 1000 bytes a second for so long
  std::chrono::seconds connect_timeout{10};
  std::uint64_t pack_bytes = std::uint64_t{2} << 30U;     // of one fetch
  std::uint64_t archive_bytes = std::uint64_t{2} << 30U;  // of the files of one commit
  std::int64_t archive_files = 500'000;
  std::size_t changed_bytes = std::size_t{64} << 20U;  // of a list of changed paths
};

// Bare copies of repositories below one directory, kept by the system's git. Exactly one process owns the directory
// (kConflict for a second one); what a killed one left half-done is swept by open(). Git runs with our configuration
// only: no hooks, no filters, no configuration of system, user or repository, objects checked (fsck).
//
// Thread-safe. Calls on the same repository that write wait for each other; of many that want the same commit one
// fetches. Errors: see Problem; kInvalid for an address, ref or commit id that is not one.
class Mirrors {
 public:
  static base::Result<std::unique_ptr<Mirrors>> open(const std::filesystem::path& root, MirrorOptions options);
  static base::Result<std::unique_ptr<Mirrors>> open(const std::filesystem::path& root) {
    return open(root, MirrorOptions{});
  }
  ~Mirrors();

  base::Status fetch(const FetchRequest& request);
  bool has_commit(const RepositoryKey& repository, const std::string& sha);
  // The commit a ref pointed at when it was fetched last; kNotFound if it never was.
  base::Result<std::string> ref_head(const RepositoryKey& repository, const std::string& full_ref);

  // A push: what differs between the two commits (two-dot, so that a forced push shows what it took away). An empty
  // `before` (new branch) is compared with the merge base of `after` and `default_ref`; not known if there is none.
  base::Result<ChangedPaths> changed_by_push(const RepositoryKey& repository, const std::string& before,
                                             const std::string& after, const std::string& default_ref = {});
  // A pull request: what its head adds since it left the base (three-dot).
  base::Result<ChangedPaths> changed_by_pull_request(const RepositoryKey& repository, const std::string& base,
                                                     const std::string& head);

  base::Result<CommitFacts> commit_facts(const RepositoryKey& repository, const std::string& sha);
  // The commit and those before it along the first parents, newest first: what was pushed, one after the other.
  base::Result<std::vector<CommitFacts>> history(const RepositoryKey& repository, const std::string& sha,
                                                 std::size_t count);
  // The files that a commit has, submodules too; not known if they are too many to list.
  base::Result<ChangedPaths> files(const RepositoryKey& repository, const std::string& sha);
  base::Result<bool> is_ancestor(const RepositoryKey& repository, const std::string& ancestor,
                                 const std::string& descendant);

  // Writes the files of a commit as tar.gz, atomically (a temporary file beside `destination`, then a rename). The
  // same commit gives the same bytes: sorted names, the commit's time, ids 0. Left out: .git, .terraform and state
  // files, submodules, symbolic links that leave the tree, names that no archive should have (threats A01, A02, A07).
  base::Result<ArchiveSummary> archive(const RepositoryKey& repository, const std::string& sha,
                                       const std::filesystem::path& destination);

  // The same of several commits: the first is the top, the others are its submodules (and theirs), each in its place.
  base::Result<ArchiveSummary> archive(const std::vector<ArchivePart>& parts, const std::filesystem::path& destination);
  // What the commit refers to; see git/submodules.h.
  base::Result<std::vector<Submodule>> submodules(const RepositoryKey& repository, const std::string& sha);

  base::Status remove(const RepositoryKey& repository);
  // Puts many small packs into one; done by itself after some fetches, callable by a timer.
  base::Status compact(const RepositoryKey& repository);

  // Contacts the server and fetches nothing: for "test key". Lists no more than that it worked.
  base::Status probe(const FetchRequest& request);
  // The names of the server's tags as it tells them now, in its order; nothing is fetched.
  base::Result<std::vector<std::string>> remote_tags(const FetchRequest& request);

 private:
  class Impl;
  explicit Mirrors(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace git
