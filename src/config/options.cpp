#include "config/options.h"

#include <array>

#include "config/config.h"

namespace config {
namespace {

constexpr std::array kOptions = {
    Option{"listen", "HOST:PORT", "Address to listen on; port 0 takes a free one (127.0.0.1:8080)."},
    Option{"public-url", "URL", "How people and providers reach this server; webhooks are sent there (http://LISTEN)."},
    Option{"data-dir", "DIR", "Where the database, mirrors and archives live (data)."},
    Option{"mirror-dir", "DIR", "Where mirrors of repositories live; of one machine alone (DATA-DIR/mirrors)."},
    Option{
        "database", "URL",
        "postgres://user@host/db or sqlite:///file; better as variable or in the file if it has a password (SQLite in "
        "the data directory)."},
    Option{"master-key-file", "FILE", "The key that all secrets are encrypted with (DATA-DIR/master.key)."},
    Option{"config", "FILE", "A YAML file with lines such as \"listen: 127.0.0.1:8080\"."},
    Option{"outbound-allow", "HOST|CIDR[:PORT],...",
           "Private addresses the server may connect to; public ones always, all others never.", true},
    Option{"outbound-http", "HOST,...", "Hosts that may be reached without TLS.", true},
    Option{"trusted-proxy", "ADDRESS|CIDR,...", "Reverse proxies whose X-Forwarded-For is believed.", true},
    Option{"allowed-hosts", "HOST,...", "Host names this server answers to; others get 421 (any).", true},
    Option{"log-level", "LEVEL", "debug, info, warning, error or off (info)."},
    Option{"run-workers", "N", "Plans and applies at the same time, 1 to 256 (2)."},
    Option{"job-lease", "SECONDS",
           "How long work of a machine that died waits for another, with PostgreSQL, 1 to 256 (30)."},
    Option{"api-workers", "N", "Threads that answer API requests, 1 to 256 (8)."},
    Option{"webhook-workers", "N", "Threads that take in webhooks, 1 to 256 (8)."},
    Option{"connection-types-dir", "DIR",
           "Types of service connections beside the built-in ones, a JSON file each (none)."},
    Option{"sandbox", "KIND", "bubblewrap, or plain: limits only, runs see the whole machine (bubblewrap)."},
    Option{"oidc-issuer", "URL", "The OpenID Connect provider that people sign in with (none)."},
    Option{"oidc-client-id", "ID", "This server's name at that provider."},
    Option{"oidc-client-secret-file", "FILE", "Its secret there, in a file (none: a public client)."},
    Option{"oidc-client-secret", "SECRET", "The same secret, instead of the file.", false, false},
    Option{"oidc-ca-file", "FILE",
           "PEM certificates that the provider's may be issued by, beside the system's (none)."},
    Option{"oidc-name", "TEXT", "What the page calls the provider (single sign-on)."},
    Option{"oidc-users", "WHO",
           "linked: users link themselves on their account's page; email: also who has a user's verified address; "
           "create: a user is made for everybody else (linked)."},
    Option{"oidc-email-domains", "DOMAIN,...", "Only addresses of these, for email and create (any).", true},
    Option{"admin-token", "TOKEN", "The first administrator's token, at least 32 characters.", false, false},
};

}  // namespace

std::span<const Option> options() { return kOptions; }

const Option* find_option(std::string_view name) {
  for (const Option& option : kOptions) {
    if (option.name == name) return &option;
  }
  return nullptr;
}

std::string variable_name(std::string_view option) {
  std::string name = "RUNBRIDGE_";
  for (const char c : option) {
    name += c == '-' ? '_' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  }
  return name;
}

std::string help() {
  std::string text =
      "Usage: runbridge server [flags]\n\nEach setting is a flag, an environment variable, or a line of the file that "
      "--config names;\nflags win, then the environment, then the file. Defaults are in parentheses.\n\n";
  for (const Option& option : kOptions) {
    if (option.has_flag) text += "  --" + std::string(option.name) + " " + std::string(option.value) + "\n";
    text +=
        (option.has_flag ? "      " : "  ") + variable_name(option.name) + "\n      " + std::string(option.help) + "\n";
  }
  return text;
}

}  // namespace config
