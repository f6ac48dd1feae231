#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "catalogue/catalogue.h"
#include "catalogue/values.h"
#include "net/call.h"
#include "net/outbound_policy.h"

// Proves that a connection works, by a real call to the outside service: the steps that the catalogue lists for its
// type and scheme.
namespace probes {

enum class Outcome { kOk, kOkWithWarning, kUnproven, kFailed };
const char* outcome_name(Outcome outcome);  // "ok", "ok_with_warning", "unproven", "failed"

// What a person is told: one of the catalogue's error classes with its texts filled in.
struct Verdict {
  std::string error_class;  // "unauthorized"; empty if all is well
  std::string message;      // what was met: `say` of the class, and of the step where it has one
  std::string remedy;       // `next` of the class
  std::string words;        // the service's own, at most 300 bytes, secrets masked; may be empty
};

struct StepReport {
  enum class State { kPassed, kWarned, kFailed, kSkipped };
  std::string id, action;  // as in the catalogue: "whoami", "http"
  State state = State::kSkipped;
  Verdict verdict;
  std::chrono::milliseconds duration{0};
};
const char* step_state_name(StepReport::State state);  // "passed", "warned", "failed", "skipped"

struct Report {
  Outcome outcome = Outcome::kFailed;
  Verdict verdict;  // of the whole: the first that matters
  std::vector<StepReport> steps;
  std::vector<std::string> notes;  // "the server's certificate was not checked", …
  base::Time started;
  std::chrono::milliseconds duration{0};
  // What was learnt for the record, by name: "host_key_fingerprint" and "known_host_line" of an SSH host seen for the
  // first time. Nothing secret.
  std::map<std::string, std::string, std::less<>> learned;
};

// Another connection that a parameter points to (azure_subscription). Borrowed from whoever gives it.
struct Referenced {
  const catalogue::Type* type = nullptr;
  const catalogue::Scheme* scheme = nullptr;
  const catalogue::Values* values = nullptr;  // with the secrets' texts
};

struct Limits {
  std::chrono::milliseconds total{15'000};
  std::chrono::milliseconds connect{5'000};
  std::size_t body = std::size_t{1} << 20U;  // of an answer that is kept; more is not read
};

// What a verification needs around it. Everything is borrowed for the call.
struct Environment {
  const catalogue::Catalogue& catalogue;
  const net::OutboundPolicy& policy;
  const base::Clock& clock = base::system_clock();
  std::string name = {};             // of the connection; may be empty
  std::string ca_bundle = {};        // PEM beside the system's authorities
  std::stop_token stop = {};         // ends the verification soon; the report then says so
  std::string known_host_line = {};  // of an earlier report's `learned`; SSH hosts must show this key
  // runbridge-ssh-probe, and where private directories for sockets may be made.
  std::filesystem::path ssh_program = default_ssh_program();
  std::filesystem::path private_root = std::filesystem::temp_directory_path();
  // The connection that has this id or name; null: there is none. Not set: no type that needs one can be proven.
  std::function<const Referenced*(std::string_view)> find_connection = {};
  // Signs a token of this server as OpenID issuer (audience, issuer, subject); not set: "unsupported_here".
  std::function<base::Result<base::Secret>(std::string_view, std::string_view, std::string_view)> issue_token = {};
  std::map<std::string, base::Secret, std::less<>> oauth = {};  // "client_id" of the registered application
  Limits limits = {};
  net::Route route = {};  // for tests

  static std::filesystem::path default_ssh_program();  // beside the running program
};

// Runs the steps of `scheme.verify`, in order, on the calling thread; takes at most Limits::total. `values` have
// defaults filled in and hold the texts of all secrets. Never throws on what the outside sends, writes nothing at the
// service but what Verify::side_effects says, and nothing of a secret is in the report: raw, percent-encoded or Base64.
// Redirects are followed at most three times, without credentials to another origin. Thread-safe.
Report verify(const catalogue::Type& type, const catalogue::Scheme& scheme, const catalogue::Values& values,
              const Environment& environment);

// For a run: what the steps named before the dot capture ("token.access_token"; catalogue::needed_captures), with the
// steps before them. kUpstream with the verdict's message if a step fails.
base::Result<std::map<std::string, base::Secret, std::less<>>> fetch_captures(const catalogue::Type& type,
                                                                              const catalogue::Scheme& scheme,
                                                                              const catalogue::Values& values,
                                                                              const std::vector<std::string>& names,
                                                                              const Environment& environment);

}  // namespace probes
