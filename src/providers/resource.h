#pragma once

#include <string>
#include <vector>

#include "jsonapi/resource.h"
#include "providers/client.h"
#include "providers/service.h"
#include "providers/store.h"
#include "vcs/kind.h"

namespace providers {

// The JSON:API forms of this folder. `public_url` is where people reach this server, no trailing slash.
jsonapi::Resource client_resource(const OAuthClient& client, const std::string& public_url);
void add_affected_workspaces(jsonapi::Resource& resource, const std::vector<AffectedWorkspace>& workspaces);
// The client's token; only for clients that have one.
jsonapi::Resource token_resource(const OAuthClient& client);
jsonapi::Resource repository_resource(const vcs::Repository& repository, const OAuthTokenId& token);
jsonapi::Resource branch_resource(const vcs::Branch& branch, const vcs::Repository& repository);
jsonapi::Resource event_resource(const store::EventRow& row);
jsonapi::Resource kind_resource(const vcs::Kind& kind);

}  // namespace providers
