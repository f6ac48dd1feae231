#include "webhooks/routes.h"

#include "api/api.h"
#include "api/exact_count.h"
#include "api/time_filter.h"
#include "base/strings.h"
#include "webhooks/inbox.h"
#include "webhooks/resource.h"
#include "webhooks/statistics.h"

namespace webhooks {
namespace {

using http::Method;
using http::Request;
using http::Response;
using storage::Connection;

base::Result<std::optional<auth::OrganizationId>> owner(base::Result<std::optional<storage::Row>> row) {
  if (!row) return std::move(row).error();
  return *row ? std::optional((*row)->id<auth::OrganizationId>(0)) : std::nullopt;
}

HookId hook_id(const Request& request) { return HookId(request.param("vcs_hook_id")); }

base::Result<jsonapi::Resource> shown(const Routes& routes, const Hook& hook) {
  ASSIGN_OR_RETURN(const auto consumers, routes.database.read([&](Connection& connection) {
    return routes.registrar.consumers(connection, hook.id);
  }));
  return hook_resource(hook, consumers);
}

base::Result<Hook> find_hook(const Routes& routes, const HookId& id) {
  ASSIGN_OR_RETURN(const auto hook,
                   routes.database.read([&](Connection& connection) { return routes.registrar.find(connection, id); }));
  if (!hook) return base::not_found("not found");
  return *hook;
}

Response list_hooks(const Routes& routes, const Request& request) {
  HANDLE(const auto wanted, request, api::page(request));
  HANDLE(const auto page, request, routes.registrar.list(auth::organization_of(request), wanted));
  std::vector<jsonapi::Resource> resources;
  for (const auto& hook : page.items) {
    HANDLE(auto resource, request, shown(routes, hook));
    resources.push_back(std::move(resource));
  }
  return api::list(request, resources, page.request, page.total);
}

Response show_hook(const Routes& routes, const Request& request) {
  HANDLE(const auto hook, request, find_hook(routes, hook_id(request)));
  HANDLE(const auto resource, request, shown(routes, hook));
  return api::ok(resource);
}

Response install_hook(const Routes& routes, const Request& request) {
  RETURN_PROBLEM(request, routes.database.write([&](storage::Transaction& transaction) {
    return routes.registrar.install(transaction, hook_id(request));
  }));
  return show_hook(routes, request);
}

Response forget_hook(const Routes& routes, const Request& request) {
  RETURN_PROBLEM(request, routes.database.write([&](storage::Transaction& transaction) {
    return routes.registrar.forget(transaction, hook_id(request), auth::actor_of(request));
  }));
  return api::no_content();
}

// Deliveries under way, and those that a provider repeats.
constexpr std::int64_t kUsualOverlap = 3600;
constexpr std::int64_t kLongestOverlap = 7 * 24 * 3600;

Response rotate_secret(const Routes& routes, const Request& request) {
  HANDLE(auto document, request, api::document(request, jsonapi::Document::Body::kMayBeEmpty));
  const auto overlap = document.integer("overlap-seconds", 0, kLongestOverlap).value.value_or(kUsualOverlap);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  RETURN_PROBLEM(request, routes.database.write([&](storage::Transaction& transaction) {
    return routes.registrar.rotate_secret(transaction, hook_id(request), base::Millis(overlap * 1000),
                                          auth::actor_of(request));
  }));
  return show_hook(routes, request);
}

std::string first_of(const std::vector<std::string>& values) { return values.empty() ? "" : values.front(); }

base::Result<DeliveryFilter> read_filter(const Request& request) {
  DeliveryFilter filter;
  filter.organization = auth::organization_of(request);
  for (const auto& name : api::filter(request, "filter[state]")) {
    const auto state = delivery_state_from(name);
    if (!state) {
      return base::malformed("filter[state] is one or more of received, done, ignored, parked, failed");
    }
    filter.states.push_back(*state);
  }
  filter.repository = request.query_value("filter[repository]").value_or("");
  filter.client = first_of(api::filter(request, "filter[oauth-client]"));
  filter.search = base::trim(request.query_value("search[basic]").value_or(""));
  ASSIGN_OR_RETURN(filter.from, api::time_filter(request, "filter[from]"));
  ASSIGN_OR_RETURN(filter.to, api::time_filter(request, "filter[to]"));
  ASSIGN_OR_RETURN(filter.counted, api::exact_count(request));
  return filter;
}

Response list_deliveries(const Routes& routes, const Request& request) {
  HANDLE(const auto wanted, request, api::page(request));
  HANDLE(const auto filter, request, read_filter(request));
  HANDLE(const auto page, request, routes.database.read([&](Connection& connection) {
    return webhooks::list_deliveries(connection, filter, wanted);
  }));
  std::vector<jsonapi::Resource> resources;
  for (const auto& delivery : page.items) resources.push_back(delivery_resource(delivery));
  return api::list(request, resources, page.request, page.total);
}

struct Shown {
  jsonapi::Resource resource;
  std::vector<jsonapi::Resource> decisions;
};

base::Result<Shown> read_delivery(const Routes& routes, const DeliveryId& id) {
  return routes.database.read([&](Connection& connection) -> base::Result<Shown> {
    ASSIGN_OR_RETURN(const auto delivery, find_delivery(connection, id));
    if (!delivery) return base::not_found("not found");
    ASSIGN_OR_RETURN(const auto bytes, delivery_bytes(connection, id));
    Shown out{delivery_resource(*delivery), {}};
    if (bytes) add_bytes(out.resource, *bytes, routes.registry.find(delivery->kind));
    if (!routes.decisions) return out;
    ASSIGN_OR_RETURN(out.decisions, routes.decisions(connection, id));
    std::vector<std::string> ids;
    for (const auto& decision : out.decisions) ids.push_back(decision.id);
    const std::string type = out.decisions.empty() ? "trigger-decisions" : out.decisions.front().type;
    out.resource.to_many("trigger-decisions", type, ids);
    return out;
  });
}

Response show_delivery(const Routes& routes, const Request& request) {
  HANDLE(const auto found, request, read_delivery(routes, DeliveryId(request.param("delivery_id"))));
  return api::ok(found.resource, found.decisions);
}

Response show_statistics(const Routes& routes, const Request& request) {
  HANDLE(const auto hours, request, routes.database.read([&](Connection& connection) {
    return delivery_hours(connection, auth::organization_of(request), routes.clock.now(), 24);
  }));
  jsonapi::Resource out{"delivery-statistics", request.param("organization")};
  auto& list = out.attributes["hours"] = jsonapi::Json::array();
  for (const auto& hour : hours) {
    const bool known = hour.finished > 0;
    list.push_back({{"at", base::format_time(hour.at)},
                    {"received", hour.received},
                    {"failed", hour.failed},
                    {"finished", hour.finished},
                    {"mean-latency-ms", known ? jsonapi::Json(hour.mean_latency) : jsonapi::Json()},
                    {"worst-latency-ms", known ? jsonapi::Json(hour.worst_latency) : jsonapi::Json()}});
  }
  return api::ok(out);
}

Response replay(const Routes& routes, const Request& request) {
  HANDLE(auto document, request, api::document(request, jsonapi::Document::Body::kMayBeEmpty));
  ReplayRequest wanted;
  wanted.delivery = DeliveryId(request.param("delivery_id"));
  wanted.who = auth::principal_of(request);
  wanted.request_id = request.request_id;
  wanted.force = document.boolean("force").value.value_or(false);
  wanted.comment = document.text("comment", 10'000).value.value_or("");
  if (!document.problems().empty()) return api::errors(request, document.problems());
  RETURN_PROBLEM(request, routes.database.write([&](storage::Transaction& transaction) {
    return replay_delivery(transaction, routes.clock, wanted, routes.release_runs);
  }));
  return show_delivery(routes, request);
}

}  // namespace

void add_routes(http::Router& router, auth::Guard& guard, const Routes& routes) {
  guard.register_owner("vcs_hook_id", [](Connection& connection, const std::string& id) {
    return owner(connection.find("SELECT organization_id FROM vcs_hooks WHERE id = $1", {id}));
  });
  guard.register_owner("delivery_id", [](Connection& connection, const std::string& id) {
    return owner(connection.find("SELECT organization_id FROM deliveries WHERE id = $1", {id}));
  });
  const auto add = [&](Method method, const char* pattern, auto function) {
    router.add({method, pattern, [routes, function](const Request& request) { return function(routes, request); }});
  };
  add(Method::kGet, "/api/v2/organizations/:organization/vcs-hooks", list_hooks);
  add(Method::kGet, "/api/v2/vcs-hooks/:vcs_hook_id", show_hook);
  add(Method::kDelete, "/api/v2/vcs-hooks/:vcs_hook_id", forget_hook);
  add(Method::kPost, "/api/v2/vcs-hooks/:vcs_hook_id/actions/install", install_hook);
  add(Method::kPost, "/api/v2/vcs-hooks/:vcs_hook_id/actions/rotate-secret", rotate_secret);
  add(Method::kGet, "/api/v2/organizations/:organization/deliveries",
      [](const Routes& all, const Request& request) { return list_deliveries(all, request); });
  add(Method::kGet, "/api/v2/organizations/:organization/delivery-statistics", show_statistics);
  add(Method::kGet, "/api/v2/deliveries/:delivery_id", show_delivery);
  add(Method::kPost, "/api/v2/deliveries/:delivery_id/actions/replay", replay);
}

}  // namespace webhooks
