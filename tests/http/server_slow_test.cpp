// Clients that are slow, or send more than they should.
#include <gmock/gmock.h>

#include <array>
#include <filesystem>

#include "tests/http/server_fixture.h"

namespace http::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMemoryIsOurs = false;  // a sanitizer keeps what is freed
#else
constexpr bool kMemoryIsOurs = true;
#endif

constexpr milliseconds kQuick{1000};  // 100 ms is the promise; test machines are busy

TEST_F(ServerTest, T_E01_AThousandSlowClientsDelayNobody) {
  if (raise_descriptor_limit(8192) < 3000) GTEST_SKIP() << "needs 3,000 file descriptors";
  start({.head_deadline = seconds(5)});
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int index = 0; index < 1000; ++index) slow.push_back(std::make_unique<RawClient>(port_));
  ASSERT_TRUE(eventually([&] { return server_->stats().open_connections == 1000; }));
  for (const char byte : std::string("GET /healthz HT")) {
    for (std::size_t index = 0; index < slow.size(); index += 2) slow[index]->send({&byte, 1});
    EXPECT_LT(health_time("127.0.0.2"), kQuick);
  }
  int timed_out = 0;
  for (auto& client : slow) {
    timed_out += status_of(client->read_all()) == 408 ? 1 : 0;
    EXPECT_TRUE(client->closed());
  }
  EXPECT_EQ(timed_out, 1000);
  EXPECT_EQ(server_->stats().timed_out, 1000U);
}

TEST_F(ServerTest, AnIdleKeptConnectionIsClosedInSilence) {
  start({.keep_alive = milliseconds(100)});
  RawClient client(port_);
  client.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(status_of(client.read_response()), 200);
  EXPECT_EQ(client.read_all(), "");
  EXPECT_TRUE(client.closed());
}

