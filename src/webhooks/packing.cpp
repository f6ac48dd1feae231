#include "webhooks/packing.h"

#include <lz4.h>

#include <utility>

namespace webhooks {
namespace {

constexpr std::size_t kWorthPacking = 512;

}  // namespace

Packed pack(std::string_view body) {
  if (body.size() < kWorthPacking || body.size() > LZ4_MAX_INPUT_SIZE) return {Packing::kNone, std::string(body)};
  std::string bytes(body.size() - body.size() / 8, '\0');  // less gain than an eighth is none
  const int size =
      LZ4_compress_default(body.data(), bytes.data(), static_cast<int>(body.size()), static_cast<int>(bytes.size()));
  if (size <= 0) return {Packing::kNone, std::string(body)};
  bytes.resize(static_cast<std::size_t>(size));
  return {Packing::kLz4, std::move(bytes)};
}

std::optional<std::string> unpack(Packing packing, std::string bytes, std::size_t size) {
  if (packing == Packing::kNone) return bytes.size() == size ? std::optional(std::move(bytes)) : std::nullopt;
  if (packing != Packing::kLz4 || size > LZ4_MAX_INPUT_SIZE || bytes.size() > LZ4_MAX_INPUT_SIZE) return std::nullopt;
  std::string body(size, '\0');
  const int got =
      LZ4_decompress_safe(bytes.data(), body.data(), static_cast<int>(bytes.size()), static_cast<int>(body.size()));
  if (got < 0 || static_cast<std::size_t>(got) != size) return std::nullopt;
  return body;
}

}  // namespace webhooks
