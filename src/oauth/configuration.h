#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "oauth/ids.h"

namespace oauth {

// The services whose sign-in is known here.
enum class Source { kGithub, kGithubEnterpriseServer, kAzure };
const char* source_name(Source source);  // "github", "github_enterprise_server", "azure_rm"
std::optional<Source> source_named(std::string_view name);
const char* service_name(Source source);  // "GitHub"

// An application that a site administrator registered at a service, in whose name people sign in there. Its client
// secret is in the vault.
struct Configuration {
  ConfigurationId id;
  std::string name;  // unique, compared without case
  Source source = Source::kGithub;
  std::string url;  // of the service, without a slash at its end
  std::string client_id;
  bool has_secret = false;
  base::Time created_at, updated_at;
};

}  // namespace oauth
