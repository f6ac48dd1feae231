#include "config/config.h"

#include <arpa/inet.h>
#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "base/strings.h"
#include "config/sources.h"

namespace config {
namespace {

using Problem = std::optional<std::string>;  // what is wrong and what to write instead; nothing if all is well

Problem take_listen(Config& config, const std::string& value) {
  const Problem bad = "write HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080.";
  const std::size_t colon = value.rfind(':');
  if (colon == std::string::npos || colon == 0) return bad;
  std::string host = value.substr(0, colon);
  const bool has_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (has_brackets) host = host.substr(1, host.size() - 2);
  if (!has_brackets && host.find_first_of(":[] /") != std::string::npos) return bad;
  const auto port = base::to_integer(value.substr(colon + 1));
  if (!port || *port < 0 || *port > 65535) return "the port must be a number from 0 to 65535.";
  config.listen_address = host;
  config.listen_port = static_cast<int>(*port);
  return std::nullopt;
}

Problem take_public_url(Config& config, const std::string& value) {
  const Problem bad = "write the scheme and host only, such as https://runs.example.com.";
  std::string url = value;
  while (url.ends_with('/')) url.pop_back();
  const std::size_t scheme = url.find("://");
  if (!url.starts_with("https://") && !url.starts_with("http://")) return bad;
  const std::string rest = url.substr(scheme + 3);
  if (rest.empty() || rest.find_first_of("/?#@\\ \t\"'<>") != std::string::npos) return bad;
  config.public_url = url;
  return std::nullopt;
}

// Never repeats the value: it may hold a password.
Problem take_database(Config& config, const std::string& value) {
  if (!value.starts_with("postgres://") && !value.starts_with("postgresql://") && !value.starts_with("sqlite:///")) {
    return "write postgres://user@host/database or sqlite:///path/to/file.";
  }
  config.database = base::Secret(value);
  return std::nullopt;
}

bool is_network(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string address = text.substr(0, slash);
  unsigned char bytes[16];
  const bool is_v4 = inet_pton(AF_INET, address.c_str(), bytes) == 1;
  const bool is_v6 = !is_v4 && inet_pton(AF_INET6, address.c_str(), bytes) == 1;
  if (!is_v4 && !is_v6) return false;
  if (slash == std::string::npos) return true;
  const auto bits = base::to_integer(text.substr(slash + 1));
  return bits && *bits >= 0 && *bits <= (is_v4 ? 32 : 128);
}

Problem take_proxies(Config& config, const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    if (!is_network(value)) {
      return "\"" + base::printable(value) + "\" is no address or network; write 10.0.0.5 or 10.0.0.0/24.";
    }
  }
  config.trusted_proxies = values;
  return std::nullopt;
}

Problem take_hosts(Config& config, const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    if (value.find_first_of("/@ ?#\\") != std::string::npos) {
      return "\"" + base::printable(value) + "\" is no host name; write runs.example.com, without scheme or path.";
    }
    config.allowed_hosts.push_back(base::to_lower(value));
  }
  return std::nullopt;
}

Problem take_count(int& field, const std::string& value) {
  const auto number = base::to_integer(value);
  if (!number || *number < 1 || *number > 256) return "write a number from 1 to 256.";
  field = static_cast<int>(*number);
  return std::nullopt;
}

Problem take_choice(std::string& field, const std::string& value, const std::vector<std::string>& choices) {
  if (std::find(choices.begin(), choices.end(), value) == choices.end()) {
    const auto near = base::nearest(value, choices);
    return "\"" + base::printable(value) + "\" is none of " + base::join(choices, ", ") + "." +
           (near ? " Did you mean " + *near + "?" : "");
  }
  field = value;
  return std::nullopt;
}

Problem take_path(std::filesystem::path& field, const std::string& value) {
  if (value.empty()) return "the path must not be empty.";
  field = value;
  return std::nullopt;
}

Problem take_issuer(Config& config, const std::string& value) {
  const std::size_t host = value.find("://");
  const bool is_web = value.starts_with("https://") || value.starts_with("http://");
  if (!is_web || value.size() <= host + 3 || value.find_first_of("?#@\\ \t\"'<>") != std::string::npos) {
    return "write the issuer as the provider does, such as https://login.example.com/realms/main.";
  }
  config.openid.issuer = value;
  return std::nullopt;
}

Problem take_text(std::string& field, const std::string& value) {
  if (value.empty() || value.size() > 200) return "write 1 to 200 characters.";
  field = value;
  return std::nullopt;
}

Problem take_openid(Config& config, const std::string& name, const std::vector<std::string>& values) {
  const std::string value = values.empty() ? std::string() : values.back();
  OpenId& openid = config.openid;
  if (name == "oidc-issuer") return take_issuer(config, value);
  if (name == "oidc-client-id") return take_text(openid.client_id, value);
  if (name == "oidc-client-secret-file") return take_path(openid.client_secret_file, value);
  if (name == "oidc-ca-file") return take_path(openid.ca_file, value);
  if (name == "oidc-name") return take_text(openid.name, value);
  if (name == "oidc-users") return take_choice(openid.users, value, {"linked", "email", "create"});
  if (name == "oidc-client-secret") openid.client_secret = base::Secret(value);
  if (name == "oidc-email-domains") {
    for (const std::string& domain : values) openid.email_domains.push_back(base::to_lower(domain));
  }
  return std::nullopt;
}

// Settings that need each other.
void check_openid(const OpenId& openid, std::vector<std::string>& problems) {
  if (openid.issuer.empty() != openid.client_id.empty()) {
    problems.emplace_back(openid.issuer.empty() ? "oidc-client-id: name the provider with oidc-issuer as well."
                                                : "oidc-issuer: write oidc-client-id as well.");
  }
  if (!openid.client_secret.empty() && !openid.client_secret_file.empty()) {
    problems.emplace_back("oidc-client-secret: there is an oidc-client-secret-file as well; choose one.");
  }
}

