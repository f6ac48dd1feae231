#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/file.h"
#include "http/address.h"
#include "http/lane.h"
#include "http/memory_budget.h"
#include "http/reader.h"
#include "http/router.h"
#include "http/server.h"
#include "http/timer_wheel.h"

namespace http {

// One client's connection: what was read of its request, what is still to be written, and until when. Belongs to the
// I/O thread; does system calls on its own socket only. ConnectionServer decides.
class Connection : public Timer {
 public:
  enum class Phase {
    kHead,       // waits for, or reads, a request's head
    kBody,       // reads its body
    kWorking,    // a worker has the request
    kWriting,    // sends the answer
    kLingering,  // sent it, and takes what the client still sends, so that the answer is not lost in a reset
  };
  enum class Transfer { kMore, kBlocked, kDone, kFailed };

  Connection(std::uint64_t number, base::FileDescriptor socket, const IpAddress& peer, MemoryBudget& budget,
             base::SteadyTime now)
      : id(number), address(peer), memory(budget), request_began(now), socket_(std::move(socket)) {}

  int socket() const { return socket_.get(); }

  // Reads into `buffer`: the number of bytes, 0 at the end of the stream, nothing when none wait or on an error (then
  // `failed` is set).
  std::optional<std::size_t> receive(char* buffer, std::size_t size);

  void begin_reply(Reply reply);
  Transfer write_some();
  void send_continue();  // "100 Continue", if the socket takes it

  // Makes closing throw away what the kernel still holds for a client that does not read.
  void cut();

  bool closes() const { return reply_.close; }  // after the reply in hand
  void begin_linger();
  // kDone when the client has closed or sent too much.
  Transfer drain_some();

  // Makes ready for the next request on the same connection.
  void begin_next_request();

  const std::uint64_t id;
  const IpAddress address;
  Phase phase = Phase::kHead;
  bool readable = false;  // as far as epoll told and reading has not found out otherwise
  bool writable = true;
  bool hung_up = false;
  bool failed = false;
  bool refused = false;  // over a cap: told so, not counted as one of the connections
  bool queued_again = false;
  bool watches_writing = false;  // epoll tells when the socket takes bytes again
  bool unread_input = false;     // the client sent more than the request that is being answered
  std::uint64_t requests = 0;
  RequestReader reader;
  std::string request_id;
  const Route* route = nullptr;
  MemoryShare memory;  // of the body while it is read, of the answer while it is written
  base::SteadyTime request_began;
  base::SteadyTime body_began;

 private:
  Transfer write_bytes();
  Transfer write_file();

  base::FileDescriptor socket_;
  Reply reply_;
  std::size_t written_ = 0;
  std::size_t drained_ = 0;
};

}  // namespace http
