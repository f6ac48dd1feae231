#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "auth/ids.h"
#include "base/clock.h"
#include "catalogue/catalogue.h"
#include "catalogue/validate.h"
#include "connections/ids.h"

namespace connections {

// One step of a verification, as it is stored and shown: no value of a secret is in any of its texts.
struct VerificationStep {
  std::string id;
  std::string action;   // "http", "ssh_auth"
  std::string result;   // "ok", "ok_with_warning", "unproven", "failed", "skipped"
  std::string message;  // what was met, with the service's own words where it said any
  std::int64_t milliseconds = 0;
};

// What came of trying a connection.
struct Report {
  std::string result;       // "ok", "ok_with_warning", "unproven", "failed"
  std::string error_class;  // of the catalogue; empty if ok
  std::string message;      // one sentence
  std::string remedy;       // what to do; empty if nothing
  std::int64_t milliseconds = 0;
  std::vector<VerificationStep> steps;
  std::vector<std::string> notes;              // "the server's certificate was not checked"
  std::map<std::string, std::string> learned;  // to be remembered: "known_host_line"

  bool failed() const { return result == "failed"; }
};

enum class Asked { kBeforeSaving, kOnDemand, kDaily };
const char* asked_name(Asked asked);  // "before-saving"

struct Verification {
  VerificationId id;
  ServiceConnectionId connection;
  base::Time created_at;
  Report report;
  Asked asked = Asked::kOnDemand;
  std::string asked_by, asked_by_name;
};

// Other connections that one points to, opened.
struct ReferredConnection {
  std::string id, name;
  const catalogue::Type* type = nullptr;
  const catalogue::Scheme* scheme = nullptr;
  catalogue::Values values;
};
struct References {
  std::vector<ReferredConnection> connections;
  std::map<std::string, base::Secret, std::less<>> fields;  // "azure_subscription.arm_url"
};

// What is to be tried. Everything is borrowed for the length of the call.
struct Attempt {
  auth::OrganizationId organization;
  const catalogue::Type* type = nullptr;
  const catalogue::Scheme* scheme = nullptr;
  std::string name;
  const catalogue::Values* values = nullptr;  // with the secrets' texts
  const catalogue::TargetText* target = nullptr;
  const References* references = nullptr;
  std::string known_host_line;  // of an earlier report's `learned`
  // Whom this server's own tokens may speak of, and for how long; empty: of nobody.
  std::string subject = {};
  std::chrono::seconds token_lifetime{600};
  std::string oauth_client_id = {};  // of the application that its secrets were made for
};

// Makes the calls that the type describes. Blocks for as long as they take. Safe to call from many threads.
using Prober = std::function<Report(const Attempt&)>;
// Makes only those that capture what is named ("token.access_token"). Its errors are for people.
using Fetcher =
    std::function<base::Result<catalogue::StepFacts>(const Attempt&, const std::vector<std::string>& captures)>;

}  // namespace connections
