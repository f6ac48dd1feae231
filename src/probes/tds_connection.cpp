#include "probes/tds_connection.h"

#include "probes/failure.h"

namespace probes {
namespace {

constexpr std::size_t kLongestAnswer = std::size_t{256} << 10U;

base::Error no_tds() { return failed_at(Stage::kProtocol, "no SQL Server on this port"); }

}  // namespace

base::Status TdsFraming::write(std::string_view bytes) {
  return below_.write(framing_ ? tds_packets(TdsPacket::kPrelogin, bytes) : std::string(bytes));
}

base::Result<std::string> TdsFraming::read_some(std::size_t most) {
  if (!framing_ && rest_.empty()) return below_.read_some(most);
  if (rest_.empty()) {
    ASSIGN_OR_RETURN(const std::string head, below_.read_exactly(kTdsHeaderSize));
    const auto header = read_tds_header(head);
    if (!header) return no_tds();
    ASSIGN_OR_RETURN(rest_, below_.read_exactly(header->body));
  }
  std::string part = rest_.substr(0, most);
  rest_.erase(0, part.size());
  return part;
}

base::Result<std::string> TdsConnection::read_message() {
  std::string message;
  for (;;) {
    ASSIGN_OR_RETURN(const std::string head, top().read_exactly(kTdsHeaderSize));
    const auto header = read_tds_header(head);
    if (!header) return no_tds();
    ASSIGN_OR_RETURN(const std::string body, top().read_exactly(header->body));
    message += body;
    if (message.size() > kLongestAnswer) return failed_at(Stage::kProtocol, "its answer is too long");
    if (header->last) return message;
  }
}

base::Result<TdsEncryption> TdsConnection::prelogin() {
  RETURN_IF_ERROR(socket_->write(tds_packets(TdsPacket::kPrelogin, tds_prelogin())));
  auto answer = read_message();
  if (!answer) return stage_of(answer.error()) == Stage::kProtocol ? no_tds() : answer.error();
  const auto encryption = read_tds_prelogin(*answer);
  if (!encryption) return no_tds();
  return *encryption;
}

base::Status TdsConnection::start_tls(const TlsOptions& options) {
  ASSIGN_OR_RETURN(tls_, probes::start_tls(framing_, options));
  framing_.end_framing();
  return {};
}

base::Result<TdsAnswer> TdsConnection::ask(std::string_view packets) {
  RETURN_IF_ERROR(top().write(packets));
  ASSIGN_OR_RETURN(const std::string message, read_message());
  auto answer = read_tds_answer(message);
  if (!answer) return failed_at(Stage::kProtocol, "its answer cannot be read");
  return *std::move(answer);
}

base::Result<TdsAnswer> TdsConnection::login(const TdsLogin& login) {
  const base::Secret message = tds_login7(login);
  const base::Secret packets(tds_packets(TdsPacket::kLogin7, message.reveal()));
  return ask(packets.reveal());
}

base::Result<TdsAnswer> TdsConnection::batch(std::string_view sql) {
  return ask(tds_packets(TdsPacket::kSqlBatch, tds_batch(sql)));
}

}  // namespace probes
