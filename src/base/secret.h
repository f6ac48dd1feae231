#pragma once

#include <string>
#include <string_view>

namespace base {

// Overwrites memory in a way the compiler may not remove.
void wipe(void* data, std::size_t size) noexcept;

// Text that must not show up anywhere by accident: no stream operator, no JSON conversion, no
// comparison; wiped on destruction and when moved from. `reveal()` is the only way to the text, and is
// named so that every place that opens a secret is found by searching for it.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text);
  Secret(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }
  std::size_t size() const { return text_.size(); }

 private:
  std::string text_;
};

// Replaces every occurrence of each non-empty secret in `text` by "***".
std::string without_secret(std::string_view text, const Secret& secret);

}  // namespace base
