#include "http/event_loop.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <system_error>

namespace http {
namespace {

constexpr std::uint64_t kListenerId = 1;
constexpr std::uint64_t kRepliesId = 2;
constexpr int kAcceptsPerTurn = 64;
constexpr std::chrono::milliseconds kSilentAtStop{1000};  // for clients that connected and sent nothing yet
constexpr std::size_t kReadBuffer = std::size_t{64} << 10U;

void watch(int epoll, int operation, int socket, std::uint32_t events, std::uint64_t id) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  if (::epoll_ctl(epoll, operation, socket, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

}  // namespace

EventLoop::EventLoop(Listener listener, LoopParts parts)
    : listener_(std::move(listener)),
      parts_(std::move(parts)),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      now_(std::chrono::steady_clock::now()),
      timers_(now_),
      buffer_(kReadBuffer) {
  if (!epoll_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  watch(epoll_.get(), EPOLL_CTL_ADD, listener_.socket(), EPOLLIN, kListenerId);
  watch(epoll_.get(), EPOLL_CTL_ADD, parts_.replies.event(), EPOLLIN, kRepliesId);
}

void EventLoop::begin_stop(std::chrono::milliseconds grace) {
  grace_ = grace;
  stopping_ = true;
  parts_.replies.wake();
}

void EventLoop::run() {
  while (!stop_entered_ || (!connections_.empty() && now_ < stop_deadline_)) {
    try {
      turn();
    } catch (const std::exception&) {  // no memory for a list of ours; who missed an event meets a deadline
    }
  }
  for (auto& [id, connection] : connections_) connection->cut();
  connections_.clear();
  parts_.stats.open_connections = 0;
}

void EventLoop::turn() {
  std::array<epoll_event, 256> events{};
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait_time(now_));
  now_ = std::chrono::steady_clock::now();
  for (int index = 0; index < count; ++index) {
    const epoll_event& event = events[static_cast<std::size_t>(index)];
    if (event.data.u64 == kListenerId) {
      accept_clients();
    } else if (event.data.u64 == kRepliesId) {
      take_replies();
    } else if (const auto found = connections_.find(event.data.u64); found != connections_.end()) {
      Connection& connection = *found->second;
      connection.hung_up |= (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
      connection.readable |= connection.hung_up || (event.events & EPOLLIN) != 0;
      connection.writable |= (event.events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0;
      guarded_advance(connection);
    }
  }
  for (const auto id : std::exchange(again_, {})) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) continue;
    found->second->queued_again = false;
    guarded_advance(*found->second);
  }
  for (Timer* timer : timers_.take_due(now_)) expire(static_cast<Connection&>(*timer));
  if (listener_.resume_at() && now_ >= *listener_.resume_at()) watch_listener(true);
  if (stopping_ && !stop_entered_) enter_stop();
}

int EventLoop::wait_time(base::SteadyTime now) const {
  if (!again_.empty() || (stopping_ && !stop_entered_)) return 0;
  auto wait = timers_.until_next(now);
  const auto consider = [&](base::SteadyTime time) {
    const auto until = std::max(std::chrono::ceil<std::chrono::milliseconds>(time - now), std::chrono::milliseconds(0));
    wait = wait ? std::min(*wait, until) : until;
  };
  if (listener_.resume_at()) consider(*listener_.resume_at());
  if (stop_entered_) consider(stop_deadline_);
  return wait ? static_cast<int>(std::min(*wait, std::chrono::milliseconds(60'000)).count()) : -1;
}

void EventLoop::take_replies() {
  for (Reply& reply : parts_.replies.take()) {
    const auto found = connections_.find(reply.connection);
    if (found == connections_.end()) continue;
    begin_reply(*found->second, std::move(reply));
    guarded_advance(*found->second);
  }
}

void EventLoop::watch_listener(bool on) {
  if (on) listener_.resume();
  if (!listener_.open()) return;
  watch(epoll_.get(), EPOLL_CTL_MOD, listener_.socket(), on ? static_cast<std::uint32_t>(EPOLLIN) : 0U, kListenerId);
}

void EventLoop::accept_clients() {
  for (int count = 0; count < kAcceptsPerTurn; ++count) {
    const auto turned_away = listener_.turned_away();
    auto client = listener_.next();
    parts_.stats.accept_errors = listener_.errors();
    parts_.stats.rejected += listener_.turned_away() - turned_away;
    if (!client) break;
    try {
      add(std::move(*client));
    } catch (const std::exception&) {  // no memory or no room in epoll: this client is dropped
      ++parts_.stats.rejected;
    }
  }
  if (listener_.resume_at()) watch_listener(false);
}

void EventLoop::add(Listener::Client client) {
  ++parts_.stats.accepted;
  const ServerOptions& options = parts_.options;
  const std::size_t margin = options.max_connections / 4 + 16;  // for clients who are being told 503
  if (connections_.size() >= options.max_connections + margin) {
    ++parts_.stats.rejected;
    return;
  }
  auto made = std::make_unique<Connection>(next_id_++, std::move(client.socket), client.address, parts_.budget, now_);
  Connection& connection = *made;
  watch(epoll_.get(), EPOLL_CTL_ADD, connection.socket(), EPOLLIN | EPOLLRDHUP | EPOLLET, connection.id);
  connections_.emplace(connection.id, std::move(made));
  parts_.stats.open_connections = connections_.size();
  const auto same_address = per_address_.find(connection.address.network());
  const bool address_is_full = same_address != per_address_.end() &&
                               same_address->second >= options.max_connections_per_address &&
                               !parts_.proxies.contains(connection.address);
  connection.refused = counted_ >= options.max_connections || address_is_full;
  if (connection.refused) return turn_away(connection);
  ++counted_;
  ++per_address_[connection.address.network()];
  timers_.arm(connection, now_ + options.head_deadline);
}

void EventLoop::turn_away(Connection& connection) {
  refuse(connection, 503, "There are too many connections. Try again in a moment.");
  guarded_advance(connection);
}

void EventLoop::drop(Connection& connection) {
  if (!connection.refused) {
    --counted_;
    const auto same_address = per_address_.find(connection.address.network());
    if (--same_address->second == 0) per_address_.erase(same_address);
  }
  connections_.erase(connection.id);
  parts_.stats.open_connections = connections_.size();
}

void EventLoop::guarded_advance(Connection& connection) {
  const auto id = connection.id;
  try {
    advance(connection);
  } catch (const std::exception&) {  // out of memory, most likely: this connection pays for it, the others go on
    if (const auto found = connections_.find(id); found != connections_.end()) drop(*found->second);
  }
}

bool EventLoop::body_is_too_slow(const Connection& connection) const {
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(now_ - connection.body_began);
  if (elapsed < parts_.options.body_deadline / 6) return false;  // a slow start is forgiven
  const auto due = parts_.options.body_bytes_per_second * static_cast<std::size_t>(elapsed.count()) / 1000;
  return connection.reader.body().size() < due;
}

void EventLoop::expire(Connection& connection) {
  const ServerOptions& options = parts_.options;
  if (connection.phase == Phase::kBody) {
    const bool late = now_ >= connection.body_began + options.body_deadline ||
                      now_ >= connection.request_began + options.request_deadline;
    if (!late && !body_is_too_slow(connection)) return arm_reading(connection);
  }
  const bool silent = connection.phase == Phase::kHead && !connection.reader.started();
  if (silent && (connection.requests > 0 || stop_entered_)) return drop(connection);
  if (connection.phase != Phase::kLingering) ++parts_.stats.timed_out;
  if (connection.phase == Phase::kHead || connection.phase == Phase::kBody) {
    refuse(connection, 408, "The request did not arrive in time.");
    return guarded_advance(connection);
  }
  connection.cut();
  drop(connection);
}

void EventLoop::enter_stop() {
  stop_entered_ = true;
  const auto grace = grace_.load();
  stop_deadline_ = now_ + grace;
  // Whom the kernel has welcomed is answered too.
  while (auto client = listener_.next()) add(std::move(*client));
  listener_.close();
  std::vector<std::uint64_t> idle;
  for (const auto& [id, connection] : connections_) {
    if (connection->phase != Phase::kHead || connection->reader.started()) continue;
    if (connection->requests > 0 && !connection->readable) {
      idle.push_back(id);
    } else {
      timers_.arm(*connection, now_ + std::min(grace, kSilentAtStop));
    }
  }
  for (const auto id : idle) drop(*connections_.at(id));
}

}  // namespace http
