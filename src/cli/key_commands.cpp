#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/strings.h"
#include "cli/context.h"
#include "jsonapi/json.h"

namespace cli {
namespace {

const std::vector<Field> kKeyFields{{"ID", "id"},
                                    {"NAME", "attributes.name"},
                                    {"TYPE", "attributes.key-type"},
                                    {"FINGERPRINT", "attributes.fingerprint"},
                                    {"HEALTH", "attributes.health"}};
const std::vector<Field> kKeyDetails{{"Id", "id"},
                                     {"Name", "attributes.name"},
                                     {"Type", "attributes.key-type"},
                                     {"Fingerprint", "attributes.fingerprint"},
                                     {"Health", "attributes.health"},
                                     {"Warning", "attributes.warning"},
                                     {"Public key", "attributes.public-key"}};
const std::vector<Field> kHostFields{{"ID", "id"},
                                     {"HOST", "attributes.host"},
                                     {"PORT", "attributes.port"},
                                     {"TYPE", "attributes.key-type"},
                                     {"FINGERPRINT", "attributes.fingerprint"},
                                     {"STATE", "attributes.state"}};
const std::vector<Field> kStepFields{
    {"STEP", "name"}, {"RESULT", "state"}, {"WHAT", "message"}, {"WHAT TO DO", "remedy"}};

base::Status create_key(Context& context, const std::string& action, const Json& attributes) {
  ASSIGN_OR_RETURN(const auto path, context.organization_path("/ssh-keys/actions/" + action));
  ASSIGN_OR_RETURN(const Json made, context.api().post(path, resource("ssh-keys", attributes)));
  return context.show_one(made, kKeyDetails);
}

// A key by id ("sshkey-…") or by name.
base::Result<std::string> key_id(Context& context, const std::string& name) {
  if (name.rfind("sshkey-", 0) == 0) return name;
  ASSIGN_OR_RETURN(const auto path, context.organization_path("/ssh-keys"));
  ASSIGN_OR_RETURN(const Json all, context.api().get_all(path));
  for (const Json& key : jsonapi::get_array(all, "data")) {
    if (jsonapi::get_text(key, "attributes.name") == name) return jsonapi::get_text(key, "id");
  }
  return base::not_found("There is no SSH key named '" + name + "'; see `runbridge key list`.");
}

base::Status show_steps(Context& context, const Json& result) {
  const Json& steps = jsonapi::get_array(result, "data.attributes.checks");
  if (context.json()) {
    context.world().out << jsonapi::dump_pretty(result) << '\n';
  } else {
    print_table(context.world().out, kStepFields, steps);
  }
  for (const Json& step : steps) {
    if (jsonapi::get_text(step, "state") == "failed") {
      return base::upstream("the key does not work: the step '" + jsonapi::get_text(step, "name") + "' failed");
    }
  }
  return {};
}

base::Status test_key(Context& context, const std::string& name, const std::string& url, const std::string& provider) {
  std::string path;
  Json attributes;
  if (!provider.empty()) {
    ASSIGN_OR_RETURN(const auto token, context.find_token_id(provider));
    path = "/oauth-tokens/" + token + "/actions/test-ssh-key";
    attributes["repository"] = url;
  } else {
    ASSIGN_OR_RETURN(const auto id, key_id(context, name));
    path = "/ssh-keys/" + id + "/actions/test";
    attributes["url"] = url;
  }
  ASSIGN_OR_RETURN(const Json result, context.api().post(path, resource("ssh-key-tests", attributes)));
  return show_steps(context, result);
}

void add_making(Program& program, CLI::App& key) {
  auto* generate = key.add_subcommand("generate", "Mint a keypair here; the private half never leaves the server");
  auto name = std::make_shared<std::string>();
  auto type = std::make_shared<std::string>("ed25519");
  auto provider = std::make_shared<std::string>();
  generate->add_option("name", *name, "A name for it");
  generate->add_option("--type", *type, "ed25519, rsa (for Azure DevOps) or ecdsa")->capture_default_str();
  generate->add_option("--provider", *provider, "Make it the clone key of this provider instead");
  generate->callback([&program, name, type, provider] {
    program.action = [=](Context& context) -> base::Status {
      if (provider->empty()) return create_key(context, "generate", {{"name", *name}, {"type", *type}});
      ASSIGN_OR_RETURN(const auto token, context.find_token_id(*provider));
      const std::string path = "/oauth-tokens/" + token;
      ASSIGN_OR_RETURN(const Json made, context.api().post(path + "/actions/generate-ssh-key",
                                                           resource("oauth-tokens", {{"type", *type}})));
      return context.show_one(made, kKeyDetails);
    };
  });
  auto* importing = key.add_subcommand("import", "Store a private key without a passphrase");
  auto file = std::make_shared<std::string>("-");
  auto import_name = std::make_shared<std::string>();
  importing->add_option("name", *import_name, "A name for it")->required();
  importing->add_option("--file", *file, "The private key; - is standard input")->capture_default_str();
  importing->callback([&program, import_name, file] {
    program.action = [=](Context& context) -> base::Status {
      ASSIGN_OR_RETURN(const auto secret, context.read_secret(*file));
      return create_key(context, "import", {{"name", *import_name}, {"value", secret.reveal() + "\n"}});
    };
  });
}

void add_key_uses(Program& program, CLI::App& key) {
  key.add_subcommand("list", "List them")->callback([&program] {
    program.action = [](Context& context) -> base::Status {
      ASSIGN_OR_RETURN(const auto path, context.organization_path("/ssh-keys"));
      ASSIGN_OR_RETURN(const Json all, context.api().get_all(path));
      return context.show_list(all, kKeyFields, "No SSH key yet. Mint one: runbridge key generate NAME");
    };
  });
  auto* show = key.add_subcommand("show", "One key with its public half");
  auto shown = std::make_shared<std::string>();
  show->add_option("name", *shown, "Name or sshkey-… id")->required();
  show->callback([&program, shown] {
    program.action = [shown](Context& context) -> base::Status {
      ASSIGN_OR_RETURN(const auto id, key_id(context, *shown));
      ASSIGN_OR_RETURN(const Json found, context.api().get("/ssh-keys/" + id));
      return context.show_one(found, kKeyDetails);
    };
  });
  auto* remove = key.add_subcommand("delete", "Delete one that nothing uses");
  auto removed = std::make_shared<std::string>();
  remove->add_option("name", *removed, "Name or sshkey-… id")->required();
  remove->callback([&program, removed] {
    program.action = [removed](Context& context) -> base::Status {
      ASSIGN_OR_RETURN(const auto id, key_id(context, *removed));
      ASSIGN_OR_RETURN(const Json gone, context.api().remove("/ssh-keys/" + id));
      return context.done("SSH key " + *removed + " is deleted.", gone);
    };
  });
  auto* test =
      key.add_subcommand("test", "Say which step fails: resolve, connect, host key, authentication, repository");
  auto tested = std::make_shared<std::string>();
  auto url = std::make_shared<std::string>();
  auto provider = std::make_shared<std::string>();
  test->add_option("url", *url, "ssh://git@host:22/path.git; with --provider: the repository's name")->required();
  test->add_option("--key", *tested, "Name or sshkey-… id");
  test->add_option("--provider", *provider, "Test the clone key of this provider");
  test->callback([&program, tested, url, provider] {
    program.action = [=](Context& context) -> base::Status {
      if (tested->empty() == provider->empty()) return base::invalid("name either --key or --provider");
      return test_key(context, *tested, *url, *provider);
    };
  });
}

void add_hosts(Program& program) {
  auto* host = program.app.add_subcommand("host", "SSH host keys: scanned, confirmed, pinned")->require_subcommand(1);
  host->add_subcommand("list", "List them")->callback([&program] {
    program.action = [](Context& context) -> base::Status {
      ASSIGN_OR_RETURN(const auto path, context.organization_path("/ssh-host-keys"));
      ASSIGN_OR_RETURN(const Json all, context.api().get_all(path));
      return context.show_list(all, kHostFields, "No host key yet. Fetch one: runbridge host scan HOST");
    };
  });
  auto* scan = host->add_subcommand("scan", "Ask a host for its keys; compare the fingerprints, then confirm");
  auto name = std::make_shared<std::string>();
  auto port = std::make_shared<int>(22);
  scan->add_option("host", *name, "Its name")->required();
  scan->add_option("--port", *port, "SSH port")->capture_default_str();
  scan->callback([&program, name, port] {
    program.action = [=](Context& context) -> base::Status {
      ASSIGN_OR_RETURN(const auto path, context.organization_path("/ssh-host-keys/actions/scan"));
      ASSIGN_OR_RETURN(const Json found,
                       context.api().post(path, resource("ssh-host-keys", {{"host", *name}, {"port", *port}})));
      return context.show_list(found, kHostFields, "The host offered no key.");
    };
  });
  for (const char* verb : {"confirm", "delete"}) {
    const bool confirming = std::string(verb) == "confirm";
    auto* command =
        host->add_subcommand(verb, confirming ? "Pin a key whose fingerprint you compared" : "Forget a key");
    auto id = std::make_shared<std::string>();
    command->add_option("id", *id, "From `host list`")->required();
    command->callback([&program, id, confirming] {
      program.action = [id, confirming](Context& context) -> base::Status {
        const std::string path = "/ssh-host-keys/" + base::url_encode(*id);
        ASSIGN_OR_RETURN(const Json answer, confirming ? context.api().post(path + "/actions/confirm", Json::object())
                                                       : context.api().remove(path));
        return context.done("Host key " + *id + (confirming ? " is pinned." : " is forgotten."), answer);
      };
    });
  }
}

}  // namespace

void add_key_commands(Program& program) {
  auto* key = program.app.add_subcommand("key", "SSH keys without a passphrase")->require_subcommand(1);
  add_making(program, *key);
  add_key_uses(program, *key);
  add_hosts(program);
}

}  // namespace cli
