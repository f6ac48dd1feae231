#pragma once

#include <filesystem>
#include <string>

#include "base/file.h"

namespace net_test {

// A certificate authority of its own in a temporary directory, made with the openssl program.
class CertificateAuthority {
 public:
  CertificateAuthority();

  std::string pem() const;  // of the authority itself
  // A server certificate and key; the paths of both. `names` is a subjectAltName ("DNS:a.test,IP:127.0.0.1").
  struct Files {
    std::filesystem::path certificate, key;
  };
  Files issue(const std::string& names, const std::string& valid = "-days 2") const;
  Files issue_expired(const std::string& names) const;
  Files issue_not_yet_valid(const std::string& names) const;
  Files self_signed(const std::string& names) const;

 private:
  base::TemporaryDirectory directory_;
};

}  // namespace net_test
