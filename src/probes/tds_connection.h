#pragma once

#include <memory>
#include <string>

#include "probes/stream.h"
#include "probes/tds.h"

namespace probes {

// TLS inside TDS: until the handshake is over every record travels in pre-login packets ([MS-TDS] 2.2.6.5).
class TdsFraming final : public Stream {
 public:
  explicit TdsFraming(Stream& below) : below_(below) {}
  base::Status write(std::string_view bytes) override;
  base::Result<std::string> read_some(std::size_t most) override;
  void end_framing() { framing_ = false; }

 private:
  Stream& below_;
  bool framing_ = true;
  std::string rest_;  // of a packet that was read
};

// One conversation with a SQL Server; the steps of a verification share it.
class TdsConnection {
 public:
  explicit TdsConnection(std::unique_ptr<Stream> socket, std::string host)
      : host_(std::move(host)), socket_(std::move(socket)), framing_(*socket_) {}

  base::Result<TdsEncryption> prelogin();
  base::Status start_tls(const TlsOptions& options);
  base::Result<TdsAnswer> login(const TdsLogin& login);
  base::Result<TdsAnswer> batch(std::string_view sql);
  const std::string& host() const { return host_; }

 private:
  Stream& top() { return tls_ ? *tls_ : *socket_; }
  base::Result<std::string> read_message();
  base::Result<TdsAnswer> ask(std::string_view packets);

  std::string host_;
  std::unique_ptr<Stream> socket_;
  TdsFraming framing_;
  std::unique_ptr<Stream> tls_;
};

}  // namespace probes
