#include "keys/resource.h"

#include <algorithm>

#include "keys/service_impl.h"
#include "providers/checks_json.h"

namespace keys {
namespace {

using jsonapi::Json;

Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

}  // namespace

jsonapi::Resource key_resource(const SshKey& key) {
  jsonapi::Resource out{"ssh-keys", key.id.str()};
  out.attributes = {{"name", key.name},
                    {"health", key.health},
                    {"warning", or_null(key.warning)},
                    {"key-type", or_null(key.type)},
                    {"bits", key.bits == 0 ? Json(nullptr) : Json(key.bits)},
                    {"public-key", or_null(key.public_line)},
                    {"fingerprint", or_null(key.fingerprint)},
                    {"fingerprint-md5", or_null(key.fingerprint_md5)},
                    {"created-at", base::format_time(key.created_at)}};
  out.links["self"] = "/api/v2/ssh-keys/" + key.id.str();
  return out;
}

jsonapi::Resource host_key_resource(const HostKey& key) {
  jsonapi::Resource out{"ssh-host-keys", key.id.str()};
  out.attributes = {
      {"host", key.host},
      {"port", key.port},
      {"algorithm", key.algorithm},
      {"public-key", key.algorithm + " " + key.public_key},
      {"fingerprint", key.fingerprint},
      {"state", host_key_state_name(key.state)},
      {"known-hosts-line", known_host_name(key.host, key.port) + " " + key.algorithm + " " + key.public_key},
      {"first-seen-at", base::format_time(key.first_seen_at)},
      {"last-seen-at", base::format_time(key.last_seen_at)},
      {"confirmed-at", key.confirmed_at ? Json(base::format_time(*key.confirmed_at)) : Json(nullptr)},
      {"confirmed-by", or_null(key.confirmed_by)}};
  out.links["self"] = "/api/v2/ssh-host-keys/" + key.id.str();
  return out;
}

jsonapi::Resource public_key_resource(const Service::PublicKey& key, const std::string& token) {
  jsonapi::Resource out{"ssh-public-keys", token};
  out.attributes = {{"key-type", key.type}, {"public-key", key.public_line}, {"fingerprint", key.fingerprint}};
  out.to_one("oauth-token", "oauth-tokens", token);
  return out;
}

jsonapi::Resource test_resource(const std::vector<vcs::Check>& checks, const std::string& id) {
  jsonapi::Resource out{"ssh-key-tests", id};
  const bool passed = std::all_of(checks.begin(), checks.end(),
                                  [](const vcs::Check& check) { return check.state == vcs::Check::State::kPassed; });
  out.attributes = {{"passed", passed}, {"checks", providers::checks_to_json(checks)}};
  return out;
}

}  // namespace keys
