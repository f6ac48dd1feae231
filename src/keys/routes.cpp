#include "keys/routes.h"

#include <algorithm>

#include "api/api.h"
#include "api/precondition.h"
#include "git/remote_url.h"
#include "keys/resource.h"

namespace keys {
namespace {

using http::Method;
using http::Request;
using http::Response;

SshKeyId key_id(const Request& request) { return SshKeyId(request.param("ssh_key_id")); }
HostKeyId host_key_id(const Request& request) { return HostKeyId(request.param("ssh_host_key_id")); }
providers::OAuthTokenId token_id(const Request& request) {
  return providers::OAuthTokenId(request.param("oauth_token_id"));
}

// Unpaged unless the client asks, as Terraform Cloud has it.
Response answer_list(const Request& request, const std::vector<jsonapi::Resource>& resources) {
  if (!api::asks_for_page(request)) return api::list(request, resources);
  HANDLE(const auto page, request, api::page(request));
  const auto total = static_cast<std::int64_t>(resources.size());
  const auto from = std::min(page.offset(), total);
  const auto to = std::min(from + page.size, total);
  return api::list(request, {resources.begin() + from, resources.begin() + to}, page, total);
}

Response list_keys(Service& service, const Request& request) {
  HANDLE(const auto keys, request, service.list(auth::organization_of(request)));
  std::vector<jsonapi::Resource> resources;
  for (const auto& key : keys) resources.push_back(key_resource(key));
  return answer_list(request, resources);
}

using Store = base::Result<SshKey> (Service::*)(const auth::Principal&, const auth::OrganizationId&, const std::string&,
                                                const base::Secret&);

Response store_key(Service& service, const Request& request, Store store) {
  HANDLE(auto document, request, api::document(request));
  const auto name = document.required_text("name");
  const auto value = document.secret("value");
  if (!value.has_value() && document.problems().empty()) document.problem("value", "Value can't be blank");
  if (!document.problems().empty()) return api::errors(request, document.problems());
  HANDLE(const auto key, request,
         (service.*store)(auth::principal_of(request), auth::organization_of(request), name, *value));
  return api::created(key_resource(key));
}

Response create_key(Service& service, const Request& request) { return store_key(service, request, &Service::create); }
Response import_key(Service& service, const Request& request) { return store_key(service, request, &Service::import); }

Response generate_key(Service& service, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  const auto name = document.required_text("name");
  const auto type_name = document.text("type");
  auto type = crypto::ssh_key_type_from(type_name.has_value() ? *type_name : "ed25519");
  if (!type) document.problem("type", type.error().message);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  HANDLE(const auto key, request,
         service.generate(auth::principal_of(request), auth::organization_of(request), name, *type));
  return api::created(key_resource(key));
}

std::string tag_of(const SshKey& key) { return api::entity_tag(key.name); }

Response shown(const SshKey& key) { return api::with_entity_tag(api::ok(key_resource(key)), tag_of(key)); }

Response show_key(Service& service, const Request& request) {
  HANDLE(const auto key, request, service.find(key_id(request)));
  HANDLE(const auto users, request, service.users(key.id));
  auto resource = key_resource(key);
  resource.attributes["used-by"] = users;
  return api::with_entity_tag(api::ok(resource), tag_of(key));
}

Response update_key(Service& service, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  const auto name = document.text("name");
  if (!document.problems().empty()) return api::errors(request, document.problems());
  if (!name.present) return show_key(service, request);
  HANDLE(const auto key, request,
         service.rename(auth::principal_of(request), key_id(request), name.has_value() ? *name : std::string(),
                        [&](const SshKey& now) { return api::check_if_match(request, tag_of(now)); }));
  return shown(key);
}

Response delete_key(Service& service, const Request& request) {
  RETURN_PROBLEM(request, service.remove(auth::principal_of(request), key_id(request)));
  return api::no_content();
}

Response test_key(Service& service, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  const auto url = document.required_text("url");
  if (!document.problems().empty()) return api::errors(request, document.problems());
  HANDLE(const auto checks, request, service.test(auth::principal_of(request), key_id(request), url));
  return api::ok(test_resource(checks, key_id(request).str()));
}

Response generate_provider_key(Service& service, const Request& request) {
  HANDLE(const auto key, request, service.generate_provider_key(auth::principal_of(request), token_id(request)));
  return api::created(public_key_resource(key, token_id(request).str()));
}

Response test_provider_key(Service& service, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  const auto repository = document.required_text("repository");
  if (!document.problems().empty()) return api::errors(request, document.problems());
  HANDLE(const auto checks, request,
         service.test_provider_key(auth::principal_of(request), token_id(request), repository));
  return api::ok(test_resource(checks, token_id(request).str()));
}

Response list_host_keys(Service& service, const Request& request) {
  HANDLE(const auto keys, request, service.list_host_keys(auth::organization_of(request)));
  std::vector<jsonapi::Resource> resources;
  for (const auto& key : keys) resources.push_back(host_key_resource(key));
  return answer_list(request, resources);
}

struct Place {
  std::string host;
  int port = 22;
};

// {"host","port"} or the address of a repository there: {"url"}.
Place place_of(jsonapi::Document& document) {
  const auto url = document.text("url");
  if (url.has_value()) {
    const auto parsed = git::parse_remote_url(*url);
    if (parsed && parsed->is_ssh()) return {parsed->host, parsed->port};
    document.problem("url", parsed ? "this is not an SSH address" : parsed.error().message);
    return {};
  }
  Place place;
  place.host = document.required_text("host", 300);
  const auto port = document.integer("port", 1, 65'535);
  if (port.has_value()) place.port = static_cast<int>(*port);
  return place;
}

Response pin_host_key(Service& service, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  const auto place = place_of(document);
  const auto line = document.required_text("public-key", 16'384);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  HANDLE(const auto key, request,
         service.pin(auth::principal_of(request), auth::organization_of(request), place.host, place.port, line));
  return api::created(host_key_resource(key));
}

Response scan_host(Service& service, const Request& request) {
  HANDLE(auto document, request, api::document(request));
  const auto place = place_of(document);
  if (!document.problems().empty()) return api::errors(request, document.problems());
  HANDLE(const auto keys, request,
         service.scan(auth::principal_of(request), auth::organization_of(request), place.host, place.port));
  std::vector<jsonapi::Resource> resources;
  for (const auto& key : keys) resources.push_back(host_key_resource(key));
  return api::list(request, resources);
}

Response show_host_key(Service& service, const Request& request) {
  HANDLE(const auto key, request, service.find_host_key(host_key_id(request)));
  return api::ok(host_key_resource(key));
}

Response confirm_host_key(Service& service, const Request& request) {
  HANDLE(const auto key, request, service.confirm(auth::principal_of(request), host_key_id(request)));
  return api::ok(host_key_resource(key));
}

Response delete_host_key(Service& service, const Request& request) {
  RETURN_PROBLEM(request, service.remove_host_key(auth::principal_of(request), host_key_id(request)));
  return api::no_content();
}

auth::OwnerLookup owner_of_key() {
  return
      [](storage::Connection& connection, const std::string& id) -> base::Result<std::optional<auth::OrganizationId>> {
        ASSIGN_OR_RETURN(const auto row, connection.find("SELECT organization_id FROM ssh_keys WHERE id = $1", {id}));
        return row ? std::optional(row->id<auth::OrganizationId>(0)) : std::nullopt;
      };
}

auth::OwnerLookup owner_of_host_key() {
  return [](storage::Connection& connection,
            const std::string& id) -> base::Result<std::optional<auth::OrganizationId>> {
    ASSIGN_OR_RETURN(const auto row, connection.find("SELECT organization_id FROM ssh_host_keys WHERE id = $1", {id}));
    return row ? std::optional(row->id<auth::OrganizationId>(0)) : std::nullopt;
  };
}

}  // namespace

void add_routes(http::Router& router, auth::Guard& guard, Service& service) {
  guard.register_owner("ssh_key_id", owner_of_key());
  guard.register_owner("ssh_host_key_id", owner_of_host_key());
  const auto add = [&](Method method, const char* pattern, auto function) {
    router.add({method, pattern, [&service, function](const Request& request) { return function(service, request); }});
  };
  add(Method::kGet, "/api/v2/organizations/:organization/ssh-keys", list_keys);
  add(Method::kPost, "/api/v2/organizations/:organization/ssh-keys", create_key);
  add(Method::kPost, "/api/v2/organizations/:organization/ssh-keys/actions/generate", generate_key);
  add(Method::kPost, "/api/v2/organizations/:organization/ssh-keys/actions/import", import_key);
  add(Method::kGet, "/api/v2/ssh-keys/:ssh_key_id", show_key);
  add(Method::kPatch, "/api/v2/ssh-keys/:ssh_key_id", update_key);
  add(Method::kDelete, "/api/v2/ssh-keys/:ssh_key_id", delete_key);
  add(Method::kPost, "/api/v2/ssh-keys/:ssh_key_id/actions/test", test_key);
  add(Method::kPost, "/api/v2/oauth-tokens/:oauth_token_id/actions/generate-ssh-key", generate_provider_key);
  add(Method::kPost, "/api/v2/oauth-tokens/:oauth_token_id/actions/test-ssh-key", test_provider_key);
  add(Method::kGet, "/api/v2/organizations/:organization/ssh-host-keys", list_host_keys);
  add(Method::kPost, "/api/v2/organizations/:organization/ssh-host-keys", pin_host_key);
  add(Method::kPost, "/api/v2/organizations/:organization/ssh-host-keys/actions/scan", scan_host);
  add(Method::kGet, "/api/v2/ssh-host-keys/:ssh_host_key_id", show_host_key);
  add(Method::kPost, "/api/v2/ssh-host-keys/:ssh_host_key_id/actions/confirm", confirm_host_key);
  add(Method::kDelete, "/api/v2/ssh-host-keys/:ssh_host_key_id", delete_host_key);
}

}  // namespace keys
