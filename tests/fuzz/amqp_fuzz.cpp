#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "probes/amqp.h"

// Any bytes of a server, as a frame and as the sections of a message.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto frame = probes::read_amqp_frame(bytes);
  if (frame && frame->payload.size() + probes::kAmqpFrameHead > size) std::abort();
  while (!bytes.empty()) {
    const std::size_t before = bytes.size();
    const auto value = probes::read_amqp_value(bytes);
    if (!value) break;
    if (bytes.size() >= before) std::abort();
    static_cast<void>(value->at(3));
    static_cast<void>(value->find("status-code"));
  }
  return 0;
}
