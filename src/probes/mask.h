#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

namespace probes {

// Takes secrets out of what an outside service says: as they are, percent-encoded, in Base64, escaped for JSON.
class Mask {
 public:
  void add(const base::Secret& secret);
  std::string apply(std::string_view text) const;  // each occurrence becomes "***"
  // For people: masked, printable, one line, at most `bytes`.
  std::string shown(std::string_view text, std::size_t bytes = 300) const;

 private:
  void add_form(std::string text);
  std::vector<base::Secret> forms_;  // longest first
};

}  // namespace probes
