#include "providers/resource.h"

#include "providers/checks_json.h"

namespace providers {
namespace {

using jsonapi::Json;

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }
Json or_null(const std::optional<base::Time>& time) { return time ? Json(base::format_time(*time)) : Json(nullptr); }

std::string client_link(const OAuthClientId& id) { return "/api/v2/oauth-clients/" + id.str(); }

void add_health(Json& attributes, const OAuthClient& client) {
  attributes["health"] = health_name(client.health);
  attributes["checks"] = checks_to_json(client.checks);
  attributes["verified-at"] = or_null(client.verified_at);
  attributes["last-error"] = or_null(client.last_error);
  attributes["last-error-at"] = or_null(client.last_error_at);
  attributes["server-version"] = or_null(client.server_version);
  attributes["token-scopes"] = client.scopes;
  attributes["token-expires-at"] = or_null(client.token_expires_at);
  attributes["has-token"] = client.has_token;
}

}  // namespace

jsonapi::Resource client_resource(const OAuthClient& client, const std::string& public_url) {
  jsonapi::Resource out{"oauth-clients", client.id.str()};
  out.attributes = {
      {"created-at", base::format_time(client.created_at)},
      {"updated-at", base::format_time(client.updated_at)},
      {"callback-url", public_url + "/auth/" + client.uuid + "/callback"},
      {"connect-path", "/auth/" + client.uuid + "?organization_id=" + client.organization.str()},
      {"service-provider", client.kind},
      {"service-provider-display-name", client.display_name},
      {"name", or_null(client.name)},
      {"http-url", client.http_url},
      {"api-url", client.api_url},
      {"key", or_null(client.key)},
      {"secret", nullptr},
      {"rsa-public-key", or_null(client.rsa_public_key)},
      {"uuid", client.uuid},
      {"ado-org-name", or_null(client.ado_org_name)},
      {"organization-scoped", client.organization_scoped},
      {"ca-bundle", or_null(client.ca_bundle)},
      {"proxy", or_null(client.proxy)},
      {"no-proxy", or_null(client.no_proxy)},
  };
  add_health(out.attributes, client);
  std::vector<std::string> projects;
  for (const auto& project : client.projects) projects.push_back(project.str());
  std::vector<std::string> tokens;
  if (!client.token_id.empty()) tokens.push_back(client.token_id.str());
  out.to_one("organization", "organizations", client.organization_name,
             "/api/v2/organizations/" + client.organization_name);
  out.to_many("projects", "projects", projects);
  out.to_many("oauth-tokens", "oauth-tokens", tokens, client_link(client.id) + "/oauth-tokens");
  out.to_one("agent-pool", "agent-pools", "");
  out.links["self"] = client_link(client.id);
  return out;
}

void add_affected_workspaces(jsonapi::Resource& resource, const std::vector<AffectedWorkspace>& workspaces) {
  Json names = Json::array();
  for (const auto& workspace : workspaces) names.push_back(workspace.name);
  resource.attributes["affected-workspaces-count"] = names.size();
  resource.attributes["affected-workspaces"] = std::move(names);
}

jsonapi::Resource token_resource(const OAuthClient& client) {
  jsonapi::Resource out{"oauth-tokens", client.token_id.str()};
  out.attributes = {
      {"uid", or_null(client.token_user_id)},
      {"created-at", base::format_time(client.token_created_at)},
      {"service-provider-user", or_null(client.token_user)},
      {"has-ssh-key", client.has_ssh_key},
      {"ssh-key-fingerprint", or_null(client.ssh_fingerprint)},
      {"has-token", client.has_token},
      {"expires-at", or_null(client.token_expires_at)},
      {"health", health_name(client.health)},
  };
  out.to_one("oauth-client", "oauth-clients", client.id.str(), client_link(client.id));
  out.links["self"] = "/api/v2/oauth-tokens/" + client.token_id.str();
  return out;
}

jsonapi::Resource repository_resource(const vcs::Repository& repository, const OAuthTokenId& token) {
  jsonapi::Resource out{"authorized-repos", repository.path};
  out.attributes = {
      {"name", repository.path},
      {"display-identifier", repository.display_path.empty() ? repository.path : repository.display_path},
      {"repository-id", repository.id},
      {"default-branch", or_null(repository.default_branch)},
      {"http-url", or_null(repository.http_url)},
      {"ssh-clone-url", or_null(repository.ssh_clone_url)},
      {"archived", repository.archived},
      {"can-admin", repository.can_admin ? Json(*repository.can_admin) : Json(nullptr)},
  };
  out.to_one("oauth-token", "oauth-tokens", token.str());
  return out;
}

jsonapi::Resource branch_resource(const vcs::Branch& branch, const vcs::Repository& repository) {
  jsonapi::Resource out{"branches", branch.name};
  out.attributes = {
      {"name", branch.name}, {"sha", or_null(branch.sha)}, {"default", branch.name == repository.default_branch}};
  return out;
}

jsonapi::Resource event_resource(const store::EventRow& row) {
  jsonapi::Resource out{"vcs-events", row.id.str()};
  out.attributes = {
      {"created-at", base::format_time(row.created_at)},
      {"level", row.event.level == VcsEvent::Level::kError ? "error" : "info"},
      {"message", row.event.message},
      {"suggested-action", or_null(row.event.suggested_action)},
      {"repository", or_null(row.event.repository_path)},
  };
  out.to_one("oauth-client", "oauth-clients", row.client.str());
  out.to_one("oauth-token", "oauth-tokens", row.event.token.str());
  return out;
}

jsonapi::Resource kind_resource(const vcs::Kind& kind) {
  const auto& capabilities = kind.capabilities;
  jsonapi::Resource out{"vcs-kinds", kind.name};
  out.attributes = {
      {"name", kind.name},
      {"display-name", kind.display_name},
      {"default-http-url", or_null(kind.default_http_url)},
      {"default-api-url", or_null(kind.default_api_url)},
      {"credential-hint", kind.credential_hint},
      {"capabilities",
       {{"pull-request-status", capabilities.pull_request_status},
        {"tag-events", capabilities.tag_events},
        {"signed-deliveries", capabilities.signed_deliveries},
        {"token-expiry-known", capabilities.token_expiry_known},
        {"rsa-keys-only", capabilities.rsa_keys_only},
        {"ssh-required-for-clone", capabilities.ssh_required_for_clone},
        {"has-vcs-organizations", capabilities.has_vcs_organizations}}},
  };
  return out;
}

}  // namespace providers
