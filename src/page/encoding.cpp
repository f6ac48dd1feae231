#include "page/encoding.h"

#include <optional>
#include <string>

#include "base/strings.h"

namespace page {
namespace {

// "0", "0.0", "0.000" are refusals; every other weight is good enough.
bool is_refusal(std::string_view weight) { return weight.find_first_not_of("0.") == std::string_view::npos; }

struct Choice {
  std::string coding;
  bool allowed = true;
};

Choice read_choice(const std::string& item) {
  const auto parts = base::split(item, ';');
  Choice choice{base::to_lower(base::trim(parts.front()))};
  for (std::size_t index = 1; index < parts.size(); ++index) {
    const std::string parameter = base::to_lower(base::trim(parts[index]));
    if (parameter.starts_with("q=")) choice.allowed = !is_refusal(std::string_view(parameter).substr(2));
  }
  return choice;
}

}  // namespace

bool accepts_encoding(std::string_view accept_encoding, std::string_view coding) {
  std::optional<bool> any;
  for (const std::string& item : base::split(std::string(accept_encoding), ',')) {
    if (base::trim(item).empty()) continue;
    const Choice choice = read_choice(item);
    if (choice.coding == coding) return choice.allowed;
    if (choice.coding == "*") any = choice.allowed;
  }
  return any.value_or(false);
}

}  // namespace page
