#include "providers/routes.h"

#include "providers/route_groups.h"
#include "providers/store.h"

namespace providers {
namespace {

auth::OwnerLookup owner_of_client() {
  return
      [](storage::Connection& connection, const std::string& id) -> base::Result<std::optional<auth::OrganizationId>> {
        ASSIGN_OR_RETURN(
            const auto row,
            connection.find("SELECT organization_id FROM oauth_clients WHERE id = $1 AND deleted_at IS NULL", {id}));
        return row ? std::optional(row->id<auth::OrganizationId>(0)) : std::nullopt;
      };
}

auth::OwnerLookup owner_of_token() {
  return
      [](storage::Connection& connection, const std::string& id) -> base::Result<std::optional<auth::OrganizationId>> {
        ASSIGN_OR_RETURN(
            const auto row,
            connection.find("SELECT organization_id FROM oauth_tokens WHERE id = $1 AND deleted_at IS NULL", {id}));
        return row ? std::optional(row->id<auth::OrganizationId>(0)) : std::nullopt;
      };
}

}  // namespace

base::Result<OAuthClient> client_of_token(const Routes& routes, const OAuthTokenId& token) {
  ASSIGN_OR_RETURN(const auto client, routes.database.read([&](storage::Connection& connection) {
    return routes.service.client_of(connection, token);
  }));
  if (!client) return base::not_found("not found");
  return routes.service.find(*client);
}

void add_routes(http::Router& router, auth::Guard& guard, const Routes& routes) {
  guard.register_owner("oauth_client_id", owner_of_client());
  guard.register_owner("oauth_token_id", owner_of_token());
  add_client_routes(router, routes);
  add_token_routes(router, routes);
  add_browse_routes(router, routes);
  add_event_routes(router, routes);
}

}  // namespace providers
