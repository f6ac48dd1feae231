#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

// The fields of a workspace that say which events make runs, and how a write changes them.
namespace workspaces {

struct TriggerFields {
  bool file_triggers_enabled = true;
  std::vector<std::string> prefixes;  // order and spelling as written
  std::vector<std::string> patterns;
  std::string tags_regex;  // empty: branch mode

  bool operator==(const TriggerFields&) const = default;
};

// What a POST or PATCH carried; an absent member means "leave", an empty list or text is a value.
struct TriggerPatch {
  std::optional<bool> file_triggers_enabled;
  std::optional<std::vector<std::string>> prefixes;
  std::optional<std::vector<std::string>> patterns;
  std::optional<std::string> tags_regex;
};

// The fields after the write. Clients never say "clear the other kind", so a list that arrives clears the list of the
// other kind. kInvalid, with a pointer, for what may not stand together: patterns with prefixes, patterns while file
// triggers are off, a tag expression with file triggers on or with a list; and for a pattern or expression that
// cannot be used (control characters, too long, not an RE2 expression).
base::Result<TriggerFields> apply(const TriggerFields& stored, const TriggerPatch& patch);

// What a reader of this pattern would probably not expect, with the spelling that does what was meant; nothing for a
// pattern without surprises.
std::optional<std::string> surprise_of_pattern(const std::string& pattern);
std::optional<std::string> surprise_of_prefix(const std::string& prefix);

// Does the expression (RE2 syntax, unanchored) hit the tag name? An expression that does not compile hits nothing.
bool tag_matches(const std::string& expression, const std::string& tag);

}  // namespace workspaces
