#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "jsonapi/json.h"

namespace catalogue {

using jsonapi::Json;

// What is wrong with a document, and where (RFC 6901 pointer).
struct Finding {
  std::string pointer;
  std::string reason;
};
using Findings = std::vector<Finding>;

// Reads one JSON object strictly: what is of the wrong kind, or was never asked for, becomes a finding.
class Fields {
 public:
  Fields(const Json& object, std::string pointer, Findings& findings);

  std::string text(std::string_view key);  // "" if absent or null
  std::string required_text(std::string_view key);
  bool flag(std::string_view key, bool fallback = false);
  std::int64_t number(std::string_view key, std::int64_t fallback = 0);
  std::vector<std::string> texts(std::string_view key);  // a list of text, or one text
  const Json& list(std::string_view key);                // an empty array if absent
  const Json& object(std::string_view key);              // an empty object if absent
  const Json* any(std::string_view key);                 // null if absent
  void ignore(std::string_view key) { asked_.emplace(key); }

  std::string at(std::string_view key) const { return pointer_ + "/" + std::string(key); }
  const std::string& pointer() const { return pointer_; }
  void complain(std::string_view key, std::string reason);
  void complain_here(std::string reason);
  // Reports every member that was not asked for.
  void finish();

 private:
  const Json& object_;
  std::string pointer_;
  Findings& findings_;
  std::set<std::string, std::less<>> asked_;
};

// The line (from 1) of what the pointer names in a well-formed JSON text; of its nearest ancestor if it is not there.
int line_of(std::string_view text, std::string_view pointer);

}  // namespace catalogue
