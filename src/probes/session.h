#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "catalogue/condition.h"
#include "catalogue/target.h"
#include "catalogue/template.h"
#include "probes/deadline.h"
#include "probes/failure.h"
#include "probes/mask.h"
#include "probes/probes.h"

namespace probes {

using nlohmann::json;

class TdsConnection;
struct SshHost;

// What a step met. Steps fill it in; judge.cpp finds out what it means.
struct Observation {
  bool passed = true;
  Stage stage = Stage::kProtocol;  // if it did not pass
  std::string detail;              // the same for people
  std::string error_class;         // says what this is, where neither status nor stage would
  std::string host, seen;
  int port = 0;
  int status = 0;  // of HTTP; 0: there was none
  base::Headers headers;
  std::string body;
  std::optional<json> parsed;                             // the body, if it is JSON
  std::map<std::string, std::string, std::less<>> facts;  // "auth" -> "failure": the protocol's own names of an outcome
  std::map<std::string, base::Secret, std::less<>> captures;
  std::string words;         // the service's own
  bool network = false;      // something was said to another machine
  bool credentials = false;  // and a secret was part of it
  bool open_to_all = false;  // the same passes without credentials

  void fail(Stage at, std::string why);
  void fail(const base::Error& error);
};

// One verification while it runs.
struct Session {
  Session(const catalogue::Type& of_type, const catalogue::Scheme& of_scheme, const catalogue::Values& with,
          const Environment& around);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Fills in a template; failures are the catalogue's (stage kInput).
  base::Result<catalogue::Rendered> render(std::string_view text) const;
  // The same of a member of a step; "" if it is not there. `secret` becomes true if a secret went in.
  base::Result<std::string> text_of(const json& step, const char* member, bool* secret = nullptr) const;
  base::Result<int> port_of(const json& step) const;
  // For people.
  std::string shown(std::string_view text, const std::map<std::string, std::string, std::less<>>& words = {}) const;
  bool accepts_untrusted() const { return values.is_true("accept_untrusted_certs"); }
  void note(std::string text);  // once
  // The outbound rules; the managed identity's step may reach the metadata service.
  net::OutboundPolicy policy_for(std::string_view url) const;
  // The region of a bucket, once a service has named it; changes {{s3.base}}.
  void learn_region(const std::string& region);
  // The parameter's value, plain or secret.
  std::string value(std::string_view parameter) const;

  const catalogue::Type& type;
  const catalogue::Scheme& scheme;
  const catalogue::Values& values;
  const Environment& environment;
  Deadline deadline;
  catalogue::TargetText target;
  std::optional<catalogue::AzureEnvironment> azure;
  std::map<std::string, base::Secret, std::less<>> references;
  catalogue::StepFacts facts;
  Mask mask;
  std::vector<std::string> notes;
  std::map<std::string, std::string, std::less<>> learned;
  std::unique_ptr<TdsConnection> tds;
  std::unique_ptr<SshHost> ssh;
};

// Runs one step, whatever its action.
Observation run_step(Session& session, const catalogue::VerifyStep& step, const json& text);

// One for each family of actions; each knows the actions it is called for.
Observation http_step(Session& session, const json& step);
Observation local_step(Session& session, const json& step);  // parse_…, sign_jwt_…, conclude, require_…, …
Observation azure_token_step(Session& session, const json& step);
Observation stream_step(Session& session, const json& step);  // tcp_connect, tls_handshake
Observation svn_step(Session& session, const json& step);
Observation amqp_step(Session& session, const json& step);
Observation tds_step(Session& session, const json& step);
Observation ssh_step(Session& session, const json& step);

// The steps of a scheme up to its end, or to the first failure; used for a connection inside another as well.
Report run_all(Session& session, const std::vector<std::string>* until_captured = nullptr);

}  // namespace probes
