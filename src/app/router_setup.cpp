#include "app/router_setup.h"

#include "app/system_routes.h"
#include "auth/bootstrap.h"
#include "auth/guard.h"
#include "auth/routes.h"
#include "auth/service.h"
#include "base/strings.h"
#include "connections/routes.h"
#include "federation/routes.h"
#include "jsonapi/resource.h"
#include "keys/routes.h"
#include "keys/service.h"
#include "logging/log.h"
#include "oauth/routes.h"
#include "page/page.h"
#include "providers/routes.h"
#include "providers/service.h"
#include "runs/routes.h"
#include "runs/service.h"
#include "signin/routes.h"
#include "signin/service.h"
#include "webhooks/receiver.h"
#include "webhooks/registrar.h"
#include "webhooks/routes.h"
#include "workspaces/resource.h"
#include "workspaces/routes.h"
#include "workspaces/service.h"
#include "workspaces/trigger_decision.h"

namespace app {
namespace {

// What was decided about a delivery, workspace by workspace: shown with the delivery.
base::Result<std::vector<jsonapi::Resource>> decisions_of(storage::Connection& connection,
                                                          const webhooks::DeliveryId& delivery) {
  ASSIGN_OR_RETURN(const auto decisions, workspaces::decisions_of_delivery(connection, delivery.str()));
  std::vector<jsonapi::Resource> resources;
  for (const auto& decision : decisions) resources.push_back(workspaces::decision_resource(decision));
  return resources;
}

// Whose browser came back from a service.
oauth::FindVisitor visitors(signin::Service& signin) {
  return [&signin](const http::Request& request) -> base::Result<std::optional<oauth::Visitor>> {
    const auto cookie = signin.cookie().value(request);
    if (!cookie || cookie->empty()) return std::optional<oauth::Visitor>();
    ASSIGN_OR_RETURN(const auto found, signin.find(*cookie));
    if (!found) return std::optional<oauth::Visitor>();
    return std::optional(oauth::Visitor{found->user.id, found->session.id.str()});
  };
}

}  // namespace

base::Status set_up_router(http::Router& router, const RouterParts& parts) {
  router.add(system_routes({parts.database, parts.http_stats, parts.facts}));
  router.add(page::routes());
  router.add(auth::setup_routes(parts.bootstrap, page::document));
  router.add(auth::routes(parts.auth_service));
  auth::register_owners(parts.guard);
  router.add(signin::routes(parts.signin, parts.sign_on));
  parts.guard.set_session_check(signin::session_check(parts.signin));
  parts.bootstrap.set_sign_in(parts.signin.for_setup());
  parts.auth_service.set_sign_in_parts(parts.signin.parts_of_users());
  providers::add_routes(router, parts.guard, {parts.providers, parts.database, parts.registry, parts.public_url});
  webhooks::add_routes(router, parts.guard,
                       {parts.database, parts.clock, parts.registrar, parts.registry, decisions_of,
                        [&runs = parts.runs](storage::Transaction& transaction, const webhooks::DeliveryId& delivery) {
                          return runs.allow_runs_again(transaction, delivery);
                        }});
  parts.receiver.add_routes(router);
  keys::add_routes(router, parts.guard, parts.keys);
  const runs::Routes run_routes{parts.runs, parts.database, parts.guard, parts.public_url, parts.workspaces};
  workspaces::add_routes(router, parts.guard,
                         {parts.workspaces, parts.variables,
                          [run_routes](const http::Request& request, const auto& workspaces, const auto& names) {
                            return runs::included_of_workspaces(run_routes, request, workspaces, names);
                          }});
  runs::add_routes(router, run_routes);
  connections::add_routes(router, parts.guard, parts.connections);
  router.add(federation::routes(parts.issuer));
  router.add(oauth::routes(parts.oauth, visitors(parts.signin)));
  router.set_filter(parts.guard.filter());
  router.set_failure_observer([](const http::Request& request, std::string_view what) {
    logging::error("a handler threw", {{"request", request.request_id}, {"path", request.path}, {"what", what}});
  });
  const auto gaps = parts.guard.gaps(router);
  if (!gaps.empty()) return base::internal("routes without a permission: " + base::join(gaps, "; "));
  return {};
}

}  // namespace app
