#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/page.h"
#include "base/result.h"
#include "base/secret.h"
#include "jsonapi/json.h"

namespace jsonapi {

// A member of a request: absent, null, or a value. PATCH needs all three apart.
template <class T>
struct Member {
  bool present = false;
  std::optional<T> value = {};  // empty and present: null
  bool has_value() const { return value.has_value(); }
  const T& operator*() const { return *value; }
  const T* operator->() const { return &*value; }
};

// The body of a write. Accepts JSON:API, bare JSON ({"comment": …}: its members are the attributes) and, where
// `empty` is allowed, nothing at all. `data.type` may be empty or the parent's; `data.id` may be missing.
//
// Getters check kind and range and collect problems instead of failing one by one: call problems() at the end and
// answer all of them at once. A getter returns an absent member for one that has a problem.
class Document {
 public:
  enum class Body { kRequired, kMayBeEmpty };
  static base::Result<Document> parse(std::string_view body, Body rule = Body::kRequired);
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  std::string type() const;
  std::string id() const;

  // No text may hold NUL: PostgreSQL cannot store it.
  Member<std::string> text(std::string_view name, std::size_t max_bytes = 256U * 1024U);
  Member<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max);
  Member<bool> boolean(std::string_view name);
  Member<base::Time> time(std::string_view name);
  Member<base::Secret> secret(std::string_view name, std::size_t max_bytes = 64U * 1024U);
  Member<std::vector<std::string>> texts(std::string_view name, std::size_t max_items = 10'000);
  Member<Json> object(std::string_view name);
  // One object inside this one as a document of its own ("vcs-repo": its members are the attributes); its problems
  // go to this one too, with their full pointers. null: present without a value.
  Member<Document> nested(std::string_view name);
  // One line of visible text, as names are: no control, bidirectional-override or zero-width characters.
  Member<std::string> line(std::string_view name, std::size_t max_bytes = 255);
  std::string required_line(std::string_view name, std::size_t max_bytes = 255);
  // A present, non-empty text; adds a problem otherwise.
  std::string required_text(std::string_view name, std::size_t max_bytes = 256U * 1024U);

  // relationships.NAME.data: the id of a to-one (null → empty value), the ids of a to-many.
  Member<std::string> related(std::string_view name, std::string_view expected_type);
  Member<std::vector<std::string>> related_list(std::string_view name, std::string_view expected_type);
  // For bodies {"data":[{"id":…,"type":…}, …]}.
  std::vector<std::string> identifiers(std::string_view expected_type);
  const Json& raw() const;

  // Adds a problem at /data/attributes/<name>.
  void problem(std::string_view name, std::string message);
  // Every problem found so far; empty if none.
  const std::vector<base::Error>& problems() const;

 private:
  Document();
  struct State;
  std::unique_ptr<State> state_;
};

// One resource of an answer. Attributes and relationships are plain JSON objects.
struct Resource;  // resource.h (needs the whole of nlohmann/json)

// page[number] and page[size] of a query; out of range is clamped (size to 1..100), not a number is kMalformed.
base::Result<base::PageRequest> page_request(std::optional<std::string> number, std::optional<std::string> size);

// The error document (https://jsonapi.org/format/#errors): status is always a string.
std::string error_document(const std::vector<base::Error>& errors, std::string_view request_id);

// HTTP status of an error code.
int http_status(base::Code code);

}  // namespace jsonapi
