#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "net/http_client.h"

namespace vcs_test {

// Answers from a script and keeps a diary. An answer is scripted for "METHOD url" (without the base); several for the
// same call are given in order, and the last one again and again. A call that nobody scripted fails the test.
class FakeClient : public net::HttpClient {
 public:
  explicit FakeClient(std::string base_url) : base_url_(std::move(base_url)) {}

  FakeClient& on(const std::string& call, int status, std::string body = {}, base::Headers headers = {});
  FakeClient& fail(const std::string& call, base::Error error);

  base::Result<net::ClientResponse> send(const net::Endpoint& endpoint, const net::ClientRequest& request) override;

  // "METHOD url" of every call so far; then forgets them.
  std::vector<std::string> take_calls();
  // The body of the latest call that had this "METHOD url".
  std::string body_of(const std::string& call) const;
  const net::ClientRequest& last() const { return requests_.back(); }
  std::string authorization() const { return requests_.back().authorization.reveal(); }

 private:
  std::string base_url_;
  mutable std::mutex mutex_;
  std::map<std::string, std::deque<base::Result<net::ClientResponse>>> script_;
  std::vector<net::ClientRequest> requests_;
  std::vector<std::string> calls_;
  std::map<std::string, std::string> bodies_;
};

// A file below ../shared/fixtures; empty if the shared data is not beside this checkout.
std::string shared_fixture(const std::string& path);
bool has_shared_fixtures();

}  // namespace vcs_test

#define SKIP_WITHOUT_SHARED_FIXTURES() \
  if (!vcs_test::has_shared_fixtures()) GTEST_SKIP() << "no ../shared/fixtures beside the checkout"
