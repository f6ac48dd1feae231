#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/headers.h"
#include "base/result.h"
#include "base/secret.h"
#include "vcs/event.h"
#include "vcs/provider.h"

namespace vcs {

// A delivery whose authenticity was proven.
struct Verified {
  // Stable over the provider's own retries; empty when the provider gives none (the receiver then uses a digest).
  std::string delivery_id;
  std::string event_name;
  // False: a connection test of fixed content that its provider does not sign. It is answered and starts nothing.
  bool is_signed = true;
};

// Everything the product knows about one kind of provider. Each driver folder has one function that returns its
// kinds; app/ puts them into the registry. The functions are pure: no clock, database or network.
struct Kind {
  std::string name;          // the API's service-provider value: "ado_server"
  std::string display_name;  // "Azure DevOps Server"
  Capabilities capabilities;
  std::string default_http_url, default_api_url;  // empty: the user must say
  std::string credential_hint;                    // what token to make, with which scopes
  std::string configuration_source;               // "github", "bitbucket", "ado": the API's CV source

  // Brings what users paste into canonical form ("https://ghe/api/v3" → both URLs). kInvalid with pointer.
  std::function<base::Status(ProviderConfig&)> normalize;
  std::function<std::unique_ptr<Provider>(ProviderConfig, net::HttpClient&)> make;

  // Constant-time proof over the raw bytes. kUnauthorized: not proven. kMalformed: contradictory headers (two
  // signature headers).
  std::function<base::Result<Verified>(const base::Headers&, std::string_view body, const base::Secret& secret)>
      verify_delivery;
  // For an authentic body. kInvalid: cannot be understood (the delivery is parked with this reason).
  std::function<base::Result<Parsed>(const base::Headers&, std::string_view body)> parse;
};

// The kinds this program has. Filled once at start, then read-only; thread-safe.
class Registry {
 public:
  void add(Kind kind);
  const Kind* find(std::string_view name) const;
  const std::vector<Kind>& kinds() const { return kinds_; }

 private:
  std::vector<Kind> kinds_;
};

}  // namespace vcs
