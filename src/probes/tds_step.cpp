#include "base/strings.h"
#include "probes/session.h"
#include "probes/tds_connection.h"

// tds_prelogin, tds_tls, tds_login7, tds_batch.
namespace probes {
namespace {

const char* name_of(TdsEncryption encryption) {
  switch (encryption) {
    case TdsEncryption::kOff: return "off";
    case TdsEncryption::kOn: return "on";
    case TdsEncryption::kRequired: return "required";
    case TdsEncryption::kNotSupported: break;
  }
  return "not supported";
}

base::Status connect(Session& session, Observation& seen) {
  const Dialer dialer{session.environment.policy, session.deadline, session.environment.limits.connect,
                      session.environment.route};
  ASSIGN_OR_RETURN(std::unique_ptr<Stream> socket, connect_to(dialer, seen.host, seen.port));
  session.tds = std::make_unique<TdsConnection>(std::move(socket), seen.host);
  seen.network = true;
  const auto encryption = session.tds->prelogin();
  if (!encryption) {
    if (stage_of(encryption.error()) == Stage::kProtocol) seen.facts["packet"] = "other";
    return encryption.error();
  }
  seen.facts["encryption"] = name_of(*encryption);
  if (*encryption == TdsEncryption::kOn || *encryption == TdsEncryption::kRequired) return {};
  seen.facts["encryption"] = "not supported";
  return failed_at(Stage::kProtocol, "the server does not encrypt");
}

base::Status encrypt(Session& session, const std::string& server_name) {
  TlsOptions options{.server_name = server_name, .ca_bundle = session.environment.ca_bundle, .no_newer_than_1_2 = true};
  return session.tds->start_tls(options);
}

std::string words_of(const TdsAnswer& answer) {
  std::vector<std::string> words;
  for (const auto& error : answer.errors) words.push_back(error.message);
  return base::join(words, " ");
}

base::Status refused(const TdsAnswer& answer, Observation& seen) {
  std::vector<std::string> numbers;
  for (const auto& error : answer.errors) numbers.push_back(std::to_string(error.number));
  seen.facts["error"] = base::join(numbers, ",");
  seen.words = words_of(answer);
  return failed_at(Stage::kRefused, numbers.empty() ? "no acknowledgement" : "error " + numbers.front());
}

base::Status log_in(Session& session, const json& step, Observation& seen) {
  TdsLogin login{.app_name = step.value("app_name", "connection-verifier"), .host_name = "runbridge"};
  ASSIGN_OR_RETURN(login.username, session.text_of(step, "username"));
  ASSIGN_OR_RETURN(const std::string password, session.text_of(step, "password"));
  ASSIGN_OR_RETURN(login.database, session.text_of(step, "database"));
  login.password = base::Secret(password);
  login.server = seen.host;
  seen.credentials = true;
  ASSIGN_OR_RETURN(TdsAnswer answer, session.tds->login(login));
  if (answer.login_acknowledged && answer.routing) {  // one redirect, to where the server says
    // "node.example.net\instance": TDS wants the host only.
    seen.host = answer.routing->server.substr(0, answer.routing->server.find('\\'));
    seen.port = answer.routing->port;
    RETURN_IF_ERROR(connect(session, seen));
    RETURN_IF_ERROR(encrypt(session, seen.host));
    login.server = answer.routing->server;
    ASSIGN_OR_RETURN(answer, session.tds->login(login));
  }
  if (!answer.login_acknowledged || !answer.errors.empty()) return refused(answer, seen);
  return {};
}

base::Status run(Session& session, const json& step, Observation& seen) {
  const std::string action = step.value("do", "");
  if (action == "tds_prelogin") {
    ASSIGN_OR_RETURN(seen.host, session.text_of(step, "host"));
    ASSIGN_OR_RETURN(seen.port, session.port_of(step));
    return connect(session, seen);
  }
  if (!session.tds) return failed_at(Stage::kInternal, "there is no connection");
  seen.host = session.tds->host();
  seen.network = true;
  if (action == "tds_tls") return encrypt(session, seen.host);
  if (action == "tds_login7") return log_in(session, step, seen);
  ASSIGN_OR_RETURN(const TdsAnswer answer, session.tds->batch(step.value("sql", "SELECT 1")));
  if (!answer.errors.empty()) return refused(answer, seen);
  const int wanted = step.value("expect", json::object()).value("rows", 1);
  if (answer.rows != wanted) return failed_at(Stage::kProtocol, "the query gave no row");
  return {};
}

}  // namespace

Observation tds_step(Session& session, const json& step) {
  Observation seen;
  if (const auto done = run(session, step, seen); !done) seen.fail(done.error());
  return seen;
}

}  // namespace probes
