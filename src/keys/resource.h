#pragma once

#include <string>
#include <vector>

#include "jsonapi/resource.h"
#include "keys/service.h"

namespace keys {

jsonapi::Resource key_resource(const SshKey& key);
jsonapi::Resource host_key_resource(const HostKey& key);
jsonapi::Resource public_key_resource(const Service::PublicKey& key, const std::string& token);
// `id`: of the key or token that was tried.
jsonapi::Resource test_resource(const std::vector<vcs::Check>& checks, const std::string& id);

}  // namespace keys
