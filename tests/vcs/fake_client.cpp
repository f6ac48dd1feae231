#include "tests/vcs/fake_client.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "base/file.h"
#include "test_paths.h"

namespace vcs_test {

FakeClient& FakeClient::on(const std::string& call, int status, std::string body, base::Headers headers) {
  if (!headers.has("Content-Type")) headers.add("Content-Type", "application/json; charset=utf-8");
  script_[call].emplace_back(net::ClientResponse{status, std::move(headers), std::move(body)});
  return *this;
}

FakeClient& FakeClient::fail(const std::string& call, base::Error error) {
  script_[call].emplace_back(std::move(error));
  return *this;
}

base::Result<net::ClientResponse> FakeClient::send(const net::Endpoint&, const net::ClientRequest& request) {
  const std::lock_guard lock(mutex_);
  const bool is_below = request.url.starts_with(base_url_);
  const std::string call = request.method + " " + (is_below ? request.url.substr(base_url_.size()) : request.url);
  requests_.push_back(request);
  calls_.push_back(call);
  bodies_[call] = request.body;
  const auto found = script_.find(call);
  if (found == script_.end()) {
    ADD_FAILURE() << "nobody scripted an answer to " << call;
    return base::internal("unexpected call");
  }
  base::Result<net::ClientResponse> answer = found->second.front();
  if (found->second.size() > 1) found->second.pop_front();
  return answer;
}

std::vector<std::string> FakeClient::take_calls() { return std::exchange(calls_, {}); }

std::string FakeClient::body_of(const std::string& call) const {
  const auto found = bodies_.find(call);
  return found == bodies_.end() ? "(no such call)" : found->second;
}

std::string shared_fixture(const std::string& path) {
  auto text = base::read_file(std::string(RUNBRIDGE_SOURCE_DIR "/../shared/fixtures/") + path, std::size_t{64} << 20U);
  EXPECT_TRUE(text.has_value()) << path;
  return text ? *text : std::string();
}

bool has_shared_fixtures() { return std::filesystem::exists(RUNBRIDGE_SOURCE_DIR "/../shared/fixtures/SOURCES.md"); }

}  // namespace vcs_test
