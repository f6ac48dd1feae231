#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "oauth/answer.h"
#include "oauth/configuration.h"

// Microsoft Entra ID: the device code flow (RFC 8628) of a public client, which shows no client secret.
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
namespace oauth::entra {

struct DeviceCode {
  base::Secret device_code;
  std::string user_code;
  std::string url;  // where a person types it in
  std::chrono::seconds interval{5};
  std::chrono::seconds lifetime{900};
};
// `tenant`: a directory's id or domain; empty: the account's own. `resource`: what the token is for, ending in "/".
// The errors' messages are for the person who signs in.
base::Result<DeviceCode> begin(net::HttpClient& client, const Configuration& configuration, const std::string& tenant,
                               const std::string& resource);

struct Polled {
  std::optional<Grant> grant;  // empty: he has not signed in yet
  bool slower = false;         // the service wants to be asked less often
};
// kUnavailable if the service did not answer: worth asking again. Other errors are the end of it.
base::Result<Polled> poll(net::HttpClient& client, const Configuration& configuration, const std::string& tenant,
                          const base::Secret& device_code);

}  // namespace oauth::entra
