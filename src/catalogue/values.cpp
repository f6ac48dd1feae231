#include "catalogue/values.h"

#include <utility>

namespace catalogue {

void Values::set(std::string id, std::string text) {
  erase(id);
  plain_.insert_or_assign(std::move(id), std::move(text));
}

void Values::set_secret(std::string id, base::Secret secret) {
  erase(id);
  secrets_.insert_or_assign(std::move(id), std::move(secret));
}

void Values::set_stored(std::string id) {
  erase(id);
  stored_.insert(std::move(id));
}

void Values::erase(std::string_view id) {
  if (const auto at = plain_.find(id); at != plain_.end()) plain_.erase(at);
  if (const auto at = secrets_.find(id); at != secrets_.end()) secrets_.erase(at);
  if (const auto at = stored_.find(id); at != stored_.end()) stored_.erase(at);
}

bool Values::has(std::string_view id) const {
  const base::Secret* hidden = secret(id);
  return !text(id).empty() || (hidden != nullptr && !hidden->empty()) || stored_.contains(id);
}

std::string_view Values::text(std::string_view id) const {
  const auto at = plain_.find(id);
  return at == plain_.end() ? std::string_view{} : std::string_view(at->second);
}

const base::Secret* Values::secret(std::string_view id) const {
  const auto at = secrets_.find(id);
  return at == secrets_.end() ? nullptr : &at->second;
}

bool Values::is_true(std::string_view id) const { return text(id) == "true"; }

}  // namespace catalogue
