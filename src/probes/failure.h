#pragma once

#include <string>

#include "base/error.h"

// Between the files of this folder only.
namespace probes {

// How far a step got when it failed: the catalogue's `stage` and the class that follows if nothing more exact does.
enum class Stage {
  kInput,         // bad_input: nothing was sent
  kDns,           // dns
  kConnect,       // connect
  kTimeout,       // timeout
  kBlocked,       // blocked: the outbound policy
  kTlsUntrusted,  // tls_untrusted
  kTlsName,       // tls_name
  kTlsClient,     // tls_client
  kTls,           // wrong_service: no TLS there
  kProtocol,      // wrong_service: an answer that is not of the protocol
  kRefused,       // unauthorized: the service says no
  kProxy,         // proxy_auth
  kUnsupported,   // unsupported_here
  kStopped,       // the caller wanted no more
  kInternal,      // a fault on our side
};

// An error that remembers its stage; `detail` is for people and goes into the class's text.
base::Error failed_at(Stage stage, std::string detail);
Stage stage_of(const base::Error& error);
const char* stage_name(Stage stage);  // what a `stage` in the catalogue calls it: "tls", "connect", "timeout", "dns"
const char* class_of(Stage stage);    // "tls_untrusted"

}  // namespace probes
