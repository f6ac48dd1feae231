#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/id.h"
#include "base/strings.h"
#include "http/event_loop.h"
#include "http/problem.h"
#include "http/target.h"
#include "http/wire.h"

namespace http {
namespace {

constexpr int kReadsPerTurn = 4;
constexpr std::chrono::milliseconds kLinger{2000};
constexpr std::chrono::milliseconds kRateCheck{1000};
constexpr std::uint64_t kRequestsPerConnection = 1000;
constexpr std::size_t kReplyCounted = std::size_t{256} << 10U;  // smaller answers are not refused for lack of memory

std::string new_request_id() { return base::random_id("req"); }

// "Example.org:8080" without its port, in lower case.
std::string host_name(std::string_view host) {
  const auto bracket = host.find(']');
  const auto colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  return base::to_lower(host.substr(0, colon));
}

}  // namespace

void EventLoop::advance(Connection& connection) {
  while (true) {
    switch (connection.phase) {
      case Phase::kWorking: return;
      case Phase::kHead:
      case Phase::kBody:
        if (!read_some(connection)) return;
        break;
      case Phase::kLingering:
        if (connection.drain_some() == Transfer::kDone) drop(connection);
        return;
      case Phase::kWriting:
        switch (connection.write_some()) {
          case Transfer::kFailed: return drop(connection);
          case Transfer::kBlocked: return watch_writing(connection);
          case Transfer::kMore: return come_again(connection);
          case Transfer::kDone: break;
        }
        if (!after_reply(connection)) return;
        break;
    }
  }
}

void EventLoop::come_again(Connection& connection) {
  if (!connection.queued_again) again_.push_back(connection.id);
  connection.queued_again = true;
}

void EventLoop::watch_writing(Connection& connection) {
  if (std::exchange(connection.watches_writing, true)) return;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.u64 = connection.id;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, connection.socket(), &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

// False if there is nothing to do for now, or the connection is gone.
bool EventLoop::read_some(Connection& connection) {
  for (int turns = 0; connection.readable; ++turns) {
    if (turns == kReadsPerTurn) {
      come_again(connection);
      return false;
    }
    const auto count = connection.receive(buffer_.data(), buffer_.size());
    if (connection.failed || count == 0U) {
      drop(connection);
      return false;
    }
    if (!count) continue;
    consume(connection, {buffer_.data(), *count});
    if (connection.phase != Phase::kHead && connection.phase != Phase::kBody) return true;
  }
  return false;
}

void EventLoop::consume(Connection& connection, std::string_view bytes) {
  RequestReader& reader = connection.reader;
  if (!reader.started() && connection.requests > 0) {
    connection.request_began = now_;
    timers_.arm(connection, now_ + parts_.options.head_deadline);
  }
  while (connection.phase == Phase::kHead || connection.phase == Phase::kBody) {
    bytes.remove_prefix(reader.feed(bytes));
    connection.unread_input = !bytes.empty();
    switch (reader.state()) {
      case RequestReader::State::kHead: return;
      case RequestReader::State::kBody:
        if (connection.memory.grow_to(reader.body().size())) return;
        return refuse(connection, 503, "There is no memory left for this body now. Try again in a moment.");
      case RequestReader::State::kHeadDone: on_head(connection); break;
      case RequestReader::State::kDone: return on_request(connection);
      case RequestReader::State::kRefused: return refuse(connection, reader.refusal().status, reader.refusal().message);
    }
  }
}

bool EventLoop::host_is_allowed(const std::string& host) const {
  const auto& allowed = parts_.options.allowed_hosts;
  const auto name = host_name(host);
  return allowed.empty() || std::ranges::any_of(allowed, [&](const std::string& entry) {
           return base::equals_ignoring_case(entry, host) || base::equals_ignoring_case(entry, name);
         });
}

void EventLoop::on_head(Connection& connection) {
  RequestHead& head = connection.reader.head();
  connection.request_id = new_request_id();
  const bool body_began = connection.unread_input;
  connection.unread_input |= head.has_body();
  const bool close = !head.keep_alive || connection.unread_input;
  if (!host_is_allowed(head.host)) {
    return answer(connection, problem(421, "This server does not answer for that host.", connection.request_id), close);
  }
  const auto path = std::string_view(head.target).substr(0, head.target.find('?'));
  const auto match = parts_.router.match(head.method, path);
  if (!match || match->route == nullptr) {
    Request request;
    request.method = head.method;
    request.path = std::string(path);
    request.request_id = connection.request_id;
    return answer(connection, parts_.router.handle(request), close);  // 400, 404 or 405
  }
  connection.route = match->route;
  connection.reader.expect_body(match->route->body_limit);
  if (connection.reader.state() != RequestReader::State::kBody) return;
  if (head.expects_continue && !body_began) connection.send_continue();
  connection.phase = Phase::kBody;
  connection.body_began = now_;
  arm_reading(connection);
}

void EventLoop::arm_reading(Connection& connection) {
  const ServerOptions& options = parts_.options;
  const auto next_check = std::max(connection.body_began + options.body_deadline / 6, now_ + kRateCheck);
  timers_.arm(connection, std::min({connection.body_began + options.body_deadline,
                                    connection.request_began + options.request_deadline, next_check}));
}

void EventLoop::on_request(Connection& connection) {
  RequestHead& head = connection.reader.head();
  Request request;
  request.method = head.method;
  request.target = std::move(head.target);
  request.headers = std::move(head.headers);
  request.body = connection.reader.take_body();
  request.request_id = connection.request_id;
  request.peer = client_address(connection.address, request.headers, parts_.proxies).text();
  if (!parts_.proxies.contains(connection.address)) remove_forwarded(request.headers);
  const auto split = split_target(request);
  if (split) return dispatch(connection, std::move(request));
  const bool close = !head.keep_alive || connection.unread_input;
  answer(connection, problem(400, split.error().message, connection.request_id), close);
}

void EventLoop::dispatch(Connection& connection, Request request) {
  ++parts_.stats.requests;
  const Lane lane = connection.route->lane;
  const bool close = !connection.reader.head().keep_alive || lane == Lane::kWebhook || connection.unread_input ||
                     stop_entered_ || connection.requests + 1 >= kRequestsPerConnection;
  if (lane == Lane::kHealth) return answer(connection, parts_.router.handle(request), close);
  auto job = std::make_unique<Job>();
  job->connection = connection.id;
  job->request = std::move(request);
  job->close = close;
  job->memory = std::move(connection.memory);
  if (!parts_.hand_over(lane, job)) return refuse(connection, 503, "The server is busy. Try again in a moment.");
  connection.phase = Phase::kWorking;
  timers_.cancel(connection);
}

void EventLoop::begin_reply(Connection& connection, Reply reply) {
  const std::size_t size = reply.bytes.size();
  if (size > kReplyCounted && !connection.memory.grow_to(size)) {
    return refuse(connection, 503, "There is no memory left for this answer now. Try again in a moment.");
  }
  ++connection.requests;
  connection.begin_reply(std::move(reply));
  timers_.arm(connection, now_ + parts_.options.write_deadline);
}

void EventLoop::answer(Connection& connection, Response response, bool close) {
  auto prepared = prepare(std::move(response), connection.reader.head().method, connection.request_id, close);
  Reply reply;
  reply.bytes = serialize(prepared);
  reply.file = std::move(prepared.file);
  reply.file_size = prepared.file_size;
  reply.doomed = std::move(prepared.doomed);
  reply.close = close;
  begin_reply(connection, std::move(reply));
}

void EventLoop::refuse(Connection& connection, int status, std::string_view message) {
  if (connection.request_id.empty()) connection.request_id = new_request_id();
  connection.unread_input = true;
  connection.memory.release();
  auto response = problem(status, message, connection.request_id);
  if (status == 405) response.headers.add("Allow", "GET, HEAD, POST, PUT, PATCH, DELETE");
  if (status == 503) {
    response.headers.add("Retry-After", "1");
    ++parts_.stats.rejected;
  }
  answer(connection, std::move(response), true);
}

// False if the connection is gone.
bool EventLoop::after_reply(Connection& connection) {
  if (connection.closes() || stop_entered_) {
    if (!connection.unread_input && !connection.readable) {
      drop(connection);
      return false;
    }
    connection.begin_linger();
    timers_.arm(connection, now_ + kLinger);
    return true;
  }
  connection.begin_next_request();
  timers_.arm(connection, now_ + parts_.options.keep_alive);
  return true;
}

}  // namespace http
