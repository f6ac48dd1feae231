#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// AMQP 1.0 (OASIS, parts 1 to 3): values and frames. Pure.
namespace probes {

struct AmqpValue {
  enum class Kind { kNull, kBool, kUnsigned, kSigned, kText, kBinary, kList, kMap, kDescribed, kOther };
  Kind kind = Kind::kNull;
  bool truth = false;
  std::uint64_t number = 0;      // kUnsigned; kSigned as two's complement; the descriptor's code of kDescribed
  std::string text;              // kText (string and symbol), kBinary
  std::vector<AmqpValue> items;  // kList, kMap (name, value, name, …); the one value of kDescribed

  const AmqpValue& at(std::size_t index) const;        // of a list, or of a described list; null beyond its end
  const AmqpValue* find(std::string_view name) const;  // of a map
};

// Reads one value off the front of `bytes`, which shrinks; nothing if it is cut off, of an unknown type, deeper than 16
// or has more than 4,096 parts.
std::optional<AmqpValue> read_amqp_value(std::string_view& bytes);

struct AmqpFrame {
  enum class Type : std::uint8_t { kAmqp = 0, kSasl = 1 };
  Type type = Type::kAmqp;
  AmqpValue performative;  // kDescribed; kNull for an empty frame
  std::string payload;     // of a transfer
};
constexpr std::size_t kAmqpFrameHead = 8;
constexpr std::size_t kAmqpLargestFrame = std::size_t{64} << 10U;
// The whole size that the first 4 bytes of a frame tell; nothing if it is not from 8 to 64 KB.
std::optional<std::size_t> amqp_frame_size(std::string_view head);
std::optional<AmqpFrame> read_amqp_frame(std::string_view frame);

// Encoders: each gives one value.
std::string amqp_null();
std::string amqp_bool(bool value);
std::string amqp_uint(std::uint32_t value);
std::string amqp_ubyte(std::uint8_t value);
std::string amqp_text(std::string_view text);
std::string amqp_symbol(std::string_view text);
std::string amqp_binary(std::string_view bytes);
std::string amqp_list(const std::vector<std::string>& values);
std::string amqp_map(const std::vector<std::string>& names_and_values);
std::string amqp_described(std::uint8_t code, const std::string& value);
std::string amqp_frame(AmqpFrame::Type type, const std::string& performative, std::string_view payload = {});

// Descriptor codes (part 2, section 2.7; part 3, section 3.2; part 5, section 5.3).
namespace amqp {
constexpr std::uint8_t kOpen = 0x10, kBegin = 0x11, kAttach = 0x12, kFlow = 0x13, kTransfer = 0x14, kDisposition = 0x15,
                       kDetach = 0x16, kEnd = 0x17, kClose = 0x18, kError = 0x1d, kAccepted = 0x24, kSource = 0x28,
                       kTarget = 0x29, kMechanisms = 0x40, kInit = 0x41, kOutcome = 0x44, kProperties = 0x73,
                       kApplicationProperties = 0x74, kValue = 0x77;
}  // namespace amqp

}  // namespace probes
