#include "probes/kubeconfig.h"

#include <yaml-cpp/yaml.h>

#include "base/strings.h"
#include "probes/failure.h"

namespace probes {
namespace {

constexpr std::size_t kLargest = std::size_t{1} << 20U;

std::string text_at(const YAML::Node& node, const char* name) {
  const YAML::Node member = node.IsMap() ? node[name] : YAML::Node();
  return member && member.IsScalar() ? member.Scalar() : std::string();
}

// The entry of that name in a list of {name, KIND}.
YAML::Node named(const YAML::Node& root, const char* list, const char* kind, const std::string& name) {
  const YAML::Node entries = root[list];
  if (!entries || !entries.IsSequence()) return {};
  for (const auto& entry : entries) {
    if (text_at(entry, "name") == name && entry[kind] && entry[kind].IsMap()) return entry[kind];
  }
  return {};
}

base::Error missing_part(std::string* missing, const char* what, const std::string& text) {
  if (missing != nullptr) *missing = what;
  return failed_at(Stage::kInput, text);
}

base::Result<std::string> decoded(const YAML::Node& node, const char* name) {
  const std::string text = text_at(node, name);
  if (text.empty()) return text;
  auto bytes = base::from_base64(text);
  if (!bytes) return failed_at(Stage::kInput, std::string(name) + " is not Base64");
  return *std::move(bytes);
}

base::Result<Kubeconfig> read(const YAML::Node& root, std::string_view wanted, std::string* missing) {
  if (!root.IsMap()) return failed_at(Stage::kInput, "the text is not a kubeconfig");
  const std::string name = wanted.empty() ? text_at(root, "current-context") : std::string(wanted);
  const YAML::Node context = named(root, "contexts", "context", name);
  if (!context.IsMap())
    return missing_part(missing, "context", "the file has no context '" + base::printable(name) + "'");
  const YAML::Node cluster = named(root, "clusters", "cluster", text_at(context, "cluster"));
  if (!cluster.IsMap()) return missing_part(missing, "cluster", "the context's cluster is not in the file");
  const YAML::Node user = named(root, "users", "user", text_at(context, "user"));
  if (!user.IsMap()) return missing_part(missing, "user", "the context's user is not in the file");
  Kubeconfig config;
  config.server = text_at(cluster, "server");
  while (config.server.ends_with('/')) config.server.pop_back();
  config.name_space = text_at(context, "namespace");
  ASSIGN_OR_RETURN(config.authorities, decoded(cluster, "certificate-authority-data"));
  ASSIGN_OR_RETURN(config.client_certificate, decoded(user, "client-certificate-data"));
  ASSIGN_OR_RETURN(const std::string key, decoded(user, "client-key-data"));
  config.client_key = base::Secret(key);
  config.token = base::Secret(text_at(user, "token"));
  config.username = text_at(user, "username");
  config.password = base::Secret(text_at(user, "password"));
  if (config.token.empty() && config.client_certificate.empty() && config.username.empty()) {
    return failed_at(Stage::kInput, "the context's user has no token, certificate or password in the file itself");
  }
  return config;
}

}  // namespace

base::Result<Kubeconfig> read_kubeconfig(const base::Secret& text, std::string_view context, std::string* missing) {
  if (text.size() > kLargest) return failed_at(Stage::kInput, "the kubeconfig is larger than 1 MB");
  try {  // yaml-cpp reports by exception only
    return read(YAML::Load(text.reveal()), context, missing);
  } catch (const YAML::Exception&) {
    return failed_at(Stage::kInput, "the text is not well-formed YAML");
  }
}

}  // namespace probes
