#include "auth/guard.h"

#include <stdexcept>
#include <unordered_map>
#include <utility>
#include <vector>

#include "api/api.h"
#include "auth/idempotency.h"
#include "auth/permissions.h"
#include "auth/problem.h"
#include "base/strings.h"
#include "jsonapi/json.h"
#include "logging/log.h"

namespace auth {
namespace {

std::string route_key(http::Method method, std::string_view pattern) {
  return std::string(http::method_name(method)) + " " + std::string(pattern);
}

// "team_id" of "/api/v2/teams/:team_id/…"; empty if there is none.
std::string first_id_parameter(std::string_view pattern) {
  for (const std::string& segment : base::split(pattern, '/')) {
    if (segment.starts_with(':') && segment.ends_with("_id")) return segment.substr(1);
  }
  return {};
}

struct Rule {
  Permission permission;
  std::string parameter;  // kResource
};

std::unordered_map<std::string, Rule> make_rules() {
  std::unordered_map<std::string, Rule> rules;
  for (const Permission& permission : permissions()) {
    rules.emplace(route_key(permission.method, permission.pattern),
                  Rule{permission, first_id_parameter(permission.pattern)});
  }
  return rules;
}

// A token in an address ends up in logs, histories and referrers, so one sent there is refused even if it is good.
// "?token=audit-trails" is the API's way to name a kind of token.
bool has_token_in_query(const http::Request& request) {
  for (const auto& [name, value] : request.query) {
    const std::string lower = base::to_lower(name);
    if (lower == "access_token" || lower == "authorization" || lower == "bearer") return true;
    if (lower == "token" && !(value == "audit-trails" && request.path.ends_with("/authentication-token"))) return true;
  }
  return false;
}

// The credentials of "Authorization: Bearer <token>"; empty if that is not what was sent.
std::string_view bearer_of(const http::Request& request) {
  constexpr std::string_view kScheme = "bearer ";
  if (request.headers.count("Authorization") != 1) return {};
  const std::string_view header = request.headers.get_or("Authorization");
  if (header.size() <= kScheme.size() || base::to_lower(header.substr(0, kScheme.size())) != kScheme) return {};
  return base::trim(header.substr(kScheme.size()));
}

// RFC 9110 section 12.5.1, as far as one type is concerned; JSON:API's without parameters, as its own rules ask.
bool takes_json(std::string_view accept) {
  if (base::trim(accept).empty()) return true;
  for (const std::string& range : base::split(accept, ',')) {
    const auto parts = base::split(range, ';');
    const std::string type = base::to_lower(base::trim(parts.front()));
    if (type != "application/vnd.api+json" && type != "application/json" && type != "application/*" && type != "*/*") {
      continue;
    }
    bool refused = false;
    for (std::size_t i = 1; i < parts.size(); ++i) {
      const std::string parameter = base::to_lower(base::trim(parts[i]));
      const bool is_weight = parameter.starts_with("q=");
      if (is_weight && parameter.find_first_of("123456789") == std::string::npos) refused = true;  // q=0
      if (!is_weight && type == "application/vnd.api+json") refused = true;
    }
    if (!refused) return true;
  }
  return false;
}

// Files and logs are of types of their own.
bool answers_json(const http::Route& route) {
  return route.pattern.starts_with("/api/v2/") && !route.pattern.ends_with("/download") &&
         !route.pattern.starts_with("/api/v2/logs/");
}

http::Response not_acceptable(const http::Request& request) {
  const jsonapi::Json problem = {
      {"id", request.request_id},
      {"status", "406"},
      {"code", "not_acceptable"},
      {"title", "not acceptable"},
      {"detail",
       "The answer is application/vnd.api+json, which the Accept header leaves out: add it, without parameters."}};
  return api::json(406, jsonapi::dump({{"errors", jsonapi::Json::array({problem})}}));
}

bool is_api(const http::Request& request) {
  return request.path.starts_with("/api/") || request.path.starts_with("/.well-known/");
}

}  // namespace

base::Error not_visible() { return base::not_found("There is nothing here, or you may not see or change it."); }

class Guard::Impl {
 public:
  Impl(storage::Database& database, const base::Clock& clock)
      : database_(database), access_(database, clock), idempotency_(database, clock), rules_(make_rules()) {}

  Access& access() { return access_; }

  void register_owner(std::string parameter, OwnerLookup lookup) {
    owners_.insert_or_assign(std::move(parameter), std::move(lookup));
  }

  void set_session_check(SessionCheck check) { session_check_ = std::move(check); }

  http::Response handle(http::Request& request, const http::Route& route, const http::Handler& next) {
    const logging::RequestScope scope(request.request_id);
    http::Response response = answer(request, route, next);
    if (is_api(request)) {
      api::add_version_headers(response);
      if (!response.headers.has("Cache-Control")) response.headers.set("Cache-Control", "no-store");
    }
    return response;
  }

  http::Response answer(http::Request& request, const http::Route& route, const http::Handler& next) {
    if (answers_json(route) && !takes_json(request.headers.get_or("Accept"))) return not_acceptable(request);
    const base::Status checked = check(request, route);
    if (!checked) return auth::answer(request, checked.error());
    const auto* caller = request.attachment<Principal>();
    if (caller == nullptr || !Idempotency::asks(request)) return next(request);
    return idempotency_.handle(request, *caller, next);
  }

  base::Result<bool> allowed(const Principal& principal, Action action, const OrganizationId& organization) {
    ASSIGN_OR_RETURN(const Rights rights, access_.rights(principal, organization));
    return can(rights, action);
  }

