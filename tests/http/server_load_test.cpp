// More clients than there is room for, faults of the machine, and the end of the server.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <set>
#include <thread>

#include "tests/http/server_fixture.h"

namespace http::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(ServerTest, T_H2_EveryRequestOfABurstIsAnsweredOrTurnedAway) {
  if (raise_descriptor_limit(8192) < 3000) GTEST_SKIP() << "needs 3,000 file descriptors";
  start({.webhook_workers = 4, .queue_limit = 64, .max_connections = 700});
  std::atomic<int> done{0};
  std::atomic<int> refused{0};
  const auto burst = [&] {
    for (int round = 0; round < 4; ++round) {
      std::vector<std::unique_ptr<RawClient>> clients;
      for (int index = 0; index < 125; ++index) {
        clients.push_back(std::make_unique<RawClient>(port_));
        clients.back()->send(post("/hook", std::string(7000, 'x')));
      }
      for (auto& client : clients) {
        const auto response = client->read_all();
        if (status_of(response) == 202) ++done;
        if (status_of(response) == 503 && !header_of(response, "Retry-After").empty()) ++refused;
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int index = 0; index < 10; ++index) threads.emplace_back(burst);
  }
  EXPECT_EQ(done + refused, 5000);
  EXPECT_EQ(seen_.copy().size(), static_cast<std::size_t>(done));
  EXPECT_EQ(server_->stats().rejected, static_cast<std::uint64_t>(refused));
}

TEST_F(ServerTest, T_F27_AFullApiLaneDelaysNoWebhookAndNoHealthCheck) {
  start({.api_workers = 2, .webhook_workers = 2, .queue_limit = 8});
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int index = 0; index < 100; ++index) {
    slow.push_back(std::make_unique<RawClient>(port_));
    slow.back()->send("GET /block HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  }
  ASSERT_TRUE(eventually([&] { return server_->stats().rejected >= 90; }));
  EXPECT_EQ(body_of(ask(post("/hook", "abc"))), "3");
  EXPECT_LT(health_time(), seconds(1));
  release();
  int answered = 0;
  for (auto& client : slow) answered += status_of(client->read_all()) == 200 ? 1 : 0;
  EXPECT_GE(answered, 8);
  EXPECT_EQ(server_->stats().rejected + static_cast<std::uint64_t>(answered), 100U);
}

TEST_F(ServerTest, T_E20_OneAddressCannotTakeEveryConnection) {
  if (raise_descriptor_limit(8192) < 3000) GTEST_SKIP() << "needs 3,000 file descriptors";
  start({.max_connections = 800, .max_connections_per_address = 100});
  std::vector<std::unique_ptr<RawClient>> greedy;
  for (int index = 0; index < 600; ++index) greedy.push_back(std::make_unique<RawClient>(port_, "127.0.0.9"));
  int refused = 0;
  for (auto& client : greedy) {
    const auto response = client->read_until([](const std::string& text) { return !text.empty(); }, milliseconds(0));
    refused += status_of(response) == 503 ? 1 : 0;
  }
  for (int user = 0; user < 100; ++user) {
    EXPECT_LT(health_time("127.0.1." + std::to_string(user + 1)), kPatience);
  }
  EXPECT_EQ(server_->stats().rejected, 500U);
  EXPECT_LE(refused, 500);
  EXPECT_EQ(status_of(greedy.back()->read_all()), 503);
}

TEST_F(ServerTest, T_E20_AProxyIsNotOneAddress) {
  start({.max_connections_per_address = 2, .trusted_proxies = {"127.0.0.1"}});
  std::vector<std::unique_ptr<RawClient>> open;
  for (int index = 0; index < 10; ++index) open.push_back(std::make_unique<RawClient>(port_));
  EXPECT_LT(health_time(), kPatience);
}

TEST_F(ServerTest, TheTotalOfConnectionsIsCapped) {
  start({.max_connections = 20});
  std::vector<std::unique_ptr<RawClient>> open;
  for (int index = 0; index < 20; ++index) open.push_back(std::make_unique<RawClient>(port_));
  ASSERT_TRUE(eventually([&] { return server_->stats().open_connections == 20; }));
  EXPECT_EQ(status_of(get("/healthz")), 503);
  open.clear();
  EXPECT_TRUE(eventually([&] { return status_of(get("/healthz")) == 200; }));
}

// accept() fails with each error in turn, several times; every one of the connections behind it is served.
TEST_F(ServerTest, T_E19_NoErrorOfAcceptEndsTheListener) {
  static constexpr std::array kErrors = {ECONNABORTED, EMFILE, ENFILE,   ENOBUFS,      ENOMEM,     EPROTO,
                                         EPERM,        EINTR,  ENETDOWN, EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH,
                                         EINVAL,       EBADF,  EFAULT,   ENONET,       EIO};
  struct Fault {
    std::atomic<int> error{0};
    std::atomic<int> left{0};
  };
  const auto fault = std::make_shared<Fault>();  // outlives this body, as the server does
  start({}, {.accept = [fault](int socket, sockaddr* address, socklen_t* length, int flags) {
          if (fault->left > 0) {
            --fault->left;
            errno = fault->error;
            return -1;
          }
          return ::accept4(socket, address, length, flags);
        }});
  for (const int each : kErrors) {
    fault->error = each;
    fault->left = 3;
    const auto began = Clock::now();
    const int first = status_of(get("/healthz"));
    const bool without_descriptor = each == EMFILE || each == ENFILE;
    EXPECT_TRUE(first == 200 || (without_descriptor && first == 503)) << each << " gave " << first;
    EXPECT_LT(Clock::now() - began, seconds(5)) << each;
    for (int count = 0; count < 5; ++count) EXPECT_EQ(status_of(get("/healthz")), 200) << each;
  }
  EXPECT_GE(server_->stats().accept_errors, 2 * (kErrors.size() - 1));
}

// Takes every descriptor of this process, for real.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit_t lowered = before_;
    lowered.rlim_cur = 256;
    ::setrlimit(RLIMIT_NOFILE, &lowered);
    while (true) {
      base::FileDescriptor taken(::open("/dev/null", O_RDONLY | O_CLOEXEC));
      if (!taken) break;
      taken_.push_back(std::move(taken));
    }
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  using rlimit_t = struct rlimit;
  rlimit_t before_{};
  std::vector<base::FileDescriptor> taken_;
};

TEST_F(ServerTest, T_F25_WithoutDescriptorsClientsAreToldAndServedAgainAfterwards) {
  start();
  auto unlucky = RawClient::unconnected();
  auto patient = RawClient::unconnected();
  {
    const NoDescriptors none;
    ASSERT_TRUE(unlucky.connect(port_));
    unlucky.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(status_of(unlucky.read_all()), 503);
    EXPECT_TRUE(eventually([&] { return server_->stats().accept_errors >= 1; }));
  }
  ASSERT_TRUE(patient.connect(port_));
  patient.send("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(status_of(patient.read_all()), 200);
}

std::set<int> open_descriptors() {
  std::set<int> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    found.insert(std::stoi(entry.path().filename().string()));
  }
  return found;
}

TEST_F(ServerTest, T_H19_NoDescriptorIsInheritedByChildren) {
  const auto before = open_descriptors();
  start();
  RawClient client(port_);
  ASSERT_TRUE(eventually([&] { return server_->stats().open_connections == 1; }));
  for (const int descriptor : open_descriptors()) {
    const int flags = ::fcntl(descriptor, F_GETFD);
    if (flags < 0 || before.contains(descriptor)) continue;
    EXPECT_NE(flags & FD_CLOEXEC, 0) << descriptor;
  }
}

TEST_F(ServerTest, DescriptorsAreGivenBack) {
  start();
  EXPECT_EQ(status_of(get("/healthz")), 200);
  ASSERT_TRUE(eventually([&] { return server_->stats().open_connections == 0; }));
  const auto before = open_descriptors().size();
  for (int count = 0; count < 200; ++count) ask(count % 2 == 0 ? post("/hook", "x") : "bad\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return server_->stats().open_connections == 0; }));
  EXPECT_EQ(open_descriptors().size(), before);
}

TEST_F(ServerTest, T_F6_AStopAnswersWhatWasAccepted) {
  start({.webhook_workers = 4});
  std::vector<std::unique_ptr<RawClient>> inflight;
  for (int index = 0; index < 20; ++index) {
    inflight.push_back(std::make_unique<RawClient>(port_));
    inflight.back()->send("POST /block HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
  }
  RawClient idle(port_);
  idle.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(status_of(idle.read_response()), 200);
  RawClient half(port_);
  half.send("POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
  ASSERT_TRUE(eventually([&] { return blocked_ == 4 && server_->stats().open_connections == 22; }));

  std::jthread stopper([&] { server_->stop(kPatience); });
  idle.read_all();
  EXPECT_TRUE(idle.closed());
  EXPECT_TRUE(eventually([&] { return !RawClient(port_).connected(); }));
  half.send("llo");
  release();
  EXPECT_EQ(body_of(half.read_all()), "5");
  for (auto& client : inflight) EXPECT_EQ(body_of(client->read_all()), "released");
  const auto began = Clock::now();
  stopper.join();
  EXPECT_LT(Clock::now() - began, kPatience / 2);
  EXPECT_EQ(server_->stats().open_connections, 0U);
}

TEST_F(ServerTest, T_F6_AStopWaitsNoLongerThanItsGrace) {
  start({.head_deadline = kPatience});
  RawClient half(port_);
  half.send("POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
  ASSERT_TRUE(eventually([&] { return server_->stats().open_connections == 1; }));
  const auto began = Clock::now();
  server_->stop(milliseconds(200));
  EXPECT_LT(Clock::now() - began, kPatience / 2);
  EXPECT_EQ(status_of(half.read_all()), 0);
  server_->stop(milliseconds(200));
}

}  // namespace
}  // namespace http::test
