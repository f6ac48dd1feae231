#include <algorithm>
#include <set>

#include "base/random.h"
#include "base/strings.h"
#include "probes/certificate.h"
#include "probes/connection_string.h"
#include "probes/kubeconfig.h"
#include "probes/session.h"
#include "probes/signing.h"

// Steps that need no network: what was pasted is read, tokens are made, conclusions drawn.
namespace probes {
namespace {

// `param` is the name of a parameter, or a template that yields the text itself.
base::Result<base::Secret> source_of(const Session& session, const json& step) {
  const std::string param = step.value("param", "");
  if (param.find("{{") == std::string::npos) {
    if (const base::Secret* secret = session.values.secret(param)) return *secret;
    if (session.values.has(param)) return base::Secret(std::string(session.values.text(param)));
    return base::Secret(param == "target" ? session.target.text : std::string());
  }
  ASSIGN_OR_RETURN(const catalogue::Rendered text, session.render(param));
  return text.text;
}

void keep(const json& step, Observation& seen, const std::string& what, const base::Secret& value) {
  const auto captures = step.find("capture");
  if (captures == step.end()) return;
  for (const auto& [name, from] : captures->items()) {
    if (from == what) seen.captures[name] = value;
  }
}

void keep_identity(const json& step, Observation& seen, const Identity& identity) {
  keep(step, seen, "certificate", base::Secret(identity.certificate));
  keep(step, seen, "key", identity.key);
  keep(step, seen, "not_after", base::Secret(base::format_time(identity.not_after)));
}

base::Status parse_x509(Session& session, const json& step, Observation& seen) {
  ASSIGN_OR_RETURN(const base::Secret text, source_of(session, step));
  ASSIGN_OR_RETURN(const Identity identity, read_certificate(text));
  keep_identity(step, seen, identity);
  return {};
}

base::Status parse_pkcs12(Session& session, const json& step, Observation& seen) {
  ASSIGN_OR_RETURN(const base::Secret text, source_of(session, step));
  ASSIGN_OR_RETURN(const std::string password, session.text_of(step, "password"));
  bool wrong_password = false;
  const auto identity = read_pkcs12(text, base::Secret(password), wrong_password);
  if (wrong_password) seen.facts["pkcs12"] = "mac";
  if (!identity) return identity.error();
  session.mask.add(identity->key);
  keep_identity(step, seen, *identity);
  return {};
}

base::Status parse_kubeconfig(Session& session, const json& step, Observation& seen) {
  ASSIGN_OR_RETURN(const base::Secret text, source_of(session, step));
  ASSIGN_OR_RETURN(const std::string context, session.text_of(step, "context"));
  std::string missing;
  const auto config = read_kubeconfig(text, context, &missing);
  if (!missing.empty()) seen.facts["missing"] = missing;
  if (!config) return config.error();
  session.mask.add(config->token);
  session.mask.add(config->password);
  session.mask.add(config->client_key);
  keep(step, seen, "server", base::Secret(config->server));
  keep(step, seen, "namespace", base::Secret(config->name_space));
  return {};
}

base::Status parse_service_bus(Session& session, const json& step, Observation& seen) {
  ASSIGN_OR_RETURN(const base::Secret text, source_of(session, step));
  ASSIGN_OR_RETURN(const ServiceBusAddress address, read_service_bus(text));
  session.mask.add(address.key);
  keep(step, seen, "Endpoint host", base::Secret(address.host));
  keep(step, seen, "SharedAccessKeyName", base::Secret(address.key_name));
  keep(step, seen, "SharedAccessKey", address.key);
  keep(step, seen, "EntityPath", base::Secret(address.entity));
  return {};
}

base::Status parse_sql(Session& session, const json& step, Observation& seen) {
  ASSIGN_OR_RETURN(const base::Secret text, source_of(session, step));
  ASSIGN_OR_RETURN(const SqlAddress address, read_sql_address(text.reveal()));
  keep(step, seen, "Server host", base::Secret(address.server));
  keep(step, seen, "Server port", base::Secret(std::to_string(address.port)));
  keep(step, seen, "Database", base::Secret(address.database));
  keep(step, seen, "Connection Timeout", base::Secret(std::to_string(address.timeout_s)));
  return {};
}

base::Status sign_jwt(Session& session, const json& step, Observation& seen) {
  ASSIGN_OR_RETURN(const std::string pem, session.text_of(step, "key"));
  Assertion assertion;
  ASSIGN_OR_RETURN(assertion.audience, session.text_of(step, "audience"));
  ASSIGN_OR_RETURN(assertion.issuer, session.text_of(step, "issuer"));
  ASSIGN_OR_RETURN(assertion.subject, session.text_of(step, "subject"));
  assertion.lifetime = std::chrono::seconds(step.value("lifetime_s", 300));
  ASSIGN_OR_RETURN(const Identity identity, read_certificate(base::Secret(pem)));
  ASSIGN_OR_RETURN(base::Secret jwt, sign_assertion(assertion, base::Secret(pem), session.environment.clock.now()));
  session.mask.add(jwt);
  session.mask.add(identity.key);
  keep(step, seen, "not_after", base::Secret(base::format_time(identity.not_after)));
  keep(step, seen, "jwt", jwt);
  return {};
}

base::Status issue_token(Session& session, const json& step, Observation& seen) {
  if (!session.environment.issue_token) {
    return failed_at(Stage::kUnsupported, "this server issues no tokens of its own");
  }
  ASSIGN_OR_RETURN(const std::string audience, session.text_of(step, "audience"));
  ASSIGN_OR_RETURN(const std::string issuer, session.text_of(step, "issuer"));
  ASSIGN_OR_RETURN(const std::string subject, session.text_of(step, "subject"));
  auto jwt = session.environment.issue_token(audience, issuer, subject);
  if (!jwt) return failed_at(Stage::kUnsupported, jwt.error().message);
  session.mask.add(*jwt);
  keep(step, seen, "jwt", *jwt);
  return {};
}

// "repo, read:user" and what each of them includes.
base::Status require_scopes(Session& session, const json& step, Observation& seen) {
  ASSIGN_OR_RETURN(const std::string text, session.text_of(step, "have"));
  std::set<std::string> have;
  for (const auto& word : base::split(base::replace_all(text, " ", ","), ',')) {
    if (word.empty()) continue;
    have.insert(word);
    const json implied = step.value("implied", json::object());
    if (implied.contains(word)) have.insert(implied.at(word).begin(), implied.at(word).end());
  }
  std::vector<std::string> lacking;
  for (const auto& need : step.value("need", json::array())) {
    if (!have.contains(need.get<std::string>())) lacking.push_back(need.get<std::string>());
  }
  if (lacking.empty()) return {};
  seen.error_class = step.value("on_missing", "scope_missing");
  return failed_at(Stage::kInput, base::join(lacking, ", "));
}

base::Status require_value(Session& session, const json& step, Observation& seen) {
  ASSIGN_OR_RETURN(const std::string value, session.text_of(step, "value"));
  if (!value.empty()) return {};
  seen.facts["empty"] = "true";
  return failed_at(Stage::kInput, "a value is missing");
}

base::Status expect_capture(Session& session, const json& step, Observation& seen) {
  const auto captured = session.facts.captures.find(step.value("capture", ""));
  const bool there = captured != session.facts.captures.end() && !captured->second.empty();
  ASSIGN_OR_RETURN(const std::string wanted, session.text_of(step, "equals"));
  if (step.contains("present") ? there == step.at("present").get<bool>()
                               : there && captured->second.reveal() == wanted) {
    return {};
  }
  const auto otherwise = step.find("otherwise");
  if (otherwise == step.end() || !otherwise->is_object()) return {};  // "continue"
  if (!there) return {};                                              // nothing to compare with
  const std::string result = otherwise->value("result", "unproven");
  seen.error_class = result == "ok_with_warning" ? "forbidden_warn" : result;
  seen.seen = captured->second.reveal();
  return failed_at(Stage::kInput,
                   session.shown(otherwise->value("detail", ""), {{"seen", session.mask.shown(seen.seen, 120)}}));
}

base::Status conclude(const Session& session, const json& step, Observation& seen) {
  const std::string result = step.value("result", "unproven");
  if (result == "ok") return {};
  seen.error_class = result == "ok_with_warning" ? "forbidden_warn" : result;
  return failed_at(Stage::kInput, session.shown(step.value("detail", "")));
}

base::Status run_local(Session& session, const json& step, const std::string& action, Observation& seen) {
  if (action == "parse_x509") return parse_x509(session, step, seen);
  if (action == "parse_pkcs12") return parse_pkcs12(session, step, seen);
  if (action == "parse_kubeconfig") return parse_kubeconfig(session, step, seen);
  if (action == "parse_service_bus_connection_string") return parse_service_bus(session, step, seen);
  if (action == "parse_sql_connection_string") return parse_sql(session, step, seen);
  if (action == "sign_jwt_client_assertion") return sign_jwt(session, step, seen);
  if (action == "issue_oidc_token") return issue_token(session, step, seen);
  if (action == "require_scopes") return require_scopes(session, step, seen);
  if (action == "require_value") return require_value(session, step, seen);
  if (action == "expect_capture") return expect_capture(session, step, seen);
  if (action == "conclude") return conclude(session, step, seen);
  return failed_at(Stage::kUnsupported, "step '" + base::printable(action, 40) + "'");
}

}  // namespace

Observation local_step(Session& session, const json& step) {
  Observation seen;
  if (const auto done = run_local(session, step, step.value("do", ""), seen); !done) seen.fail(done.error());
  return seen;
}

namespace {

// "{{azure_subscription}}": the parameter whose fields {{ref:azure_subscription.…}} names.
std::string parameter_in(const json& step) {
  const std::string text = step.value("connection", "");
  const bool is_one =
      text.starts_with("{{") && text.ends_with("}}") && text.find_first_of("|:.#^") == std::string::npos;
  return is_one ? text.substr(2, text.size() - 4) : "azure_subscription";
}

}  // namespace

// The token of another connection, by that connection's own scheme and within this one's time.
Observation azure_token_step(Session& session, const json& step) {
  Observation seen;
  const auto name = session.text_of(step, "connection");
  if (!name) {
    seen.fail(name.error());
    return seen;
  }
  const auto& find = session.environment.find_connection;
  const Referenced* other = find ? find(*name) : nullptr;
  if (other == nullptr || other->type->id != "azure_rm") {
    seen.fail(Stage::kInput, "There is no Azure Resource Manager connection '" + base::printable(*name) + "'.");
    return seen;
  }
  Environment around = session.environment;
  around.limits.total = session.deadline.left();
  Session inner(*other->type, *other->scheme, *other->values, around);
  const std::vector<std::string> wanted{"token.access_token"};
  const Report report = run_all(inner, &wanted);
  const auto token = inner.facts.captures.find(wanted.front());
  for (const auto& [id, secret] : other->values->secrets()) session.mask.add(secret);
  if (token == inner.facts.captures.end()) {
    seen.error_class = report.verdict.error_class.empty() ? "unproven" : report.verdict.error_class;
    seen.fail(Stage::kRefused, report.verdict.message);
    seen.host = inner.target.host;
    seen.words = report.verdict.words;
    return seen;
  }
  seen.network = true;
  session.mask.add(token->second);
  keep(step, seen, "access_token", token->second);
  keep(step, seen, "tenant", base::Secret(inner.value("tenant_id")));
  const std::string parameter = parameter_in(step);
  const auto put = [&](const std::string& field, const std::string& text) {
    session.references[parameter + "." + field] = base::Secret(text);
  };
  for (const auto& [id, text] : other->values->plain()) put(id, text);
  if (inner.azure) {
    for (const auto& [key, text] : inner.azure->values) put(key, text);
  }
  return seen;
}

}  // namespace probes
