#pragma once

#include <string>

#include "base/file.h"
#include "tests/net/certificates.h"

namespace net_test {

// `openssl s_server` on a port of its own, answering each GET with 200.
class TlsServer {
 public:
  // `options`: further arguments of s_server ("-tls1_1", …).
  TlsServer(const CertificateAuthority::Files& files, const std::string& options = "");
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  int port() const { return port_; }

 private:
  base::FileDescriptor output_;  // kept open: the program would end on a write to nobody
  int pid_ = -1;
  int port_ = 0;
};

}  // namespace net_test
