#include "net/resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <resolv.h>
#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "base/thread.h"

namespace net {
namespace {

constexpr std::size_t kThreads = 4;
constexpr std::size_t kLongestQueue = 256;

base::Error unresolved(const std::string& host, const std::string& why) {
  return base::unavailable("Cannot reach " + host + ".", "look-up of " + host + ": " + why);
}

std::optional<std::string> text_of(const sockaddr* address) {
  char buffer[INET6_ADDRSTRLEN] = {};
  const void* bytes = nullptr;
  if (address->sa_family == AF_INET) bytes = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  if (address->sa_family == AF_INET6) bytes = &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  if (bytes == nullptr || inet_ntop(address->sa_family, bytes, buffer, sizeof buffer) == nullptr) return std::nullopt;
  return buffer;
}

base::Result<std::vector<std::string>> ask_system(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const int error = getaddrinfo(host.c_str(), nullptr, &hints, &list); error != 0) {
    return unresolved(host, gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, &freeaddrinfo);
  std::vector<std::string> addresses;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    const auto text = text_of(entry->ai_addr);
    if (text && std::find(addresses.begin(), addresses.end(), *text) == addresses.end()) addresses.push_back(*text);
  }
  if (addresses.empty()) return unresolved(host, "no address");
  return addresses;
}

class SystemResolver final : public Resolver {
 public:
  explicit SystemResolver(std::chrono::milliseconds timeout) : timeout_(timeout) {
    for (std::size_t i = 0; i < kThreads; ++i) {
      threads_.push_back(base::start_thread("resolver", [this](const std::stop_token& stop) { work(stop); }));
    }
  }

  base::Result<std::vector<std::string>> look_up(const std::string& host) const override {
    return look_up_within(host, timeout_);
  }

  base::Result<std::vector<std::string>> look_up_within(const std::string& host,
                                                        std::chrono::milliseconds limit) const override {
    const auto question = std::make_shared<Question>();
    question->host = host;
    std::unique_lock lock(mutex_);
    if (waiting_.size() >= kLongestQueue) return unresolved(host, "too many look-ups wait");
    waiting_.push_back(question);
    changed_.notify_all();
    if (!changed_.wait_for(lock, std::min(limit, timeout_), [&] { return question->answer.has_value(); })) {
      std::erase(waiting_, question);
      return unresolved(host, "time-out");
    }
    return *question->answer;
  }

 private:
  struct Question {
    std::string host;
    std::optional<base::Result<std::vector<std::string>>> answer;
  };

  void work(const std::stop_token& stop) const {
    res_init();  // this thread's own state: short waits, so that stopping never takes long
    _res.retrans = 2;
    _res.retry = 1;
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [&] { return !waiting_.empty(); })) {
      const auto question = waiting_.front();
      waiting_.pop_front();
      lock.unlock();
      auto answer = ask_system(question->host);
      lock.lock();
      question->answer = std::move(answer);
      changed_.notify_all();
    }
  }

  const std::chrono::milliseconds timeout_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  mutable std::deque<std::shared_ptr<Question>> waiting_;
  std::vector<std::jthread> threads_;  // last: stops before what it uses goes
};

}  // namespace

std::shared_ptr<const Resolver> make_system_resolver(std::chrono::milliseconds timeout) {
  return std::make_shared<SystemResolver>(timeout);
}

std::shared_ptr<const Resolver> system_resolver() {
  static const std::shared_ptr<const Resolver> resolver = make_system_resolver(std::chrono::seconds(5));
  return resolver;
}

}  // namespace net
