#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace config {

// Sign-on by OpenID Connect.
struct OpenId {
  std::string issuer;  // empty: none
  std::string client_id;
  base::Secret client_secret;                // RUNBRIDGE_OIDC_CLIENT_SECRET
  std::filesystem::path client_secret_file;  // instead of client_secret
  std::filesystem::path ca_file;             // empty: the system's authorities only
  std::string name = "single sign-on";
  std::string users = "linked";  // or "email", "create"
  std::vector<std::string> email_domains;
};

// What `runbridge server` was told. Checked; what a setting means is documented in options.cpp and by help().
struct Config {
  std::string listen_address = "127.0.0.1";  // no brackets
  int listen_port = 8080;
  std::string public_url;  // "https://runs.example.com", no slash at the end; never empty
  std::filesystem::path data_dir = "data";
  std::filesystem::path mirror_dir;         // never empty: data_dir/mirrors if not given
  base::Secret database;                    // empty: SQLite in data_dir
  std::filesystem::path master_key_file;    // never empty: data_dir/master.key if not given
  std::vector<std::string> outbound_allow;  // for net::OutboundPolicy, which checks them
  std::vector<std::string> outbound_http;
  std::vector<std::string> trusted_proxies;  // addresses or CIDR
  std::vector<std::string> allowed_hosts;    // empty: any
  std::string log_level = "info";
  int run_workers = 2;
  int job_lease = 30;  // seconds
  int api_workers = 8;
  int webhook_workers = 8;
  std::filesystem::path connection_types_dir;  // empty: built-in types only
  std::string sandbox = "bubblewrap";          // or "plain"
  std::optional<base::Secret> admin_token;     // RUNBRIDGE_ADMIN_TOKEN
  OpenId openid;
  std::filesystem::path config_file;  // empty: none was read
  std::vector<std::string> warnings;  // for the log, one sentence each
  bool wants_help = false;            // --help: nothing else was looked at
};

using Environment = std::map<std::string, std::string>;
Environment environment_of(char** variables);

// Reads flags (the arguments after "server"), RUNBRIDGE_… variables and the YAML file named by --config or
// RUNBRIDGE_CONFIG; flags win over the environment, the environment over the file. kInvalid lists every problem, one a
// line, each with where the value came from and what to write instead. No secret is in any message.
base::Result<Config> load(const std::vector<std::string>& arguments, const Environment& environment);

// For --help: every setting, its default and its names.
std::string help();

}  // namespace config
