#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "auth/ids.h"
#include "base/clock.h"
#include "oauth/configuration.h"

namespace oauth {

// What a sign-in is for; it is good for nothing else.
struct Purpose {
  auth::OrganizationId organization;
  auth::ProjectId project;
  std::string connection;    // id of the service connection; empty: one that is to be made
  std::string type, scheme;  // of the catalogue
  bool operator==(const Purpose&) const = default;
};

// A person's sign-in at a service, from its start until the service connection has what it brought.
struct Authorization {
  enum class State {
    kPending,     // the person is expected at the service
    kExchanging,  // the service's code is being exchanged
    kGranted,     // the secret is in the vault, waiting for its connection
    kFailed,      // `message` says why
  };
  AuthorizationId id;
  ConfigurationId configuration;
  Purpose purpose;
  std::string started_by;  // id of the user or team
  std::string session;     // of the browser that began, and that has to come back; empty: begun with a token
  bool by_device = false;  // a code typed in at the service, instead of a browser that comes back
  std::string tenant;      // by_device: whose directory
  State state = State::kPending;
  std::string account;  // who signed in, as the service calls him
  std::string message;
  std::int64_t interval = 0;  // by_device: seconds between two questions
  base::Time created_at, expires_at;
};
const char* state_name(Authorization::State state);  // "pending", "granted", "failed"

// What a person who begins has to be told.
struct Started {
  Authorization authorization;
  std::string url;        // where to sign in
  std::string user_code;  // by_device: what to type in there
};

}  // namespace oauth
