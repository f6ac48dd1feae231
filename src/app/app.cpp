#include "app/app.h"

#include <filesystem>
#include <utility>

#include "app/connection_prober.h"
#include "app/kinds.h"
#include "app/router_setup.h"
#include "app/schema.h"
#include "app/sign_on_settings.h"
#include "auth/bootstrap.h"
#include "auth/guard.h"
#include "auth/service.h"
#include "base/clock.h"
#include "catalogue/catalogue.h"
#include "connections/service.h"
#include "federation/issuer.h"
#include "git/mirror.h"
#include "http/server.h"
#include "jobs/queue.h"
#include "keys/service.h"
#include "logging/log.h"
#include "net/http_client.h"
#include "net/outbound_policy.h"
#include "oauth/service.h"
#include "providers/service.h"
#include "runs/sandbox.h"
#include "runs/service.h"
#include "runs/source.h"
#include "signin/service.h"
#include "signin/sign_on.h"
#include "ssh/host_probe.h"
#include "storage/migrations.h"
#include "storage/open.h"
#include "vault/vault.h"
#include "webhooks/dispatcher.h"
#include "webhooks/hook_cache.h"
#include "webhooks/receiver.h"
#include "webhooks/registrar.h"
#include "workspaces/service.h"
#include "workspaces/variable.h"

namespace app {
namespace {

constexpr std::chrono::seconds kGrace{10};

base::Status make_directory(const std::filesystem::path& path) {
  std::error_code problem;
  std::filesystem::create_directories(path, problem);
  if (problem) {
    return base::invalid("the data directory " + path.string() + " cannot be made: " + problem.message() +
                         ". Name another with --data-dir");
  }
  return {};
}

// Port 0 means "any free one", but hooks and links need to know it before the server answers.
config::Config with_port(config::Config config, int port) {
  config.listen_port = port;
  constexpr std::string_view kAnyPort = ":0";
  if (config.public_url.ends_with(kAnyPort)) {
    config.public_url.replace(config.public_url.size() - 1, 1, std::to_string(port));
  }
  return config;
}

base::Result<std::unique_ptr<runs::Sandbox>> make_sandbox(const config::Config& config) {
  if (config.sandbox == "plain") {
    logging::warning("runs are not isolated: they see what the server sees");
    return runs::make_plain_sandbox();
  }
  return runs::make_bubblewrap_sandbox();
}

}  // namespace

// Members in the order they need each other, so they end in the reverse. Each make_… step fills a few of them.
class App::Parts {
 public:
  Parts(config::Config given, http::BoundSocket socket)
      : config(with_port(std::move(given), socket.port)), bound(std::move(socket)) {}

  base::Status make_storage();
  base::Status make_security();
  base::Status make_features();
  void make_connections();
  base::Status make_workers();
  base::Status make_listener();
  void stop();

