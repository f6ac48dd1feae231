#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"

namespace probes {

// What one context of a kubeconfig (kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig)
// says. Files and programs that it points to are not looked at.
struct Kubeconfig {
  std::string server, name_space;
  std::string authorities;  // PEM; empty: the system's
  std::string client_certificate;
  base::Secret client_key, token, password;
  std::string username;
};

// `context` empty: current-context. Stage kInput; `missing` (may be null) gets "context", "cluster" or "user".
base::Result<Kubeconfig> read_kubeconfig(const base::Secret& text, std::string_view context,
                                         std::string* missing = nullptr);

}  // namespace probes
