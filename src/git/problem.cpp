#include <array>

#include "base/strings.h"
#include "git/git_program.h"

namespace git {
namespace {

constexpr std::string_view kMark = "git.";

struct Row {
  Problem problem;
  const char* name;
  base::Code code;
};
constexpr std::array<Row, 15> kRows{{{Problem::kNone, "none", base::Code::kInternal},
                                     {Problem::kOther, "other", base::Code::kUpstream},
                                     {Problem::kResolve, "resolve", base::Code::kUnavailable},
                                     {Problem::kConnect, "connect", base::Code::kUnavailable},
                                     {Problem::kTls, "tls", base::Code::kUpstream},
                                     {Problem::kHostKeyUnknown, "host-key-unknown", base::Code::kUpstream},
                                     {Problem::kHostKeyChanged, "host-key-changed", base::Code::kUpstream},
                                     {Problem::kAlgorithms, "algorithms", base::Code::kUpstream},
                                     {Problem::kAuthentication, "authentication", base::Code::kUnauthorized},
                                     {Problem::kNotFound, "not-found", base::Code::kNotFound},
                                     {Problem::kCommitGone, "commit-gone", base::Code::kNotFound},
                                     {Problem::kMoved, "moved", base::Code::kUpstream},
                                     {Problem::kLimit, "limit", base::Code::kTooLarge},
                                     {Problem::kTimeout, "timeout", base::Code::kUnavailable},
                                     {Problem::kDamaged, "damaged", base::Code::kUpstream}}};

const Row& row_of(Problem problem) {
  for (const auto& row : kRows) {
    if (row.problem == problem) return row;
  }
  return kRows[1];
}

// The words of git, OpenSSH and the servers, all with LC_ALL=C. The first line that fits counts, so what is more
// exact stands before what follows from it.
struct Sign {
  const char* words;
  Problem problem;
};
constexpr Sign kSigns[] = {
    {"REMOTE HOST IDENTIFICATION HAS CHANGED", Problem::kHostKeyChanged},
    {"host key is known for", Problem::kHostKeyUnknown},
    {"Host key verification failed", Problem::kHostKeyChanged},
    {"no matching host key type found", Problem::kAlgorithms},
    {"no matching key exchange method found", Problem::kAlgorithms},
    {"no matching cipher found", Problem::kAlgorithms},
    {"no matching MAC found", Problem::kAlgorithms},
    {"no mutual signature", Problem::kAlgorithms},
    {"Could not resolve host", Problem::kResolve},
    {"Name or service not known", Problem::kResolve},
    {"Temporary failure in name resolution", Problem::kResolve},
    {"died of signal 25", Problem::kLimit},
    {"File too large", Problem::kLimit},
    {"pack exceeds maximum allowed size", Problem::kLimit},
    {"No space left on device", Problem::kLimit},
    {"SSL certificate problem", Problem::kTls},
    {"SSL: no alternative certificate subject name", Problem::kTls},
    {"certificate subject name", Problem::kTls},
    {"SSL connect error", Problem::kTls},
    {"gnutls_handshake", Problem::kTls},
    {"server certificate verification failed", Problem::kTls},
    {"Permission denied (", Problem::kAuthentication},
    {"Too many authentication failures", Problem::kAuthentication},
    {"Authentication failed", Problem::kAuthentication},
    {"could not read Username", Problem::kAuthentication},
    {"could not read Password", Problem::kAuthentication},
    {"requested URL returned error: 401", Problem::kAuthentication},
    {"requested URL returned error: 403", Problem::kAuthentication},
    {"requested URL returned error: 30", Problem::kMoved},
    {"not our ref", Problem::kCommitGone},
    {"unadvertised object", Problem::kCommitGone},
    {"find remote ref", Problem::kCommitGone},
    {"fsck error in packed object", Problem::kDamaged},
    {"did not send all necessary objects", Problem::kDamaged},
    {"inflate: data stream error", Problem::kDamaged},
    {"pack has bad object", Problem::kDamaged},
    {"SHA1 mismatch", Problem::kDamaged},
    {"is corrupt", Problem::kDamaged},
    {"bad object", Problem::kDamaged},
    {"missing blob", Problem::kDamaged},
    {"unable to read tree", Problem::kDamaged},
    {"invalid index-pack output", Problem::kDamaged},
    {"invalid sha1 pointer", Problem::kDamaged},
    {"unable to parse object", Problem::kDamaged},
    {"Repository not found", Problem::kNotFound},
    {"does not appear to be a git repository", Problem::kNotFound},
    {"' not found", Problem::kNotFound},
    {"TF401019", Problem::kNotFound},
    {"requested URL returned error: 404", Problem::kNotFound},
    {"not a git repository", Problem::kNotFound},
    {"Operation too slow", Problem::kTimeout},
    {"requested URL returned error: 5", Problem::kConnect},  // a server that is overloaded or restarts
    {"requested URL returned error: 429", Problem::kConnect},
    {"Connection refused", Problem::kConnect},
    {"Connection timed out", Problem::kConnect},
    {"Connection reset", Problem::kConnect},
    {"Connection closed", Problem::kConnect},
    {"Failed to connect", Problem::kConnect},
    {"No route to host", Problem::kConnect},
    {"Network is unreachable", Problem::kConnect},
    {"kex_exchange_identification", Problem::kConnect},
    {"early EOF", Problem::kConnect},
    {"unexpected disconnect", Problem::kConnect},
    {"The remote end hung up", Problem::kConnect},
    {"Empty reply from server", Problem::kConnect},
};

Problem problem_in(std::string_view errors) {
  for (const auto& sign : kSigns) {
    if (errors.find(sign.words) != std::string_view::npos) return sign.problem;
  }
  return Problem::kOther;
}

std::string sentence_for(Problem problem, const std::string& host) {
  switch (problem) {
    case Problem::kResolve: return "the name '" + host + "' does not resolve; check the address and the server's DNS";
    case Problem::kConnect: return "no connection to " + host + "; check the port, firewalls and that the server runs";
    case Problem::kTls:
      return "the TLS certificate of " + host + " is not accepted; register the CA bundle of the provider";
    case Problem::kHostKeyUnknown:
      return "no SSH host key of " + host + " is pinned; scan it, compare the fingerprint and confirm it";
    case Problem::kHostKeyChanged:
      return "the SSH host key of " + host +
             " is not the pinned one: either the server was set up anew or somebody is in between; "
             "ask the server's operator for the fingerprint before you confirm the new key";
    case Problem::kAlgorithms:
      return host + " and this server have no SSH algorithm in common; if it is an old server, allow legacy algorithms";
    case Problem::kAuthentication:
      return host + " does not accept the key or token; add the public key (or a new token) at the provider";
    case Problem::kNotFound: return "the repository is not there, or hidden from this key or token, at " + host;
    case Problem::kCommitGone:
      return "the repository has no such commit or ref (any more): it was deleted or forced away";
    case Problem::kMoved:
      return host + " answers with a redirect; the repository was renamed, register its new address";
    case Problem::kLimit: return "the repository is larger than this server allows or has room for";
    case Problem::kTimeout: return host + " was too slow; the fetch was ended";
    case Problem::kDamaged:
      return "what " + host + " sent is damaged (it does not pass git's checks) and was not taken";
    default: return "git could not fetch from " + host;
  }
}

// The one line of the output that says most: the server's own words first, git's fatal after.
std::string telling_line(std::string_view errors) {
  std::string found;
  for (const auto& line : base::split(errors, '\n')) {
    if (line.starts_with("remote: ") && line.size() > 12) return base::printable(line.substr(8), 200);
    const bool is_fatal = line.starts_with("fatal: ") || line.starts_with("error: ");
    if (is_fatal && found.empty()) found = base::printable(line.substr(7), 200);
  }
  return found;
}

}  // namespace

const char* problem_name(Problem problem) { return row_of(problem).name; }

Problem problem_of(const base::Error& error) {
  if (!error.detail.starts_with(kMark)) return Problem::kOther;
  const auto name = error.detail.substr(kMark.size(), error.detail.find(':') - kMark.size());
  for (const auto& row : kRows) {
    if (name == row.name) return row.problem;
  }
  return Problem::kOther;
}

base::Error make_error(Problem problem, std::string message, const std::string& detail) {
  const Row& row = row_of(problem);
  return {row.code, std::move(message), std::string(kMark) + row.name + ": " + base::printable(detail, 2'000)};
}

base::Error explain_failure(const base::ProcessResult& result, const std::string& host) {
  using End = base::ProcessResult::End;
  if (result.end == End::kStopped) return base::unavailable("the fetch was stopped", "git.other: stopped");
  auto problem = result.end == End::kTimedOut ? Problem::kTimeout
                 : result.end == End::kLimit  ? Problem::kLimit
                                              : problem_in(result.errors);
  std::string message = sentence_for(problem, host);
  if (problem == Problem::kOther || problem == Problem::kNotFound || problem == Problem::kDamaged) {
    if (const auto line = telling_line(result.errors); !line.empty()) message += " (" + line + ")";
  }
  return make_error(problem, std::move(message), result.errors);
}

}  // namespace git
