#include "base/strings.h"
#include "probes/certificate.h"
#include "probes/session.h"
#include "probes/stream.h"

// tcp_connect and tls_handshake.
namespace probes {
namespace {

base::Status handshake(Session& session, const json& step, Stream& stream, Observation& seen) {
  TlsOptions options{.server_name = seen.host};
  options.ca_bundle = session.environment.ca_bundle;
  options.seen_thumbprint = &seen.seen;
  ASSIGN_OR_RETURN(options.client_certificate, session.text_of(step, "client_certificate"));
  if (!options.client_certificate.empty()) {
    const auto key = session.facts.captures.find("parse.key");
    if (key != session.facts.captures.end()) options.client_key = key->second;
  }
  if (step.value("verify", "") == "thumbprint") {
    ASSIGN_OR_RETURN(const std::string list, session.text_of(step, "thumbprints"));
    options.thumbprints = base::split(list, ',');
    options.check = net::ServerCheck::kThumbprint;
  }
  if (session.accepts_untrusted()) {
    options.check = net::ServerCheck::kNothing;
    session.note("The server's certificate was not checked, because 'Accept untrusted SSL certificates' is on.");
  }
  const auto tls = start_tls(stream, options);
  if (tls) return {};
  if (stage_of(tls.error()) == Stage::kTlsUntrusted && options.check == net::ServerCheck::kThumbprint) {
    seen.facts["thumbprint"] = "mismatch";
  }
  return tls.error();
}

base::Status connect(Session& session, const json& step, Observation& seen) {
  ASSIGN_OR_RETURN(seen.host, session.text_of(step, "host"));
  ASSIGN_OR_RETURN(seen.port, session.port_of(step));
  const Dialer dialer{session.environment.policy, session.deadline, session.environment.limits.connect,
                      session.environment.route};
  ASSIGN_OR_RETURN(const std::unique_ptr<Stream> stream, connect_to(dialer, seen.host, seen.port));
  seen.network = true;
  if (step.value("do", "") == "tls_handshake") RETURN_IF_ERROR(handshake(session, step, *stream, seen));
  const auto then = step.find("then");
  if (then == step.end() || !then->is_object()) return {};
  seen.error_class = then->value("result", "unproven");
  return failed_at(Stage::kUnsupported, then->value("detail", ""));
}

}  // namespace

Observation stream_step(Session& session, const json& step) {
  Observation seen;
  if (const auto done = connect(session, step, seen); !done) seen.fail(done.error());
  return seen;
}

}  // namespace probes
