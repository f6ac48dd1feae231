#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/strings.h"
#include "probes/tds.h"

// Any bytes of a server: what is made of them is bounded, and its texts are UTF-8.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(probes::read_tds_prelogin(bytes));
  const auto header = probes::read_tds_header(bytes);
  if (header && header->body > 32'767) std::abort();
  const auto answer = probes::read_tds_answer(bytes);
  if (!answer) return 0;
  if (answer->errors.size() > 16 || answer->rows < 0 || static_cast<std::size_t>(answer->rows) > size) std::abort();
  for (const auto& error : answer->errors) {
    if (!base::is_utf8(error.message)) std::abort();
  }
  return 0;
}
