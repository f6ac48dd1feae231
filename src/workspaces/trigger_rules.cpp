#include "workspaces/trigger_rules.h"

#include <re2/re2.h>

#include <algorithm>

#include "base/strings.h"

namespace workspaces {
namespace {

constexpr std::size_t kMaxRules = 1'000;
constexpr std::size_t kMaxRuleBytes = 1'024;
constexpr char kPrefixesPointer[] = "/data/attributes/trigger-prefixes";
constexpr char kPatternsPointer[] = "/data/attributes/trigger-patterns";
constexpr char kTagsPointer[] = "/data/attributes/vcs-repo/tags-regex";

RE2::Options tag_options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(std::int64_t{1} << 20);
  return options;
}

base::Status check_list(const std::vector<std::string>& rules, const char* pointer) {
  if (rules.size() > kMaxRules) {
    return base::invalid("there may be at most " + std::to_string(kMaxRules) + " entries", pointer);
  }
  for (const auto& rule : rules) {
    const bool control = std::any_of(rule.begin(), rule.end(), [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7f;
    });
    if (rule.empty() || rule.size() > kMaxRuleBytes || control || !base::is_utf8(rule)) {
      return base::invalid("'" + base::printable(rule) + "' cannot be used: an entry is 1 to " +
                               std::to_string(kMaxRuleBytes) + " bytes of UTF-8 without control characters",
                           pointer);
    }
  }
  return {};
}

base::Status check_tags_regex(const std::string& expression) {
  if (expression.empty()) return {};
  if (expression.size() > kMaxRuleBytes) return base::invalid("tags-regex is too long", kTagsPointer);
  const RE2 compiled(expression, tag_options());
  if (compiled.ok()) return {};
  return base::invalid("tags-regex is not a valid expression (RE2 syntax): " + base::printable(compiled.error()),
                       kTagsPointer);
}

bool holds(const std::optional<std::vector<std::string>>& list) { return list && !list->empty(); }

// A tag expression stands alone; setting one clears the lists of earlier days.
base::Status settle_tags(TriggerFields& fields, const TriggerPatch& patch) {
  if (fields.tags_regex.empty()) return {};
  if (fields.file_triggers_enabled) {
    return base::invalid("'tags_regex' cannot be populated when 'file_triggers_enabled' is set to true.", kTagsPointer);
  }
  if (holds(patch.patterns) || holds(patch.prefixes)) {
    return base::invalid("'tags_regex' cannot be populated together with 'trigger_patterns' or 'trigger_prefixes'.",
                         kTagsPointer);
  }
  fields.prefixes.clear();
  fields.patterns.clear();
  return {};
}

}  // namespace

base::Result<TriggerFields> apply(const TriggerFields& stored, const TriggerPatch& patch) {
  if (holds(patch.prefixes) && holds(patch.patterns)) {
    return base::invalid("'trigger_patterns' and 'trigger_prefixes' cannot be populated at the same time.",
                         kPatternsPointer);
  }
  TriggerFields fields = stored;
  fields.file_triggers_enabled = patch.file_triggers_enabled.value_or(stored.file_triggers_enabled);
  fields.tags_regex = patch.tags_regex.value_or(stored.tags_regex);
  if (patch.prefixes || patch.patterns) {
    fields.prefixes = patch.prefixes.value_or(std::vector<std::string>{});
    fields.patterns = patch.patterns.value_or(std::vector<std::string>{});
  }
  RETURN_IF_ERROR(check_list(fields.prefixes, kPrefixesPointer));
  RETURN_IF_ERROR(check_list(fields.patterns, kPatternsPointer));
  RETURN_IF_ERROR(check_tags_regex(fields.tags_regex));
  RETURN_IF_ERROR(settle_tags(fields, patch));
  if (!fields.patterns.empty() && !fields.file_triggers_enabled) {
    return base::invalid("'trigger_patterns' cannot be populated when 'file_triggers_enabled' is set to false.",
                         kPatternsPointer);
  }
  return fields;
}

std::optional<std::string> surprise_of_pattern(const std::string& pattern) {
  if (pattern == "**" || pattern == "/**") {
    return "'" + pattern + "' matches only files in the root directory; write '/**/*' for every file";
  }
  if (pattern.ends_with("/**")) {
    return "'" + pattern + "' matches only one level below; write '" + pattern + "/*' for everything below";
  }
  if (pattern.ends_with("/")) {
    return "'" + pattern + "' names a directory and matches nothing; write '" + pattern + "**/*' for everything below";
  }
  if (pattern.starts_with("!")) return "'" + pattern + "': there is no negation; '!' is taken as it stands";
  if (pattern.find_first_of("[]{}\\") != std::string::npos) {
    return "'" + pattern + "': brackets, braces and backslashes are taken as they stand; only *, ** and ? are special";
  }
  if (pattern.starts_with("./") || pattern.find("/../") != std::string::npos || pattern.starts_with("../")) {
    return "'" + pattern + "' matches nothing: changed paths never hold '.' or '..' parts";
  }
  const auto last = pattern.substr(pattern.rfind('/') + 1);
  if (last.find_first_of("*?.") == std::string::npos) {
    return "'" + pattern + "' matches a file of that name only; write '" + pattern + "/**/*' if it is a directory";
  }
  return std::nullopt;
}

std::optional<std::string> surprise_of_prefix(const std::string& prefix) {
  if (prefix.find_first_of("*?") != std::string::npos) {
    return "'" + prefix + "': a prefix is a directory, not a pattern; use trigger-patterns for * and ?";
  }
  const auto trimmed = prefix.ends_with("/") ? prefix.substr(0, prefix.size() - 1) : prefix;
  const auto last = trimmed.substr(trimmed.rfind('/') + 1);
  if (!prefix.ends_with("/") && last.find('.', 1) != std::string::npos) {
    return "'" + prefix + "' looks like a file; a prefix is a directory and does not match a file of that name";
  }
  return std::nullopt;
}

bool tag_matches(const std::string& expression, const std::string& tag) {
  const RE2 compiled(expression, tag_options());
  return compiled.ok() && RE2::PartialMatch(tag, compiled);
}

}  // namespace workspaces
