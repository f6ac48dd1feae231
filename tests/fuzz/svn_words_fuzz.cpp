#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "probes/svn_words.h"

// What is read whole ends within the bytes, and reads the same again without what follows it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  probes::SvnItem item, again;
  std::size_t used = 0, used_again = 0;
  if (probes::read_svn_item(bytes, item, used) != probes::SvnRead::kWhole) return 0;
  if (used == 0 || used > size) std::abort();
  const auto second = probes::read_svn_item(bytes.substr(0, used), again, used_again);
  if (second != probes::SvnRead::kWhole || used_again != used || again.items.size() != item.items.size()) std::abort();
  return 0;
}
