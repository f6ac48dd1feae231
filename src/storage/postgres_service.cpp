#include "storage/postgres_service.h"

#include <libpq-fe.h>

#include <memory>
#include <string>

#include "storage/postgres_handle.h"

namespace storage {

base::Result<base::Secret> postgres_service(const base::Secret& url, std::string_view name) {
  RETURN_IF_ERROR(check_postgres_url(url));
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(url.reveal().c_str(), nullptr), PQconninfoFree);
  std::string text = "[" + std::string(name) + "]\n";
  for (const auto* option = options.get(); option != nullptr && option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    const std::string_view value = option->val;
    if (value.find_first_of("\r\n") != std::string_view::npos) {
      return base::invalid("the database address has a line break in its " + std::string(option->keyword));
    }
    text += std::string(option->keyword) + "=" + std::string(value) + "\n";
  }
  return base::Secret(std::move(text));
}

}  // namespace storage
