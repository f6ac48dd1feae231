#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/providers/world.h"
#include "webhooks/dispatcher.h"
#include "webhooks/hook_cache.h"
#include "webhooks/migrations.h"
#include "webhooks/receiver.h"
#include "webhooks/registrar.h"
#include "webhooks/routes.h"

namespace fakes {

// Writes one row for each event together with mark_done, as the real handler writes runs, and none for an event that
// has its row unless its key was released; fails as ordered.
class RecordingHandler : public webhooks::DeliveryHandler {
 public:
  explicit RecordingHandler(storage::Database& database, const base::Clock& clock)
      : database_(database), clock_(clock) {}
  base::Result<webhooks::HandlerOutcome> handle(const webhooks::DeliveryContext& context,
                                                const std::vector<vcs::Event>& events) override;

  std::function<base::Result<webhooks::HandlerOutcome>(const webhooks::DeliveryContext&)> instead;
  std::vector<webhooks::DeliveryContext> contexts;
  std::vector<vcs::Event> events;

 private:
  storage::Database& database_;
  const base::Clock& clock_;
};

// The answer itself, also where it comes later.
http::Response answer_of(http::Response response);

// Everything of this folder over a World, with one client and two repositories.
class HookWorld {
 public:
  explicit HookWorld(storage::Database& database);
  // The client becomes one of that kind, with the genuine proof and parser.
  void use_genuine(const vcs::Kind& kind);

  webhooks::Hook attach(const std::string& consumer, const std::string& repository_id = "1");
  // By a client of the other organization, made when first asked for.
  webhooks::Hook attach_for_globex(const std::string& consumer);
  void detach(const std::string& consumer);
  std::optional<webhooks::Hook> hook_of(const std::string& consumer);
  vcs::Repository repository(const std::string& id) const;

  // A delivery as ScriptedForge would send it to that hook.
  struct Sent {
    std::string delivery = "d-1";
    std::string body = "push 1";
    std::string event = "push";
    std::string secret;  // empty: the hook's own
    base::Headers more;
  };
  http::Response send(const webhooks::Hook& hook, const Sent& sent);
  http::Response post(const std::string& uuid, base::Headers headers, std::string body);
  base::Secret secret_of(const webhooks::Hook& hook);

  int delivery_count(const std::string& state = "");
  std::string only_state();  // of the only delivery
  std::string only_reason();
  // A receiver and a dispatcher of their own over the same database: another process, or this one after a restart.
  void restart();

  World world;
  std::string client;
  providers::OAuthTokenId token;
  std::unique_ptr<webhooks::HookCache> cache;
  std::unique_ptr<webhooks::Registrar> registrar;
  std::unique_ptr<webhooks::Receiver> receiver;
  RecordingHandler handler;
  std::unique_ptr<webhooks::Dispatcher> dispatcher;
};

}  // namespace fakes
