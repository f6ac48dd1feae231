#pragma once

#include <cstddef>
#include <string>

#include "base/error.h"

namespace net {

enum class Overflow { kNone, kHead, kBody };

// Everything known about a transfer that failed.
struct TransferFailure {
  int code = 0;           // CURLcode
  std::string text;       // libcurl's words; for the log only
  long verified = 0;      // OpenSSL's X509_V_ERR_…
  long proxy_status = 0;  // of a CONNECT
  bool answered = false;
  bool blocked = false;
  Overflow overflow = Overflow::kNone;
  std::string origin, host, proxy;
  std::size_t response_limit = 0, head_limit = 0;
};

// In words for the person who typed the address; see HttpClient for the codes.
base::Error transfer_error(const TransferFailure& failure);

}  // namespace net
