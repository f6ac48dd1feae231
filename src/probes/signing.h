#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

// Signatures over requests and tokens. Pure: the time is given.
namespace probes {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

struct AwsKey {
  std::string id;
  base::Secret secret;
  std::string region, service;
};

// The request to sign; `path` and `query` percent-encoded as they are sent.
struct AwsRequest {
  std::string method, host, path, query, body;
  HeaderList headers = {};  // further ones to sign, names in lower case
};

// The headers to add (AWS Signature Version 4, docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html):
// X-Amz-Date, for s3 X-Amz-Content-Sha256, and Authorization.
HeaderList sign_aws(const AwsRequest& request, const AwsKey& key, base::Time now);

// "SharedAccessSignature sr=…&sig=…&se=…&skn=…" (learn.microsoft.com/azure/service-bus-messaging/service-bus-sas).
base::Secret sign_service_bus(std::string_view resource, std::string_view key_name, const base::Secret& key,
                              base::Time expires);

// X-Ops headers of a Chef client (docs.chef.io/server/api_chef_server). `version` is "1.3" (SHA-256) or "1.0" (SHA-1,
// over a raw RSA operation). kInvalid if the key cannot be read.
struct ChefRequest {
  std::string method, path, body, user, server_api_version;
};
base::Result<HeaderList> sign_chef(const ChefRequest& request, const base::Secret& key, std::string_view version,
                                   base::Time now);

// RS256 with x5t#S256 and x5t of the certificate in the header (RFC 7515, RFC 7523;
// learn.microsoft.com/entra/identity-platform/certificate-credentials).
struct Assertion {
  std::string audience, issuer, subject;
  std::chrono::seconds lifetime{300};
};
base::Result<base::Secret> sign_assertion(const Assertion& assertion, const base::Secret& certificate_and_key,
                                          base::Time now);

}  // namespace probes
