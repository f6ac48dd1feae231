#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/file.h"
#include "base/result.h"
#include "net/http_client.h"

namespace test_support {

// A bare git repository made for a test: branches main (one commit) and feature/x (one more). Removed at the end.
class GitRepository {
 public:
  static base::Result<std::unique_ptr<GitRepository>> create();

  std::string path() const;  // of the bare repository
  // Adds a commit to the branch, as a push would; its id.
  std::string commit(const std::string& branch, const std::string& message) const;
  std::string head(const std::string& branch) const;

 private:
  explicit GitRepository(base::TemporaryDirectory directory) : directory_(std::move(directory)) {}
  base::TemporaryDirectory directory_;
};

// One of the programs of tests/fakes, started on a free port of 127.0.0.1 and ended with this object.
class ProviderFake {
 public:
  // "github.mjs"; `arguments` as in tests/fakes/README.md, without --port. kUnavailable if Node.js is not installed.
  static base::Result<std::unique_ptr<ProviderFake>> start(const std::string& program,
                                                           std::vector<std::string> arguments);
  ~ProviderFake();
  ProviderFake(const ProviderFake&) = delete;
  ProviderFake& operator=(const ProviderFake&) = delete;

  std::string base_url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  // A client that may reach 127.0.0.1 without TLS.
  net::HttpClient& client() const { return *client_; }

  // The control plane: POST /_fake/set and /_fake/deliver, GET /_fake/state and so on. Empty on failure.
  nlohmann::json post(const std::string& path, const nlohmann::json& body) const;
  nlohmann::json get(const std::string& path) const;

 private:
  ProviderFake(int process, int output, int port);

  int process_;
  base::FileDescriptor output_;
  int port_;
  std::unique_ptr<net::HttpClient> client_;
};

}  // namespace test_support
