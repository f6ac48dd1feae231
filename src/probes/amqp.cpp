#include "probes/amqp.h"

namespace probes {
namespace {

constexpr int kDeepest = 16;
constexpr std::size_t kMostParts = 4096;

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::optional<AmqpValue> value(int depth = 0) {
    const auto code = big(1);
    if (!code || depth > kDeepest || ++parts_ > kMostParts) return std::nullopt;
    return *code == 0 ? described(depth) : of_code(static_cast<std::uint8_t>(*code), depth);
  }
  std::string_view rest() const { return rest_; }

 private:
  using Kind = AmqpValue::Kind;

  std::optional<std::uint64_t> big(std::size_t size) {
    if (rest_.size() < size) return std::nullopt;
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < size; ++i) number = (number << 8U) | static_cast<unsigned char>(rest_[i]);
    rest_.remove_prefix(size);
    return number;
  }
  std::optional<std::string_view> take(std::uint64_t size) {
    if (rest_.size() < size) return std::nullopt;
    const auto part = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return part;
  }

  std::optional<AmqpValue> described(int depth) {
    const auto descriptor = value(depth + 1);
    auto content = descriptor ? value(depth + 1) : std::nullopt;
    if (!content) return std::nullopt;
    AmqpValue out{.kind = Kind::kDescribed, .number = descriptor->number, .text = descriptor->text};
    out.items.push_back(*std::move(content));
    return out;
  }

  std::optional<AmqpValue> number(Kind kind, std::size_t size) {
    const auto found = big(size);
    if (!found) return std::nullopt;
    std::uint64_t bits = *found;
    const bool negative = kind == Kind::kSigned && size < 8 && ((bits >> (8 * size - 1)) & 1U) != 0;
    if (negative) bits |= ~std::uint64_t{0} << (8 * size);
    return AmqpValue{.kind = kind, .number = bits};
  }

  std::optional<AmqpValue> bytes(Kind kind, std::size_t length_size) {
    const auto size = big(length_size);
    const auto part = size ? take(*size) : std::nullopt;
    if (!part) return std::nullopt;
    return AmqpValue{.kind = kind, .text = std::string(*part)};
  }

  std::optional<AmqpValue> compound(Kind kind, std::size_t length_size, int depth) {
    const auto size = big(length_size);
    const auto part = size ? take(*size) : std::nullopt;
    if (!part) return std::nullopt;
    const std::string_view after = rest_;
    rest_ = *part;
    const auto count = big(length_size);
    if (!count || *count > kMostParts) return std::nullopt;
    AmqpValue out{.kind = kind};
    for (std::uint64_t i = 0; i < *count; ++i) {
      auto item = value(depth + 1);
      if (!item) return std::nullopt;
      out.items.push_back(*std::move(item));
    }
    rest_ = after;
    return out;
  }

  std::optional<AmqpValue> of_code(std::uint8_t code, int depth) {
    switch (code) {
      case 0x40: return AmqpValue{};
      case 0x41: return AmqpValue{.kind = Kind::kBool, .truth = true};
      case 0x42: return AmqpValue{.kind = Kind::kBool};
      case 0x56: {
        const auto byte = big(1);
        if (!byte) return std::nullopt;
        return AmqpValue{.kind = Kind::kBool, .truth = *byte != 0};
      }
      case 0x43:
      case 0x44: return AmqpValue{.kind = Kind::kUnsigned};
      case 0x50:
      case 0x52:
      case 0x53: return number(Kind::kUnsigned, 1);
      case 0x60: return number(Kind::kUnsigned, 2);
      case 0x70: return number(Kind::kUnsigned, 4);
      case 0x80: return number(Kind::kUnsigned, 8);
      case 0x51:
      case 0x54:
      case 0x55: return number(Kind::kSigned, 1);
      case 0x61: return number(Kind::kSigned, 2);
      case 0x71: return number(Kind::kSigned, 4);
      case 0x81:
      case 0x83: return number(Kind::kSigned, 8);  // long, timestamp
      case 0x72:
      case 0x73:
      case 0x74: return number(Kind::kOther, 4);  // float, char, decimal32
      case 0x82:
      case 0x84: return number(Kind::kOther, 8);
      case 0x94:
      case 0x98: return take(16) ? std::optional(AmqpValue{.kind = Kind::kOther}) : std::nullopt;
      case 0xA0: return bytes(Kind::kBinary, 1);
      case 0xB0: return bytes(Kind::kBinary, 4);
      case 0xA1:
      case 0xA3: return bytes(Kind::kText, 1);
      case 0xB1:
      case 0xB3: return bytes(Kind::kText, 4);
      case 0x45: return AmqpValue{.kind = Kind::kList};
      case 0xC0: return compound(Kind::kList, 1, depth);
      case 0xD0: return compound(Kind::kList, 4, depth);
      case 0xC1: return compound(Kind::kMap, 1, depth);
      case 0xD1: return compound(Kind::kMap, 4, depth);
      case 0xE0: return array(1, depth);
      case 0xF0: return array(4, depth);
      default: return std::nullopt;
    }
  }

