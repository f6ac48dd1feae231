#pragma once

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "http/server_seams.h"
#include "tests/http/raw_client.h"

namespace http::test {

// A server on a free port with routes that tests need. What handlers saw is kept in `seen`.
class ServerTest : public testing::Test {
 protected:
  void start(ServerOptions options = {}, ServerSeams seams = {}) {
    add_routes();
    auto started = start_server(router_, std::move(options), std::move(seams));
    ASSERT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
    port_ = server_->port();
  }

  void TearDown() override {
    release();
    server_.reset();
  }

  void add_routes();

  // Handlers of /block wait until this is called.
  void release() {
    if (!std::exchange(released_, true)) gate_.set_value();
  }

  std::string ask(const std::string& request) const { return test::exchange(port_, request); }
  std::string get(const std::string& path, const std::string& fields = "") const {
    return ask("GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + fields + "\r\n");
  }
  static std::string post(const std::string& path, const std::string& body) {
    return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
  }
  // GET /healthz on a new connection; how long the answer took, or kPatience if there was none.
  std::chrono::milliseconds health_time(const std::string& from = "") const;

  Router router_;
  std::unique_ptr<Server> server_;
  int port_ = 0;
  base::Guarded<std::vector<std::string>> seen_;  // "POST /hook body"
  std::string peer_seen() const { return peer_.copy(); }
  base::Guarded<std::string> peer_;
  base::Guarded<base::Headers> headers_;
  std::atomic<int> blocked_{0};
  std::string file_path_;  // what /file sends

 private:
  std::promise<void> gate_;
  std::shared_future<void> opened_ = gate_.get_future().share();
  bool released_ = false;
};

}  // namespace http::test
