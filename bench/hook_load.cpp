// Sends signed webhooks as fast as the other side takes them, a connection per request as providers do, and prints
// one line: requests=N seconds=S rate=R/s p50_ms=… p99_ms=… max_ms=… accepted=N refused=N errors=N
//
// accepted: 2xx; refused: any other status; errors: no answer. Every request has a delivery id of its own.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/id.h"
#include "base/strings.h"
#include "crypto/hash.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kUsage = R"(usage: hook_load --port N --path /webhooks/vcs/ID --body FILE [options]
  --host ADDRESS           IPv4 address, 127.0.0.1
  --connections N          at once, 64
  --requests N             in all, 10000
  --secret-file FILE       signs the body: X-Hub-Signature-256
  --header 'Name: value'   added to every request; may be repeated
  --ledger FILE            writes the delivery id of every accepted request, one a line, as its answer comes
)";

struct Options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string path = "/hook";
  std::size_t connections = 64;
  std::size_t requests = 10'000;
  std::string ledger;
  std::string head;  // all fields but the delivery id, without the empty line
  std::string body;
};

[[noreturn]] void fail(const std::string& message) {
  std::cerr << "hook_load: " << message << "\n";
  std::exit(EXIT_FAILURE);
}

std::string file_text(const std::string& path) {
  auto text = base::read_file(path, std::size_t{64} << 20U);
  if (!text) fail(text.error().message);
  return *std::move(text);
}

std::size_t number(const std::string& text) {
  const auto value = base::to_integer(text);
  if (!value || *value <= 0) fail("'" + text + "' is not a number above 0");
  return static_cast<std::size_t>(*value);
}

Options read_options(int argc, char** argv) {
  Options options;
  std::multimap<std::string, std::string> given;
  for (int index = 1; index + 1 < argc; index += 2) given.emplace(argv[index], argv[index + 1]);
  if (argc % 2 == 0 || !given.contains("--port") || !given.contains("--body")) fail(kUsage);
  std::string fields;
  std::string secret;
  for (const auto& [name, value] : given) {
    if (name == "--host")
      options.host = value;
    else if (name == "--port")
      options.port = static_cast<std::uint16_t>(number(value));
    else if (name == "--path")
      options.path = value;
    else if (name == "--connections")
      options.connections = number(value);
    else if (name == "--requests")
      options.requests = number(value);
    else if (name == "--body")
      options.body = file_text(value);
    else if (name == "--secret-file")
      secret = std::string(base::trim(file_text(value)));
    else if (name == "--ledger")
      options.ledger = value;
    else if (name == "--header")
      fields += value + "\r\n";
    else
      fail("unknown flag " + name + "\n" + kUsage);
  }
  options.head = "POST " + options.path + " HTTP/1.1\r\nHost: " + options.host + ":" + std::to_string(options.port) +
                 "\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: " +
                 std::to_string(options.body.size()) + "\r\n" + fields;
  if (!secret.empty()) {
    options.head += "X-Hub-Signature-256: sha256=" + base::to_hex(crypto::hmac_sha256(secret, options.body)) + "\r\n";
  }
  return options;
}

struct Exchange {
  base::FileDescriptor socket;
  std::string id, request, answer;
  std::size_t sent = 0;
  Clock::time_point began;
};

class Load {
 public:
  explicit Load(const Options& options) : options_(options), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!options.ledger.empty()) ledger_.open(options.ledger);
    address_.sin_family = AF_INET;
    address_.sin_port = htons(options.port);
    if (inet_pton(AF_INET, options.host.c_str(), &address_.sin_addr) != 1) fail("not an IPv4 address: " + options.host);
    exchanges_.resize(std::min(options.connections, options.requests));
  }

  void run() {
    const auto began = Clock::now();
    for (std::size_t index = 0; index < exchanges_.size(); ++index) begin(index);
    std::array<epoll_event, 256> events{};
    while (finished_ < options_.requests) {
      const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 10'000);
      if (count == 0) fail("no answer for 10 s with " + std::to_string(finished_) + " requests done");
      for (int index = 0; index < count; ++index) advance(events[static_cast<std::size_t>(index)].data.u64);
    }
    print(std::chrono::duration<double>(Clock::now() - began).count());
  }

 private:
  void begin(std::size_t index) {
    if (started_ == options_.requests) return;
    ++started_;
    Exchange& exchange = exchanges_[index];
    exchange = {};
    exchange.id = base::random_uuid();
    exchange.request = options_.head + "X-GitHub-Delivery: " + exchange.id + "\r\n\r\n" + options_.body;
    exchange.began = Clock::now();
    exchange.socket = base::FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!exchange.socket) fail("no descriptor left: raise `ulimit -n` or lower --connections");
    const int on = 1;
    ::setsockopt(exchange.socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    const int result = ::connect(exchange.socket.get(), reinterpret_cast<const sockaddr*>(&address_), sizeof(address_));
    if (result != 0 && errno != EINPROGRESS) return end(index);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.u64 = index;
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, exchange.socket.get(), &event);
  }

  void advance(std::size_t index) {
    Exchange& exchange = exchanges_[index];
    while (exchange.sent < exchange.request.size()) {
      const ssize_t count = ::send(exchange.socket.get(), exchange.request.data() + exchange.sent,
                                   exchange.request.size() - exchange.sent, MSG_NOSIGNAL);
      if (count < 0 && (errno == EAGAIN || errno == ENOTCONN)) return;
      if (count < 0) break;  // an early answer may be there all the same
      exchange.sent += static_cast<std::size_t>(count);
    }
    std::array<char, 4096> buffer{};
    while (true) {
      const ssize_t count = ::recv(exchange.socket.get(), buffer.data(), buffer.size(), 0);
      if (count < 0 && errno == EAGAIN) return;
      if (count <= 0) return end(index);
      exchange.answer.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }

  void end(std::size_t index) {
    Exchange& exchange = exchanges_[index];
    exchange.socket.reset();
    times_.push_back(std::chrono::duration<double, std::milli>(Clock::now() - exchange.began).count());
    ++finished_;
    if (!exchange.answer.starts_with("HTTP/1.1 ")) {
      ++errors_;
    } else if (exchange.answer[9] == '2') {
      ++accepted_;
      if (ledger_.is_open()) ledger_ << exchange.id << "\n" << std::flush;
    } else {
      ++refused_;
    }
    begin(index);
  }

  void print(double seconds) {
    std::ranges::sort(times_);
    const auto at = [&](double part) {
      return times_[static_cast<std::size_t>(part * static_cast<double>(times_.size() - 1))];
    };
    std::printf(
        "requests=%zu seconds=%.3f rate=%.0f/s p50_ms=%.2f p99_ms=%.2f max_ms=%.2f accepted=%zu refused=%zu "
        "errors=%zu\n",
        finished_, seconds, static_cast<double>(finished_) / seconds, at(0.5), at(0.99), times_.back(), accepted_,
        refused_, errors_);
  }

  const Options& options_;
  base::FileDescriptor epoll_;
  sockaddr_in address_{};
  std::vector<Exchange> exchanges_;
  std::vector<double> times_;
  std::ofstream ledger_;
  std::size_t started_ = 0, finished_ = 0, accepted_ = 0, refused_ = 0, errors_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const Options options = read_options(argc, argv);
  Load(options).run();
  return EXIT_SUCCESS;
}
