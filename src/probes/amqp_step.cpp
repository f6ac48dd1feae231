#include <algorithm>
#include <array>

#include "base/random.h"
#include "base/strings.h"
#include "probes/amqp.h"
#include "probes/session.h"
#include "probes/signing.h"
#include "probes/stream.h"

// amqp_cbs: AMQP 1.0 over TLS, SASL, put-token on $cbs, then a sender that is attached and detached
// (docs.oasis-open.org/amqp/amqp-cbs, learn.microsoft.com/azure/service-bus-messaging/service-bus-amqp-protocol-guide).
namespace probes {
namespace {

using std::string_literals::operator""s;  // NOLINT(misc-unused-using-decls): clang 14 does not see its use

constexpr std::uint32_t kReplyHandle = 0, kRequestHandle = 1, kQueueHandle = 2;

class AmqpConversation {
 public:
  AmqpConversation(Stream& stream, std::string host, Observation& seen)
      : stream_(stream), host_(std::move(host)), seen_(seen) {}

  base::Status open() {
    RETURN_IF_ERROR(exchange_header("AMQP\x03\x01\x00\x00"s));
    ASSIGN_OR_RETURN(const AmqpFrame mechanisms, expect(amqp::kMechanisms));
    ASSIGN_OR_RETURN(const std::string chosen, choose(mechanisms.performative.at(0)));
    RETURN_IF_ERROR(
        send(AmqpFrame::Type::kSasl, amqp::kInit, {amqp_symbol(chosen), amqp_binary(""), amqp_text(host_)}));
    ASSIGN_OR_RETURN(const AmqpFrame outcome, expect(amqp::kOutcome));
    if (outcome.performative.at(0).number != 0) return failed_at(Stage::kRefused, "the SASL exchange was refused");
    RETURN_IF_ERROR(exchange_header("AMQP\x00\x01\x00\x00"s));
    RETURN_IF_ERROR(send(
        AmqpFrame::Type::kAmqp, amqp::kOpen,
        {amqp_text("connection-verifier-" + base::random_base58(8)), amqp_text(host_), amqp_uint(kAmqpLargestFrame)}));
    RETURN_IF_ERROR(
        send(AmqpFrame::Type::kAmqp, amqp::kBegin, {amqp_null(), amqp_uint(0), amqp_uint(100), amqp_uint(100)}));
    ASSIGN_OR_RETURN(const AmqpFrame opened, expect(amqp::kOpen));
    ASSIGN_OR_RETURN(const AmqpFrame begun, expect(amqp::kBegin));
    static_cast<void>(opened);
    static_cast<void>(begun);
    return {};
  }

  // The status that the claims service answers with.
  base::Result<int> put_token(const std::string& audience, const base::Secret& token) {
    RETURN_IF_ERROR(attach(kReplyHandle, true, "$cbs", "cbs-reply"));
    RETURN_IF_ERROR(attach(kRequestHandle, false, "cbs-request", "$cbs"));
    RETURN_IF_ERROR(attached());
    RETURN_IF_ERROR(attached());
    if (refused_link_) return failed_at(Stage::kProtocol, "it has no claims service ($cbs)");
    RETURN_IF_ERROR(send(AmqpFrame::Type::kAmqp, amqp::kFlow,
                         {amqp_uint(0), amqp_uint(100), amqp_uint(0), amqp_uint(100), amqp_uint(kReplyHandle),
                          amqp_uint(0), amqp_uint(10)}));
    while (!may_send_) RETURN_IF_ERROR(next());
    const std::string message =
        amqp_described(amqp::kProperties, amqp_list({amqp_text("1"), amqp_null(), amqp_text("$cbs"), amqp_null(),
                                                     amqp_text("cbs-reply")})) +
        amqp_described(
            amqp::kApplicationProperties,
            amqp_map({amqp_text("operation"), amqp_text("put-token"), amqp_text("type"),
                      amqp_text("servicebus.windows.net:sastoken"), amqp_text("name"), amqp_text(audience)})) +
        amqp_described(amqp::kValue, amqp_text(token.reveal()));
    RETURN_IF_ERROR(send(AmqpFrame::Type::kAmqp, amqp::kTransfer,
                         {amqp_uint(kRequestHandle), amqp_uint(0), amqp_binary("1"), amqp_uint(0), amqp_bool(true)},
                         message));
    ASSIGN_OR_RETURN(const AmqpFrame reply, expect(amqp::kTransfer));
    return status_of(reply.payload);
  }

