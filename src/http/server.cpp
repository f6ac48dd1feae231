#include "http/server.h"

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <mutex>
#include <system_error>

#include "base/thread.h"
#include "http/event_loop.h"
#include "http/httplib_shim.h"
#include "http/problem.h"
#include "http/server_seams.h"

namespace http {
namespace {

// Leaves a quarter of the process's descriptors to databases, git and the rest.
std::size_t affordable_connections(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
  return std::min<std::size_t>(wanted, std::max<std::size_t>(16, limit.rlim_cur / 4 * 3));
}

int port_of(int socket) {
  sockaddr_storage storage{};
  socklen_t length = sizeof(storage);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &length);  // NOLINT: how sockets are spoken to
  // The port is at the same place for IPv4 and IPv6.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);  // NOLINT
}

// Makes answers out of responses. Lives as long as any request is unanswered, which may be longer than the server.
class Answers {
 public:
  explicit Answers(std::size_t body_memory) : budget_(body_memory) {}

  ReplyQueue& replies() { return replies_; }
  MemoryBudget& budget() { return budget_; }

  // Any thread. Does not throw.
  void give(std::unique_ptr<Job> job, Response response) {
    Reply reply;
    reply.connection = job->connection;
    try {
      const Request& request = job->request;
      Prepared prepared;
      const auto answer = [&] { return prepare(std::move(response), request.method, request.request_id, job->close); };
      reply.bytes = shim_.run(request.method, request.target, answer, prepared);
      reply.file = std::move(prepared.file);
      reply.file_size = prepared.file_size;
      reply.doomed = std::move(prepared.doomed);
      reply.close = prepared.close;
    } catch (const std::exception&) {  // no memory for the answer: the connection closes without one
      reply.bytes.clear();
      reply.close = true;
    }
    job.reset();
    replies_.push(std::move(reply));
  }

 private:
  MemoryBudget budget_;
  HttplibShim shim_;
  ReplyQueue replies_;
};

Response unfinished(const Request& request) {
  auto response = problem(503, "The server could not finish this request. Send it again.", request.request_id);
  response.headers.add("Retry-After", "1");
  return response;
}

class RunningServer : public Server {
 public:
  RunningServer(const Router& router, ServerOptions options, TrustedProxies proxies)
      : router_(router),
        options_(std::move(options)),
        proxies_(std::move(proxies)),
        answers_(std::make_shared<Answers>(options_.max_body_memory)) {}
  ~RunningServer() override { stop(std::chrono::seconds(1)); }

  base::Status start(Accept accept, std::optional<BoundSocket> bound) {
    if (!bound) {
      ASSIGN_OR_RETURN(bound, bind(options_.address, options_.port));
    }
    port_ = bound->port;
    try {
      start_threads(Listener(std::move(bound->socket), std::move(accept)));
    } catch (const std::system_error& error) {
      return base::unavailable("The server cannot start its threads: " + error.code().message() + ".");
    }
    return {};
  }

  int port() const override { return port_; }

  void stop(std::chrono::milliseconds grace) override {
    const std::lock_guard lock(stopping_);
    if (loop_) loop_->begin_stop(grace);
    if (io_thread_.joinable()) io_thread_.join();
    if (api_) api_->stop();
    if (webhooks_) webhooks_->stop();
  }

  ServerStats stats() const override {
    ServerStats copy;
    copy.accepted = stats_.accepted;
    copy.requests = stats_.requests;
    copy.rejected = stats_.rejected;
    copy.timed_out = stats_.timed_out;
    copy.accept_errors = stats_.accept_errors;
    copy.open_connections = stats_.open_connections;
    return copy;
  }

 private:
  void start_threads(Listener listener) {
    const auto work = [this](std::unique_ptr<Job> job) { run(std::move(job)); };
    api_ = std::make_unique<WorkerLane>("http-api", options_.api_workers, options_.queue_limit, work);
    webhooks_ = std::make_unique<WorkerLane>("http-webhook", options_.webhook_workers, options_.queue_limit, work);
    loop_ = std::make_unique<EventLoop>(
        std::move(listener), LoopParts{router_, options_, proxies_, answers_->budget(), answers_->replies(), stats_,
                                       [this](Lane lane, std::unique_ptr<Job>& job) {
                                         return (lane == Lane::kWebhook ? *webhooks_ : *api_).push(job);
                                       }});
    io_thread_ = base::start_thread("http-io", [this](const std::stop_token&) { loop_->run(); });
  }

  // On a worker: the handler. Its answer is given at once, or by whoever has the Completion.
  void run(std::unique_ptr<Job> job) {
    auto response = router_.handle(job->request);
    job->close = job->close || loop_->stopping();
    if (!response.later) return answers_->give(std::move(job), std::move(response));
    const auto waiting = std::make_shared<std::unique_ptr<Job>>(std::move(job));
    response.later(Completion([answers = answers_, waiting](std::optional<Response> given) {
      auto unanswered = std::move(*waiting);
      auto answer = given ? *std::move(given) : unfinished(unanswered->request);
      answers->give(std::move(unanswered), std::move(answer));
    }));
  }

  const Router& router_;
  const ServerOptions options_;
  const TrustedProxies proxies_;
  const std::shared_ptr<Answers> answers_;
  LiveStats stats_;
  int port_ = 0;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<WorkerLane> api_;
  std::unique_ptr<WorkerLane> webhooks_;
  std::mutex stopping_;
  std::jthread io_thread_;
};

}  // namespace

base::Result<std::unique_ptr<Server>> start_server(const Router& router, ServerOptions options, ServerSeams seams) {
  std::signal(SIGPIPE, SIG_IGN);  // sendfile has no MSG_NOSIGNAL
  ASSIGN_OR_RETURN(auto proxies, TrustedProxies::parse(options.trusted_proxies));
  options.max_connections = affordable_connections(options.max_connections);
  if (!seams.accept) seams.accept = ::accept4;
  auto server = std::make_unique<RunningServer>(router, std::move(options), std::move(proxies));
  RETURN_IF_ERROR(server->start(std::move(seams.accept), std::move(seams.bound)));
  return std::unique_ptr<Server>(std::move(server));
}

base::Result<std::unique_ptr<Server>> Server::start(const Router& router, ServerOptions options) {
  return start_server(router, std::move(options), {});
}

base::Result<std::unique_ptr<Server>> Server::start(const Router& router, ServerOptions options, BoundSocket bound) {
  return start_server(router, std::move(options), {{}, std::move(bound)});
}

base::Result<BoundSocket> bind(const std::string& address, int port) {
  BoundSocket bound;
  ASSIGN_OR_RETURN(bound.socket, HttplibShim().bind(address, port));
  bound.port = port_of(bound.socket.get());
  return bound;
}

}  // namespace http