TEST_F(ServerTest, T_E02_ABodyBelowItsRateIsCut) {
  start({.body_deadline = seconds(6), .body_bytes_per_second = 100'000, .request_deadline = seconds(60)});
  RawClient client(port_);
  const auto began = Clock::now();
  client.send("POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\nabc");
  EXPECT_EQ(status_of(client.read_all()), 408);
  EXPECT_LT(Clock::now() - began, seconds(5));
  EXPECT_TRUE(seen_.copy().empty());
}

TEST_F(ServerTest, T_E02_ABodyBeyondItsDeadlineIsCut) {
  start({.body_deadline = milliseconds(300), .body_bytes_per_second = 0});
  RawClient client(port_);
  client.send("POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
  EXPECT_EQ(status_of(client.read_all()), 408);
}

TEST_F(ServerTest, T_E02_TheWholeRequestHasADeadlineToo) {
  start({.body_deadline = kPatience, .body_bytes_per_second = 0, .request_deadline = milliseconds(300)});
  const auto began = Clock::now();
  EXPECT_EQ(status_of(ask("POST /hook HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab")), 408);
  EXPECT_LT(Clock::now() - began, kPatience / 2);
}

TEST_F(ServerTest, T_E03_ReadersThatDoNotReadAreCutAndHurtNobody) {
  start({.api_workers = 2, .write_deadline = seconds(3)});
  auto directory = base::TemporaryDirectory::create(std::filesystem::temp_directory_path(), "http");
  ASSERT_TRUE(directory);
  file_path_ = directory->path() / "log";
  ASSERT_TRUE(base::write_file(file_path_, std::string(std::size_t{10} << 20U, 'l')));
  std::vector<RawClient> clients;
  for (int index = 0; index < 100; ++index) {
    clients.push_back(RawClient::unconnected());
    clients.back().read_slowly();
    ASSERT_TRUE(clients.back().connect(port_));
    clients.back().send(std::string("GET ") + (index < 5 ? "/large" : "/file") + " HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  EXPECT_TRUE(eventually([&] { return server_->stats().requests >= 100; }));
  for (int round = 0; round < 5; ++round) EXPECT_LT(health_time(), kQuick);
  EXPECT_EQ(status_of(get("/echo")), 200);  // the two workers are free
  EXPECT_TRUE(eventually([&] { return server_->stats().timed_out == 100; }));
  EXPECT_TRUE(eventually([&] { return server_->stats().open_connections == 0; }));
}

// Sends `start` and then `piece` again and again; how much the server let through.
std::size_t flood(int port, const std::string& start, const std::string& piece, int expected_status) {
  RawClient client(port);
  std::size_t sent = 0;
  if (client.send(start)) {
    while (sent < (std::size_t{60} << 20U) && client.send(piece)) sent += piece.size();
  }
  EXPECT_EQ(status_of(client.read_all()), expected_status);
  return sent;
}

TEST_F(ServerTest, T_E04_FloodedHeadsTakeNoMemory) {
  start();
  const auto all = [&] {
    flood(port_, "GET /", std::string(65536, 'a'), 414);
    flood(port_, "GET / HTTP/1.1\r\nHost: a\r\nX: ", std::string(65536, 'b'), 431);
    std::string fields;
    while (fields.size() < 65536) fields += "A: b\r\n";
    flood(port_, "GET / HTTP/1.1\r\nHost: a\r\n", fields, 431);
  };
  all();
  const auto before = resident_memory();
  for (int round = 0; round < 5; ++round) all();
  if (!kMemoryIsOurs) return;
  EXPECT_LT(resident_memory(), before + (std::size_t{2} << 20U));
}

TEST_F(ServerTest, T_E05_AnEndlessChunkedBodyIsCutAtTheLimit) {
  start();
  const std::string piece = "10000\r\n" + std::string(65536, 'x') + "\r\n";
  const auto sent = flood(port_, "POST /api HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", piece, 413);
  EXPECT_LT(sent, std::size_t{40} << 20U);  // the limit, and what the kernel's buffers take
  EXPECT_TRUE(seen_.copy().empty());
}

TEST_F(ServerTest, T_E05_AnnouncedLengthsAreRefusedAtOnce) {
  start();
  EXPECT_EQ(status_of(ask("POST /api HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n")), 413);
  EXPECT_EQ(status_of(ask("POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 26214401\r\n\r\n")), 413);
  EXPECT_EQ(body_of(ask(post("/hook", std::string(std::size_t{25} << 20U, 'x')))), "26214400");
}

TEST_F(ServerTest, BodiesShareOneBudget) {
  start({.max_body_memory = std::size_t{1} << 20U});
  const std::string half(600'000, 'x');
  RawClient first(port_);
  first.send(post("/block", half));
  ASSERT_TRUE(eventually([&] { return blocked_ == 1; }));
  EXPECT_EQ(status_of(ask(post("/hook", half))), 503);
  EXPECT_EQ(status_of(ask(post("/hook", half.substr(0, 400'000)))), 202);
  release();
  EXPECT_EQ(status_of(first.read_all()), 200);
  EXPECT_EQ(status_of(ask(post("/hook", half))), 202);
}

TEST_F(ServerTest, SmallAnswersAreNotDelayedByTheKernel) {
  start();
  RawClient client(port_);
  std::vector<Clock::duration> times;
  for (int round = 0; round < 51; ++round) {
    const auto began = Clock::now();
    client.send("GET /echo HTTP/1.1\r\nHost: a\r\nX-Echo: 1\r\n\r\n");
    ASSERT_EQ(status_of(client.read_response()), 200);
    times.push_back(Clock::now() - began);
  }
  std::ranges::sort(times);
  EXPECT_LT(times[25], milliseconds(20));  // Nagle's algorithm and delayed acknowledgements would make it 40
}

TEST_F(ServerTest, AClientThatStopsSendingStillGetsItsAnswer) {
  start();
  RawClient client(port_);
  client.send(post("/hook", "abc"));
  client.finish_sending();
  EXPECT_EQ(body_of(client.read_all()), "3");
  EXPECT_TRUE(eventually([&] { return server_->stats().open_connections == 0; }));
}

TEST_F(ServerTest, AClientThatLeavesDoesNotStopItsRequest) {
  start();
  {
    RawClient client(port_);
    client.send("POST /block HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return blocked_ == 1; }));
  }
  release();
  EXPECT_TRUE(eventually([&] { return server_->stats().open_connections == 0; }));
  EXPECT_EQ(seen_.copy().size(), 1U);
}

TEST_F(ServerTest, ATlsHandshakeOnThePlainPortIsRefused) {
  start();
  EXPECT_EQ(status_of(ask(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11))), 400);
}

}  // namespace
}  // namespace http::test
