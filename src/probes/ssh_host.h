#pragma once

#include <string>
#include <vector>

#include "probes/session.h"

namespace probes {

// A machine whose host key was looked at and is the expected one, or the first seen.
struct SshHost {
  std::string host;
  int port = 0;                        // as given; its name in known_hosts
  std::vector<std::string> addresses;  // allowed ones
  int reached_port = 0;                // where it is really found
  std::string known_hosts;             // lines of the keys that count
};

// Looks at banner and host keys. `seen` gets facts "banner", "kex", "host_key" on failure.
base::Status look_at_host(Session& session, const std::string& host, int port, Observation& seen);

struct SshLogin {
  std::string user;
  base::Secret password;  // empty: by key
  base::Secret key, passphrase;
  std::vector<std::string> methods;  // of OpenSSH's PreferredAuthentications
  std::string command;               // empty: no more than the log-in
};
// Runs OpenSSH's client. The output of the command; for none an empty text. Facts "auth", "methods_left", "key".
base::Result<std::string> ssh_log_in(Session& session, const SshLogin& login, Observation& seen);

}  // namespace probes