// One setting's value into the configuration.
Problem take(Config& config, const std::string& name, const std::vector<std::string>& values) {
  static const std::string kEmpty;
  const std::string& value = values.empty() ? kEmpty : values.back();
  if (name == "listen") return take_listen(config, value);
  if (name == "public-url") return take_public_url(config, value);
  if (name == "data-dir") return take_path(config.data_dir, value);
  if (name == "database") return take_database(config, value);
  if (name == "master-key-file") return take_path(config.master_key_file, value);
  if (name == "mirror-dir") return take_path(config.mirror_dir, value);
  if (name == "connection-types-dir") return take_path(config.connection_types_dir, value);
  if (name == "trusted-proxy") return take_proxies(config, values);
  if (name == "allowed-hosts") return take_hosts(config, values);
  if (name == "log-level") return take_choice(config.log_level, value, {"debug", "info", "warning", "error", "off"});
  if (name == "run-workers") return take_count(config.run_workers, value);
  if (name == "job-lease") return take_count(config.job_lease, value);
  if (name == "api-workers") return take_count(config.api_workers, value);
  if (name == "webhook-workers") return take_count(config.webhook_workers, value);
  if (name == "sandbox") return take_choice(config.sandbox, value, {"bubblewrap", "plain"});
  if (name.starts_with("oidc-")) return take_openid(config, name, values);
  if (name == "outbound-allow") config.outbound_allow = values;
  if (name == "outbound-http") config.outbound_http = values;
  if (name == "admin-token") config.admin_token = base::Secret(value);
  return std::nullopt;
}

bool has_password(const std::string& url) {
  const std::size_t start = url.find("://");
  const std::size_t at = url.find('@');
  if (url.find("password=") != std::string::npos) return true;
  return start != std::string::npos && at != std::string::npos && url.find(':', start + 3) < at;
}

bool others_can_read(const std::filesystem::path& file) {
  struct stat status {};
  return stat(file.c_str(), &status) == 0 && (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

void warn_of_secrets(const Settings& flags, const Settings& file, Config& config) {
  const auto holds_password = [](const Settings& settings) {
    const auto found = settings.find("database");
    return found != settings.end() && !found->second.values.empty() && has_password(found->second.values.back());
  };
  if (holds_password(flags)) {
    config.warnings.push_back(
        "flag --database: other users of this machine can read the password in it; set "
        "RUNBRIDGE_DATABASE or write it into the configuration file instead.");
  }
  if ((holds_password(file) || file.contains("admin-token") || file.contains("oidc-client-secret")) &&
      others_can_read(config.config_file)) {
    config.warnings.push_back(config.config_file.string() +
                              ": it holds a secret and others can read it; run: chmod 600 " +
                              config.config_file.string());
  }
}

bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address == "::1" || address == "localhost";
}

void warn_of_open_listener(Config& config) {
  if (is_loopback(config.listen_address) || !config.trusted_proxies.empty()) return;
  config.warnings.push_back("listen " + config.listen_address +
                            ": this server speaks plain HTTP, so tokens cross the network in clear; listen on "
                            "127.0.0.1 behind a reverse proxy with TLS, or name the proxy with --trusted-proxy.");
}

void fill_defaults(Config& config) {
  if (config.mirror_dir.empty()) config.mirror_dir = config.data_dir / "mirrors";
  if (config.master_key_file.empty()) config.master_key_file = config.data_dir / "master.key";
  if (!config.public_url.empty()) return;
  const bool is_v6 = config.listen_address.find(':') != std::string::npos;
  const std::string host = is_v6 ? "[" + config.listen_address + "]" : config.listen_address;
  config.public_url = "http://" + host + ":" + std::to_string(config.listen_port);
}

std::filesystem::path file_of(const Settings& flags, const Settings& environment) {
  for (const Settings* settings : {&flags, &environment}) {
    const auto found = settings->find("config");
    if (found != settings->end() && !found->second.values.empty()) return found->second.values.back();
  }
  return {};
}

bool asks_for_help(const std::vector<std::string>& arguments) {
  return std::any_of(arguments.begin(), arguments.end(),
                     [](const std::string& argument) { return argument == "--help" || argument == "-h"; });
}

}  // namespace

Environment environment_of(char** variables) {
  Environment environment;
  for (char** variable = variables; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string text(*variable);
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) environment[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return environment;
}

base::Result<Config> load(const std::vector<std::string>& arguments, const Environment& environment) {
  Config config;
  config.wants_help = asks_for_help(arguments);
  if (config.wants_help) return config;
  std::vector<std::string> problems;
  const Settings flags = read_flags(arguments, problems);
  const Settings variables = read_environment(environment, config.warnings);
  config.config_file = file_of(flags, variables);
  const Settings file = config.config_file.empty() ? Settings() : read_yaml(config.config_file, problems);
  Settings chosen = flags;  // insert keeps what is there: flags, then the environment, then the file
  chosen.insert(variables.begin(), variables.end());
  chosen.insert(file.begin(), file.end());
  for (const auto& [name, given] : chosen) {
    if (const Problem problem = take(config, name, given.values)) problems.push_back(given.source + ": " + *problem);
  }
  check_openid(config.openid, problems);
  if (!problems.empty()) return base::invalid(base::join(problems, "\n"));
  fill_defaults(config);
  warn_of_secrets(flags, file, config);
  warn_of_open_listener(config);
  return config;
}

}  // namespace config
