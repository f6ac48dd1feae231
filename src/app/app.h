#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "config/config.h"

namespace app {

// The whole server. Its parts are made in the order they need each other and end in the reverse (see app.cpp);
// tests start the same object on port 0.
class App {
 public:
  // Opens the database and the vault, brings the schema up to date, starts workers and listener.
  // Errors are for the person who starts the server: which setting, file or address, and what to do.
  static base::Result<std::unique_ptr<App>> start(const config::Config& config);
  ~App();

  // Where it is served: "http://127.0.0.1:8080".
  const std::string& address() const;
  // While there is no administrator: the link that makes one, good once and for 30 minutes.
  std::optional<std::string> setup_link() const;
  // Takes no new work, answers what it accepted, lets running jobs come to a safe place. Safe to call twice.
  void stop();

 private:
  App();
  class Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace app
