#include "webhooks/packing.h"

#include <lz4.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/freed.h"

namespace webhooks {
namespace {

constexpr std::size_t kWorthPacking = 512;
constexpr std::size_t kKeptScratch = std::size_t{256} << 10U;

// What packing needs for a moment, kept by each thread: clearing and allocating it costs as much as packing.
class Packer {
 public:
  // Empty if the body would not become smaller than `limit`.
  std::string pack(std::string_view body, std::size_t limit) {
    if (!stream_) return {};
    if (scratch_.size() < limit) scratch_.resize(limit);
    LZ4_resetStream_fast(stream_.get());
    const int size = LZ4_compress_fast_continue(stream_.get(), body.data(), scratch_.data(),
                                                static_cast<int>(body.size()), static_cast<int>(limit), 1);
    std::string out(scratch_.data(), static_cast<std::size_t>(std::max(size, 0)));
    if (scratch_.size() > kKeptScratch) std::vector<char>().swap(scratch_);
    return out;
  }

 private:
  std::unique_ptr<LZ4_stream_t, base::Freed<LZ4_freeStream>> stream_{LZ4_createStream()};
  std::vector<char> scratch_;
};

}  // namespace

Packed pack(std::string_view body) {
  if (body.size() < kWorthPacking || body.size() > LZ4_MAX_INPUT_SIZE) return {Packing::kNone, std::string(body)};
  thread_local Packer packer;
  auto bytes = packer.pack(body, body.size() - body.size() / 8);  // less gain than an eighth is none
  if (bytes.empty()) return {Packing::kNone, std::string(body)};
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