  // Attaches a sender, sends nothing, detaches.
  base::Status try_sender(const std::string& address) {
    authorized_ = true;
    RETURN_IF_ERROR(attach(kQueueHandle, false, "connection-verifier", address));
    RETURN_IF_ERROR(attached());
    // A link that is refused is attached without a target and detached at once (part 2, section 2.6.3).
    if (refused_link_) return expect_detach();
    return send(AmqpFrame::Type::kAmqp, amqp::kDetach, {amqp_uint(kQueueHandle), amqp_bool(true)});
  }

  void close() { static_cast<void>(send(AmqpFrame::Type::kAmqp, amqp::kClose, {})); }

 private:
  base::Status exchange_header(const std::string& header) {
    RETURN_IF_ERROR(stream_.write(header));
    ASSIGN_OR_RETURN(const std::string answer, stream_.read_exactly(header.size()));
    if (answer == header) return {};
    return failed_at(Stage::kProtocol,
                     answer.starts_with("AMQP") ? "it speaks another version of AMQP" : "it does not speak AMQP");
  }

  static base::Result<std::string> choose(const AmqpValue& offered) {
    const auto has = [&](std::string_view name) {
      if (offered.kind == AmqpValue::Kind::kText) return offered.text == name;
      return std::any_of(offered.items.begin(), offered.items.end(),
                         [&](const AmqpValue& item) { return item.text == name; });
    };
    for (const char* name : {"MSSBCBS", "ANONYMOUS"}) {
      if (has(name)) return std::string(name);
    }
    return failed_at(Stage::kProtocol, "it offers neither MSSBCBS nor ANONYMOUS");
  }

  base::Status send(AmqpFrame::Type type, std::uint8_t code, const std::vector<std::string>& fields,
                    std::string_view payload = {}) {
    return stream_.write(amqp_frame(type, amqp_described(code, amqp_list(fields)), payload));
  }

  base::Status attach(std::uint32_t handle, bool receiver, const std::string& source, const std::string& target) {
    return send(
        AmqpFrame::Type::kAmqp, amqp::kAttach,
        {amqp_text("probe-" + std::to_string(handle) + "-" + base::random_base58(6)), amqp_uint(handle),
         amqp_bool(receiver), amqp_null(), amqp_null(), amqp_described(amqp::kSource, amqp_list({amqp_text(source)})),
         amqp_described(amqp::kTarget, amqp_list({amqp_text(target)})), amqp_null(), amqp_null(), amqp_uint(0)});
  }

  base::Status attached() {
    ASSIGN_OR_RETURN(const AmqpFrame answer, expect(amqp::kAttach));
    const auto& peer_is_receiver = answer.performative.at(2);
    const auto& end = answer.performative.at(peer_is_receiver.truth ? 6 : 5);
    refused_link_ = end.kind == AmqpValue::Kind::kNull;
    return {};
  }

  base::Status expect_detach() {
    const auto frame = expect(amqp::kDetach);
    if (!frame) return frame.error();
    return failed_at(Stage::kRefused, "the link was refused");
  }

  base::Result<AmqpFrame> read() {
    for (;;) {
      ASSIGN_OR_RETURN(const std::string head, stream_.read_exactly(4));
      const auto size = amqp_frame_size(head);
      if (!size) return failed_at(Stage::kProtocol, "it does not speak AMQP");
      ASSIGN_OR_RETURN(const std::string rest, stream_.read_exactly(*size - 4));
      auto frame = read_amqp_frame(head + rest);
      if (!frame) return failed_at(Stage::kProtocol, "an unreadable AMQP frame");
      if (frame->performative.kind != AmqpValue::Kind::kNull) return *std::move(frame);  // not a heartbeat
    }
  }

  base::Status next() {
    ASSIGN_OR_RETURN(const AmqpFrame frame, read());
    return note(frame);
  }