  config::Config config;
  http::BoundSocket bound;  // until the listener has it
  const base::Clock& clock = base::system_clock();
  std::unique_ptr<storage::Database> database;
  std::unique_ptr<vault::Vault> vault;
  std::unique_ptr<net::OutboundPolicy> policy;
  std::unique_ptr<net::HttpClient> http_client;
  vcs::Registry registry;
  std::unique_ptr<auth::Guard> guard;
  std::unique_ptr<auth::Service> auth_service;
  std::unique_ptr<auth::Bootstrap> bootstrap;
  std::unique_ptr<signin::Service> signin;
  std::unique_ptr<signin::SignOn> sign_on;
  std::optional<base::Secret> setup_secret;
  std::unique_ptr<providers::Service> providers;
  std::unique_ptr<webhooks::HookCache> hook_cache;
  std::unique_ptr<webhooks::Registrar> registrar;
  std::unique_ptr<git::Mirrors> mirrors;
  std::unique_ptr<keys::Service> keys;
  std::unique_ptr<workspaces::Variables> variables;
  std::unique_ptr<workspaces::Service> workspaces;
  std::unique_ptr<federation::Issuer> issuer;
  std::unique_ptr<oauth::Service> oauth;
  std::unique_ptr<connections::Service> connections;
  std::unique_ptr<runs::Sandbox> sandbox;
  std::unique_ptr<runs::SourceAccess> source;
  std::unique_ptr<runs::Service> runs;
  std::unique_ptr<webhooks::Receiver> receiver;
  std::unique_ptr<webhooks::Dispatcher> dispatcher;
  std::unique_ptr<jobs::Workers> workers;
  http::Router router;
  std::unique_ptr<http::Server> server;
  std::string address;
};

base::Status App::Parts::make_storage() {
  RETURN_IF_ERROR(make_directory(config.data_dir));
  ASSIGN_OR_RETURN(database, storage::open(config.database, config.data_dir));
  RETURN_IF_ERROR(storage::migrate(*database, schema()));
  ASSIGN_OR_RETURN(vault, vault::Vault::open(*database, config.master_key_file));
  return {};
}

base::Status App::Parts::make_security() {
  ASSIGN_OR_RETURN(auto parsed, net::OutboundPolicy::parse(config.outbound_allow, config.outbound_http));
  policy = std::make_unique<net::OutboundPolicy>(std::move(parsed));
  http_client = net::make_http_client(*policy);
  guard = std::make_unique<auth::Guard>(*database, clock);
  auth_service = std::make_unique<auth::Service>(*database, clock, guard->access());
  bootstrap = std::make_unique<auth::Bootstrap>(*database, clock, *auth_service);
  signin = std::make_unique<signin::Service>(
      signin::Service::Dependencies{*database, clock, *vault, guard->access(), config.public_url});
  ASSIGN_OR_RETURN(auto settings, sign_on_settings(config.openid));
  sign_on = std::make_unique<signin::SignOn>(
      signin::SignOn::Dependencies{*database, clock, *signin, guard->access(), *http_client, config.public_url},
      std::move(settings));
  ASSIGN_OR_RETURN(setup_secret, bootstrap->prepare(config.admin_token));
  return {};
}

void App::Parts::make_connections() {
  const auto catalogue = config.connection_types_dir.empty()
                             ? catalogue::Catalogue::builtin()
                             : catalogue::Catalogue::with_custom_types(config.connection_types_dir);
  for (const auto& problem : catalogue->problems()) {
    logging::warning("a type of service connections was left out", {{"why", problem.message()}});
  }
  issuer = std::make_unique<federation::Issuer>(
      federation::Issuer::Dependencies{*database, clock, *vault, config.public_url});
  oauth = std::make_unique<oauth::Service>(
      oauth::Service::Dependencies{*database, clock, *vault, *http_client, *policy, catalogue, config.public_url});
  oauth->set_uses(connections::Service::users_of);
  auto prober = make_prober(catalogue, *policy, *issuer);
  auto fetcher = make_fetcher(catalogue, *policy, *issuer);
  connections::Service::Dependencies needed{*database,          clock,         *vault, catalogue,  std::move(prober),
                                            std::move(fetcher), issuer->url(), 4,      oauth.get()};
  needed.accounts = make_accounts(catalogue, *policy, *issuer);
  needed.lister = make_lister(catalogue, *policy, *issuer);
  connections = std::make_unique<connections::Service>(std::move(needed));
}

base::Status App::Parts::make_features() {
  add_kinds(registry);
  providers = std::make_unique<providers::Service>(
      providers::Service::Dependencies{*database, clock, *vault, registry, *http_client, *policy});
  hook_cache = std::make_unique<webhooks::HookCache>(*database, clock, *vault, registry);
  registrar = std::make_unique<webhooks::Registrar>(
      webhooks::Registrar::Dependencies{*database, clock, *vault, *providers, *hook_cache, config.public_url});
  ASSIGN_OR_RETURN(mirrors, git::Mirrors::open(config.mirror_dir));
  keys = std::make_unique<keys::Service>(keys::Service::Dependencies{
      *database, clock, *vault, *policy, *providers, *mirrors, ssh::HostProbe(ssh::HostProbe::default_program())});
  variables = std::make_unique<workspaces::Variables>(*database, clock, *vault);
  workspaces = std::make_unique<workspaces::Service>(
      workspaces::Service::Dependencies{*database, clock, *providers, *registrar, *variables, ssh_key_check(*keys)});
  make_connections();
  ASSIGN_OR_RETURN(sandbox, make_sandbox(config));
  logging::info("sandbox of runs", {{"isolation", sandbox->description()}});
  source = runs::make_source_access(
      {*providers, *mirrors,
       [this](const auto& token, const auto& repository) { return keys->fetch_request(token, repository); },
       [this](const auto& request, const auto& outcome) { keys->note_fetch(request, outcome); },
       [this](const auto& token, const auto& top, const auto& url) { return keys->submodule_request(token, top, url); },
       [this](const auto& token, const auto& repository) { return keys->clone_url(token, repository); }});
  runs::Options options;
  options.data_directory = config.data_dir;
  options.public_url = config.public_url;
  options.planners = config.run_workers;
  options.appliers = config.run_workers;
  ASSIGN_OR_RETURN(runs, runs::Service::create({*database, clock, *vault, *providers, *variables, *source, *sandbox,
                                                std::move(options), run_keys(*keys), connections.get()}));
  bind_features({*auth_service, *providers, *keys, *workspaces, *connections, *runs});
  return {};
}

base::Status App::Parts::make_workers() {
  receiver = std::make_unique<webhooks::Receiver>(*database, clock, *hook_cache);
  dispatcher = std::make_unique<webhooks::Dispatcher>(webhooks::Dispatcher::Dependencies{
      *database, clock, registry, *providers, *registrar, runs->handler(), &receiver->rush()});
  workers = std::make_unique<jobs::Workers>(*database, clock);
  providers->register_jobs(*workers);
  registrar->register_jobs(*workers);
  dispatcher->register_jobs(*workers);
  runs->register_jobs(*workers);
  connections->register_jobs(*workers);
  oauth->register_jobs(*workers);
  workers->limit_leases(std::chrono::seconds(config.job_lease));
  RETURN_IF_ERROR(connections->renew_issuer());
  RETURN_IF_ERROR(runs->sweep());
  workers->start();
  return {};
}

base::Status App::Parts::make_listener() {
  RETURN_IF_ERROR(set_up_router(router, {*database,
                                         clock,
                                         registry,
                                         config.public_url,
                                         *guard,
                                         *auth_service,
                                         *bootstrap,
                                         *signin,
                                         *sign_on,
                                         *providers,
                                         *registrar,
                                         *receiver,
                                         *keys,
                                         *workspaces,
                                         *variables,
                                         *runs,
                                         *connections,
                                         *issuer,
                                         *oauth,
                                         [this] { return server ? server->stats() : http::ServerStats(); },
                                         SystemFacts{clock,
                                                     clock.now(),
                                                     config.data_dir,
                                                     {{"api", config.api_workers},
                                                      {"webhooks", config.webhook_workers},
                                                      {"plans", config.run_workers},
                                                      {"applies", config.run_workers}}}}));
  http::ServerOptions options;
  options.address = config.listen_address;
  options.api_workers = config.api_workers;
  options.webhook_workers = config.webhook_workers;
  options.trusted_proxies = config.trusted_proxies;
  options.allowed_hosts = config.allowed_hosts;
  ASSIGN_OR_RETURN(server, http::Server::start(router, std::move(options), std::move(bound)));
  const bool ipv6 = config.listen_address.find(':') != std::string::npos;
  address = "http://" + (ipv6 ? "[" + config.listen_address + "]" : config.listen_address) + ":" +
            std::to_string(server->port());
  logging::info("ready", {{"address", address}, {"public_url", config.public_url}});
  return {};
}

// The outside first, then what works, then what it works with.
void App::Parts::stop() {
  if (server) server->stop(kGrace);
  if (runs) runs->stop();
  if (workers) workers->stop();
  server.reset();
}

App::App() = default;
App::~App() {
  if (parts_) stop();
}

base::Result<std::unique_ptr<App>> App::start(const config::Config& config) {
  ASSIGN_OR_RETURN(auto bound, http::bind(config.listen_address, config.listen_port));
  std::unique_ptr<App> app(new App());
  app->parts_ = std::make_unique<Parts>(config, std::move(bound));
  Parts& parts = *app->parts_;
  RETURN_IF_ERROR(parts.make_storage());
  RETURN_IF_ERROR(parts.make_security());
  RETURN_IF_ERROR(parts.make_features());
  RETURN_IF_ERROR(parts.make_workers());
  RETURN_IF_ERROR(parts.make_listener());
  return app;
}

const std::string& App::address() const { return parts_->address; }

std::optional<std::string> App::setup_link() const {
  if (!parts_->setup_secret) return std::nullopt;
  return parts_->config.public_url + "/setup/" + parts_->setup_secret->reveal();
}

void App::stop() { parts_->stop(); }

}  // namespace app
