#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "http/connection.h"
#include "http/lane.h"
#include "http/listener.h"
#include "http/router.h"
#include "http/server.h"

namespace http {

// Counters that any thread may read.
struct LiveStats {
  std::atomic<std::uint64_t> accepted{0}, requests{0}, rejected{0}, timed_out{0}, accept_errors{0};
  std::atomic<std::size_t> open_connections{0};
};

// What the loop shares with its server.
struct LoopParts {
  const Router& router;
  const ServerOptions& options;
  const TrustedProxies& proxies;
  MemoryBudget& budget;
  ReplyQueue& replies;
  LiveStats& stats;
  // Hands a complete request to the lane's workers; false, and the job is given back, if their queue is full.
  std::function<bool(Lane, std::unique_ptr<Job>&)> hand_over;
};

// The I/O thread: accepts, reads, writes, and keeps deadlines. Everything but begin_stop() is called on that thread.
class EventLoop {
 public:
  // Throws std::system_error if the machine has no descriptor left.
  EventLoop(Listener listener, LoopParts parts);

  // Until a stop was asked for and every connection has had its answer, or the grace is over.
  void run();

  // Any thread: no new connections; connections end as their answers are sent, at the latest after `grace`.
  void begin_stop(std::chrono::milliseconds grace);
  bool stopping() const { return stopping_.load(std::memory_order_relaxed); }

 private:
  using Phase = Connection::Phase;
  using Transfer = Connection::Transfer;

  // event_loop.cpp: waiting, accepting, deadlines, the end
  void turn();
  int wait_time(base::SteadyTime now) const;
  void take_replies();
  void accept_clients();
  void add(Listener::Client client);
  void turn_away(Connection& connection);
  void watch_listener(bool on);
  void drop(Connection& connection);
  void expire(Connection& connection);
  bool body_is_too_slow(const Connection& connection) const;
  void enter_stop();
  void guarded_advance(Connection& connection);

  // event_loop_io.cpp: one connection's course
  void advance(Connection& connection);
  void come_again(Connection& connection);
  void watch_writing(Connection& connection);
  bool read_some(Connection& connection);
  void consume(Connection& connection, std::string_view bytes);
  void on_head(Connection& connection);
  void on_request(Connection& connection);
  void dispatch(Connection& connection, Request request);
  bool host_is_allowed(const std::string& host) const;
  void begin_reply(Connection& connection, Reply reply);
  void answer(Connection& connection, Response response, bool close);
  void refuse(Connection& connection, int status, std::string_view message);
  bool after_reply(Connection& connection);
  void arm_reading(Connection& connection);

  Listener listener_;
  LoopParts parts_;
  base::FileDescriptor epoll_;
  base::SteadyTime now_;
  TimerWheel timers_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::map<IpAddress, std::size_t> per_address_;
  std::vector<std::uint64_t> again_;  // connections that have more to do without waiting
  std::vector<char> buffer_;
  std::uint64_t next_id_ = 16;  // lower numbers are other descriptors in epoll
  std::size_t counted_ = 0;     // connections within the caps
  std::atomic<bool> stopping_{false};
  std::atomic<std::chrono::milliseconds> grace_{};
  bool stop_entered_ = false;
  base::SteadyTime stop_deadline_;
};

}  // namespace http
