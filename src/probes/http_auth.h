#pragma once

#include <memory>
#include <string_view>

#include "net/call.h"
#include "probes/session.h"

namespace probes {

// How an HTTP step proves who it is; one class for each of the catalogue's auth kinds.
class Auth {
 public:
  virtual ~Auth() = default;
  virtual bool carries_secret() const { return true; }
  // Adds what goes into the head of a request, for this address, method and body.
  virtual base::Status sign(net::ClientRequest& request, base::Time now) const;
  // Client certificate.
  virtual void identify(net::CallOptions& options) const { static_cast<void>(options); }
  // How the server is checked, with and without credentials.
  virtual void trust(net::CallOptions& options) const;
  // After a 401: whether there is an older form of the same to try.
  virtual bool try_older_form() { return false; }
  // Whether this build cannot make the proof that a 401 asks for.
  virtual bool unsupported() const { return false; }

  std::string authorities;               // PEM; instead of the system's
  std::vector<std::string> thumbprints;  // instead of authorities
};

// From a step's `auth`. Stage kInput.
base::Result<std::unique_ptr<Auth>> make_auth(const Session& session, const json& auth);

// Whether two hosts belong to one owner as far as their names tell: equal, one below the other, or siblings below a
// name that is no public suffix.
bool same_site(std::string_view a, std::string_view b);

}  // namespace probes
