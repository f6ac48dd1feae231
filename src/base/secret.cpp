#include "base/secret.h"

#include <cstring>
#include <utility>

#include "base/strings.h"

namespace base {
namespace {

void clear(std::string& text) noexcept {
  wipe(text.data(), text.size());
  text.clear();
}

}  // namespace

void wipe(void* data, std::size_t size) noexcept { explicit_bzero(data, size); }

Secret::Secret(std::string text) : text_(text) { clear(text); }
Secret::Secret(const Secret& other) = default;

// A moved-from std::string may keep a short text in place, so it is wiped by hand.
Secret::Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { clear(other.text_); }

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    clear(text_);
    text_ = other.text_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    clear(text_);
    text_ = std::move(other.text_);
    clear(other.text_);
  }
  return *this;
}

Secret::~Secret() { clear(text_); }

std::string without_secret(std::string_view text, const Secret& secret) {
  if (secret.empty()) return std::string(text);
  return replace_all(text, secret.reveal(), "***");
}

}  // namespace base