  base::Status require(const Principal& principal, Action action, const OrganizationId& organization) {
    ASSIGN_OR_RETURN(const bool is_allowed, allowed(principal, action, organization));
    if (!is_allowed) return not_visible();
    return {};
  }

  std::vector<std::string> gaps(const http::Router& router) const {
    std::vector<std::string> found;
    for (const http::Route& route : router.routes()) {
      const std::string key = route_key(route.method, route.pattern);
      const auto rule = rules_.find(key);
      if (rule == rules_.end()) {
        found.push_back(key + ": no entry in src/auth/permissions.cpp");
        continue;
      }
      const std::string why = gap_of(rule->second);
      if (!why.empty()) found.push_back(key + ": " + why);
    }
    return found;
  }

 private:
  std::string gap_of(const Rule& rule) const {
    const auto& [permission, parameter] = rule;
    if (permission.scope == Scope::kOrganization &&
        permission.pattern.find(":organization") == std::string_view::npos) {
      return "its pattern has no :organization";
    }
    if (permission.scope != Scope::kResource) return {};
    if (parameter.empty()) return "its pattern has no parameter that ends in _id";
    return owners_.contains(parameter) ? "" : "no owner look-up is registered for :" + parameter;
  }

  base::Status check(http::Request& request, const http::Route& route) {
    const auto found = rules_.find(route_key(route.method, route.pattern));
    if (found == rules_.end()) return base::internal("route without a permission: " + route.pattern);
    const Permission& permission = found->second.permission;
    if (permission.scope == Scope::kPublic) return {};
    if (has_token_in_query(request)) {
      return base::malformed(
          "Do not send a token in the address: it would be kept in logs. Send it as "
          "\"Authorization: Bearer <token>\", and replace this one.");
    }
    ASSIGN_OR_RETURN(Principal principal, identify(request, permission));
    request.attach(principal);
    return check_scope(request, principal, found->second);
  }

  base::Result<Principal> identify(const http::Request& request, const Permission& permission) {
    if (session_check_ && !request.headers.has("Authorization")) {
      ASSIGN_OR_RETURN(const auto proof, session_check_(request));
      if (proof && !proof->is_recent && needs_recent_sign_in(permission))
        return problem(Problem::kRecentSignInRequired);
      if (proof) return proof->principal;
    }
    return access_.identify(bearer_of(request));
  }

  base::Status check_scope(http::Request& request, const Principal& principal, const Rule& rule) {
    switch (rule.permission.scope) {
      case Scope::kPublic:
      case Scope::kSelf:
      case Scope::kHandler: return {};
      case Scope::kSite:
        if (!principal.site_admin) return not_visible();
        return {};
      case Scope::kOrganization: {
        ASSIGN_OR_RETURN(const auto organization, access_.organization_named(request.param("organization")));
        return check_organization(request, principal, rule, organization);
      }
      case Scope::kResource: {
        ASSIGN_OR_RETURN(const auto organization, owner(request, rule));
        return check_organization(request, principal, rule, organization);
      }
    }
    return not_visible();
  }

  base::Status check_organization(http::Request& request, const Principal& principal, const Rule& rule,
                                  const std::optional<OrganizationId>& organization) {
    if (!organization) return not_visible();
    RETURN_IF_ERROR(require(principal, rule.permission.action, *organization));
    request.attach(*organization);
    return {};
  }

  base::Result<std::optional<OrganizationId>> owner(const http::Request& request, const Rule& rule) {
    const auto lookup = owners_.find(rule.parameter);
    if (lookup == owners_.end()) return base::internal("no owner look-up for :" + rule.parameter);
    const std::string& id = request.param(rule.parameter);
    return database_.read([&](storage::Connection& connection) { return lookup->second(connection, id); });
  }

  storage::Database& database_;
  Access access_;
  Idempotency idempotency_;
  const std::unordered_map<std::string, Rule> rules_;
  std::unordered_map<std::string, OwnerLookup> owners_;
  SessionCheck session_check_;
};

Guard::Guard(storage::Database& database, const base::Clock& clock) : impl_(std::make_unique<Impl>(database, clock)) {}
Guard::~Guard() = default;

void Guard::register_owner(std::string parameter, OwnerLookup lookup) {
  impl_->register_owner(std::move(parameter), std::move(lookup));
}

void Guard::set_session_check(SessionCheck check) { impl_->set_session_check(std::move(check)); }

http::Filter Guard::filter() {
  return [this](http::Request& request, const http::Route& route, const http::Handler& next) {
    return impl_->handle(request, route, next);
  };
}

base::Result<bool> Guard::allowed(const Principal& principal, Action action, const OrganizationId& organization) {
  return impl_->allowed(principal, action, organization);
}

base::Status Guard::require(const Principal& principal, Action action, const OrganizationId& organization) {
  return impl_->require(principal, action, organization);
}

Access& Guard::access() { return impl_->access(); }

std::vector<std::string> Guard::gaps(const http::Router& router) const { return impl_->gaps(router); }

const Principal& principal_of(const http::Request& request) {
  static const Principal kAnonymous;
  const auto* principal = request.attachment<Principal>();
  return principal == nullptr ? kAnonymous : *principal;
}

const OrganizationId& organization_of(const http::Request& request) {
  const auto* organization = request.attachment<OrganizationId>();
  if (organization == nullptr) throw std::logic_error("auth::organization_of: the route has no organization");
  return *organization;
}

}  // namespace auth