  // Credits are remembered; the end of link, session or connection is an error.
  base::Status note(const AmqpFrame& frame) {
    const auto& performative = frame.performative;
    switch (performative.number) {
      case amqp::kFlow:
        if (performative.at(6).number > 0) may_send_ = true;
        return {};
      case amqp::kDetach: return ended(performative.at(2));
      case amqp::kEnd:
      case amqp::kClose: return ended(performative.at(0));
      default: return {};
    }
  }

  base::Status ended(const AmqpValue& error) {
    const std::string condition = error.at(0).text;
    seen_.words = error.at(1).text;
    if (!authorized_) return failed_at(Stage::kProtocol, "it has no claims service ($cbs): " + condition);
    seen_.facts["amqp"] = condition;
    return failed_at(Stage::kRefused, condition.empty() ? "it ended the link" : condition);
  }

  base::Result<AmqpFrame> expect(std::uint8_t code) {
    for (int i = 0; i < 64; ++i) {
      ASSIGN_OR_RETURN(AmqpFrame frame, read());
      if (frame.performative.number == code && code != amqp::kDetach) return frame;
      RETURN_IF_ERROR(note(frame));
    }
    return failed_at(Stage::kProtocol, "its answers do not fit");
  }

  base::Result<int> status_of(std::string_view message) {
    while (!message.empty()) {
      const auto section = read_amqp_value(message);
      if (!section) break;
      if (section->number != amqp::kApplicationProperties) continue;
      const AmqpValue* code = section->find("status-code");
      const AmqpValue* words = section->find("status-description");
      if (words != nullptr) seen_.words = words->text;
      if (code != nullptr) return static_cast<int>(code->number);
    }
    return failed_at(Stage::kProtocol, "the claims service's answer has no status");
  }

  Stream& stream_;
  std::string host_;
  Observation& seen_;
  bool may_send_ = false;
  bool refused_link_ = false;
  bool authorized_ = false;  // the token was taken
};

base::Secret token_for(const Session& session, const std::string& audience) {
  const auto captured = [&](const char* name) {
    const auto entry = session.facts.captures.find(name);
    return entry == session.facts.captures.end() ? base::Secret() : entry->second;
  };
  return sign_service_bus(audience, captured("parse.key_name").reveal(), captured("parse.key"),
                          session.environment.clock.now() + std::chrono::seconds(300));
}

base::Status converse(Session& session, const json& step, Observation& seen) {
  ASSIGN_OR_RETURN(seen.host, session.text_of(step, "host"));
  ASSIGN_OR_RETURN(seen.port, session.port_of(step));
  ASSIGN_OR_RETURN(const std::string audience, session.text_of(step, "audience"));
  const Dialer dialer{session.environment.policy, session.deadline, session.environment.limits.connect,
                      session.environment.route};
  ASSIGN_OR_RETURN(const std::unique_ptr<Stream> socket, connect_to(dialer, seen.host, seen.port));
  ASSIGN_OR_RETURN(const std::unique_ptr<Stream> tls,
                   start_tls(*socket, {.server_name = seen.host, .ca_bundle = session.environment.ca_bundle}));
  seen.network = true;
  AmqpConversation conversation(*tls, seen.host, seen);
  RETURN_IF_ERROR(conversation.open());
  const base::Secret token = token_for(session, audience);
  session.mask.add(token);
  seen.credentials = true;
  ASSIGN_OR_RETURN(const int status, conversation.put_token(audience, token));
  seen.facts["cbs_status"] = std::to_string(status);
  if (status != 200 && status != 202) {
    return failed_at(status == 401 || status == 403 ? Stage::kRefused : Stage::kProtocol,
                     "status " + std::to_string(status));
  }
  const auto queue = audience.substr(std::min(audience.find('/', 5), audience.size() - 1) + 1);
  RETURN_IF_ERROR(conversation.try_sender(queue));
  conversation.close();
  return {};
}

}  // namespace

Observation amqp_step(Session& session, const json& step) {
  Observation seen;
  if (const auto done = converse(session, step, seen); !done) seen.fail(done.error());
  return seen;
}

}  // namespace probes
