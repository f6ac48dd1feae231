#include "http/httplib_shim.h"

#include <fcntl.h>
#include <httplib.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace http {
namespace {

// cpp-httplib's view of a connection: a finished request in memory, and a string for the answer. Later versions of the
// library ask more questions than 0.11.4; they are answered without `override`, which fits every version.
// NOLINTBEGIN(modernize-use-override)
class MemoryStream : public httplib::Stream {
 public:
  explicit MemoryStream(std::string request) : request_(std::move(request)) {}

  bool is_readable() const { return true; }
  bool is_writable() const { return true; }
  bool wait_readable() const { return true; }
  bool wait_writable() const { return true; }
  bool is_peer_alive() const { return true; }
  time_t duration() const { return 0; }
  ssize_t read(char* data, size_t size) {
    const auto count = std::min(size, request_.size() - read_);
    std::memcpy(data, request_.data() + read_, count);
    read_ += count;
    return static_cast<ssize_t>(count);
  }
  ssize_t write(const char* data, size_t size) {
    answer_.append(data, size);
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string& ip, int& port) const { ip.clear(), port = 0; }
  void get_local_ip_and_port(std::string& ip, int& port) const { ip.clear(), port = 0; }
  socket_t socket() const { return 0; }

  std::string take_answer() { return std::move(answer_); }

 private:
  std::string request_;
  std::size_t read_ = 0;
  std::string answer_;
};
// NOLINTEND(modernize-use-override)

// What the library's hooks, which get only its own types, need to know of the request in hand.
struct Exchange {
  const std::function<Prepared()>& answer;
  Prepared& answered;
  bool done = false;
};

thread_local Exchange* current_exchange = nullptr;

httplib::Server::HandlerResponse answer_request(const httplib::Request& /*request*/, httplib::Response& response) {
  Exchange& exchange = *current_exchange;
  exchange.answered = exchange.answer();
  exchange.done = true;
  response.status = exchange.answered.status;
  response.body = std::move(exchange.answered.body);
  return httplib::Server::HandlerResponse::Handled;
}

// Runs just before the head is written: the library adds fields of its own, which differ by version; ours replace them.
void replace_fields(const httplib::Request& /*request*/, httplib::Response& response) {
  response.headers.clear();
  for (const auto& [name, value] : current_exchange->answered.headers.fields()) response.headers.emplace(name, value);
}

}  // namespace

class HttplibShim::Impl : public httplib::Server {
 public:
  Impl() {
    set_pre_routing_handler(answer_request);
    set_post_routing_handler(replace_fields);
    // The library's default also sets SO_REUSEPORT, with which a second server on the same port goes unnoticed.
    set_socket_options([](socket_t socket) {
      const int on = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    });
  }

  int listening_socket() const { return svr_sock_; }

  void process(httplib::Stream& stream) { process_as(*this, stream); }

 private:
  // process_request takes the two ends of the connection besides in newer versions.
  template <class Self>
  static void process_as(Self& self, httplib::Stream& stream) {
    bool closed = false;
    if constexpr (requires {
                    self.process_request(stream, std::string(), 0, std::string(), 0, true, closed, nullptr);
                  }) {
      self.process_request(stream, std::string(), 0, std::string(), 0, true, closed, nullptr);
    } else {
      self.process_request(stream, true, closed, nullptr);
    }
  }
};

// One request now makes the library build its static tables before there are threads, where everyone sees them done.
HttplibShim::HttplibShim() : impl_(std::make_unique<Impl>()) {
  Prepared unused;
  run(
      Method::kGet, "/", [] { return Prepared(); }, unused);
}
HttplibShim::~HttplibShim() = default;

base::Result<base::FileDescriptor> HttplibShim::bind(const std::string& address, int port) {
  errno = 0;
  const bool bound = port == 0 ? impl_->bind_to_any_port(address) > 0 : impl_->bind_to_port(address, port);
  const int error = errno;
  if (!bound) {
    return base::unavailable("Cannot listen on " + address + ", port " + std::to_string(port) + ": " +
                             (error == 0 ? "the address is in use, not this machine's, or does not exist"
                                         : std::generic_category().message(error)) +
                             ".");
  }
  base::FileDescriptor socket(impl_->listening_socket());
  constexpr int kBacklog = 1024;
  if (::listen(socket.get(), kBacklog) != 0 || ::fcntl(socket.get(), F_SETFD, FD_CLOEXEC) != 0 ||
      ::fcntl(socket.get(), F_SETFL, O_NONBLOCK) != 0) {
    return base::unavailable("Cannot listen on " + address + ": " + std::generic_category().message(errno) + ".");
  }
  return socket;
}

std::string HttplibShim::run(Method method, const std::string& target, const std::function<Prepared()>& answer,
                             Prepared& answered) {
  Exchange exchange{answer, answered};
  current_exchange = &exchange;
  MemoryStream stream(std::string(method_name(method)) + " " + target + " HTTP/1.1\r\nConnection: close\r\n\r\n");
  impl_->process(stream);
  current_exchange = nullptr;
  if (exchange.done) return stream.take_answer();
  answered = answer();  // the library refused what we let through: answer all the same
  return serialize(answered);
}

}  // namespace http
