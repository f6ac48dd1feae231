#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace webhooks {

// Bodies as they are kept. A provider's JSON names the same addresses over and over: LZ4 makes it a third of its size
// in less time than writing the rest to disk takes. A body that would not become smaller is kept as it came.
enum class Packing { kNone = 0, kLz4 = 1 };  // the numbers are in the database

struct Packed {
  Packing packing = Packing::kNone;
  std::string bytes;
};
Packed pack(std::string_view body);

// The body again, `size` bytes. Nothing if the bytes are not what pack() made of such a body.
std::optional<std::string> unpack(Packing packing, std::string bytes, std::size_t size);

}  // namespace webhooks
