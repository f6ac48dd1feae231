#pragma once

#include <compare>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace base {

// 16 random base58 characters (about 94 bits) behind a prefix: "ws-1aBcDeFgHiJkLmNo". The length is what
// Terraform Cloud's clients check for. Thread-safe.
std::string random_id(std::string_view prefix);

// A random version 4 UUID in lower case (RFC 9562). Thread-safe.
std::string random_uuid();

// An identifier that cannot be passed where one of another kind is due. The tag type gives the prefix:
//   struct WorkspaceTag { static constexpr std::string_view kPrefix = "ws"; };
//   using WorkspaceId = base::Id<WorkspaceTag>;
template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string value) : value_(std::move(value)) {}

  static Id make() { return Id(random_id(Tag::kPrefix)); }

  const std::string& str() const { return value_; }
  bool empty() const { return value_.empty(); }
  auto operator<=>(const Id&) const = default;

  friend std::ostream& operator<<(std::ostream& out, const Id& id) { return out << id.value_; }

 private:
  std::string value_;
};

}  // namespace base

template <class Tag>
struct std::hash<base::Id<Tag>> {
  std::size_t operator()(const base::Id<Tag>& id) const noexcept { return std::hash<std::string>{}(id.str()); }
};