  // One constructor for all; only symbols and strings are kept (the mechanisms of SASL), as a list.
  std::optional<AmqpValue> array(std::size_t length_size, int depth) {
    const auto size = big(length_size);
    const auto part = size ? take(*size) : std::nullopt;
    if (!part) return std::nullopt;
    const std::string_view after = rest_;
    rest_ = *part;
    const auto count = big(length_size), code = big(1);
    if (!count || !code || *count > kMostParts) return std::nullopt;
    AmqpValue out{.kind = Kind::kList};
    const bool texts = *code == 0xA1 || *code == 0xA3 || *code == 0xB1 || *code == 0xB3;
    for (std::uint64_t i = 0; texts && i < *count; ++i) {
      auto item = of_code(static_cast<std::uint8_t>(*code), depth + 1);
      if (!item) return std::nullopt;
      out.items.push_back(*std::move(item));
    }
    rest_ = after;
    return out;
  }

  std::string_view rest_;
  std::size_t parts_ = 0;
};

void put_big(std::string& out, std::uint64_t value, std::size_t size) {
  for (std::size_t i = size; i > 0; --i) out += static_cast<char>((value >> (8 * (i - 1))) & 0xFFU);
}

std::string sized(char small, char large, std::string_view bytes) {
  std::string out;
  const bool fits = bytes.size() < 256;
  out += fits ? small : large;
  put_big(out, bytes.size(), fits ? 1 : 4);
  out += bytes;
  return out;
}

std::string compound(char code, const std::vector<std::string>& values) {
  std::string body;
  put_big(body, values.size(), 4);
  for (const auto& value : values) body += value;
  std::string out(1, code);
  put_big(out, body.size(), 4);
  return out + body;
}

}  // namespace

const AmqpValue& AmqpValue::at(std::size_t index) const {
  static const AmqpValue kNothing;
  const AmqpValue& list = kind == Kind::kDescribed && !items.empty() ? items.front() : *this;
  return list.kind == Kind::kList && index < list.items.size() ? list.items[index] : kNothing;
}

const AmqpValue* AmqpValue::find(std::string_view name) const {
  const AmqpValue& map = kind == Kind::kDescribed && !items.empty() ? items.front() : *this;
  if (map.kind != Kind::kMap) return nullptr;
  for (std::size_t i = 0; i + 1 < map.items.size(); i += 2) {
    if (map.items[i].text == name) return &map.items[i + 1];
  }
  return nullptr;
}

std::optional<AmqpValue> read_amqp_value(std::string_view& bytes) {
  Reader reader(bytes);
  auto value = reader.value();
  if (value) bytes = reader.rest();
  return value;
}

std::optional<std::size_t> amqp_frame_size(std::string_view head) {
  if (head.size() < 4) return std::nullopt;
  std::size_t size = 0;
  for (std::size_t i = 0; i < 4; ++i) size = (size << 8U) | static_cast<unsigned char>(head[i]);
  if (size < kAmqpFrameHead || size > kAmqpLargestFrame) return std::nullopt;
  return size;
}

std::optional<AmqpFrame> read_amqp_frame(std::string_view frame) {
  const auto size = amqp_frame_size(frame);
  if (!size || frame.size() != *size) return std::nullopt;
  const std::size_t offset = std::size_t{4} * static_cast<unsigned char>(frame[4]);
  const auto type = static_cast<unsigned char>(frame[5]);
  if (offset < kAmqpFrameHead || offset > frame.size() || type > 1) return std::nullopt;
  AmqpFrame out{.type = static_cast<AmqpFrame::Type>(type)};
  std::string_view body = frame.substr(offset);
  if (body.empty()) return out;
  auto performative = read_amqp_value(body);
  if (!performative || performative->kind != AmqpValue::Kind::kDescribed) return std::nullopt;
  out.performative = *std::move(performative);
  out.payload = body;
  return out;
}

std::string amqp_null() { return "\x40"; }
std::string amqp_bool(bool value) { return value ? "\x41" : "\x42"; }
std::string amqp_uint(std::uint32_t value) {
  std::string out(1, '\x70');
  put_big(out, value, 4);
  return out;
}
std::string amqp_ubyte(std::uint8_t value) { return std::string(1, '\x50') + static_cast<char>(value); }
std::string amqp_text(std::string_view text) { return sized('\xA1', '\xB1', text); }
std::string amqp_symbol(std::string_view text) { return sized('\xA3', '\xB3', text); }
std::string amqp_binary(std::string_view bytes) { return sized('\xA0', '\xB0', bytes); }
std::string amqp_list(const std::vector<std::string>& values) { return compound('\xD0', values); }
std::string amqp_map(const std::vector<std::string>& names_and_values) { return compound('\xD1', names_and_values); }
std::string amqp_described(std::uint8_t code, const std::string& value) {
  return std::string(1, '\0') + "\x53" + static_cast<char>(code) + value;
}

std::string amqp_frame(AmqpFrame::Type type, const std::string& performative, std::string_view payload) {
  std::string out;
  put_big(out, kAmqpFrameHead + performative.size() + payload.size(), 4);
  out += '\x02';
  out += static_cast<char>(type);
  put_big(out, 0, 2);
  return out + performative + std::string(payload);
}

}  // namespace probes
