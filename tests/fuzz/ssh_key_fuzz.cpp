#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "crypto/ssh_key.h"

// Whatever is taken for a key must give a text that is read back as the same key.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const base::Secret text(std::string(reinterpret_cast<const char*>(data), size));
  const auto key = crypto::SshKey::import(text);
  if (!key) return 0;
  const auto again = crypto::SshKey::import(key->private_text());
  if (!again || again->public_line() != key->public_line()) std::abort();
  return 0;
}
