#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "catalogue/type_reader.h"

namespace catalogue {
namespace {

using Kind = Condition::Kind;

// How the value of a key is written.
enum class Shape { kNames, kTargetTexts, kNamesWithValues };

struct Known {
  std::string_view key;
  Kind kind;
  Shape shape;
};

constexpr Known kKnown[] = {
    {"present", Kind::kPresent, Shape::kNames},
    {"empty", Kind::kEmpty, Shape::kNames},
    {"is_true", Kind::kIsTrue, Shape::kNames},
    {"target_matches", Kind::kTargetMatches, Shape::kTargetTexts},
    {"target_lacks", Kind::kTargetLacks, Shape::kTargetTexts},
    {"target_scheme", Kind::kTargetScheme, Shape::kTargetTexts},
    {"target_scheme_not", Kind::kTargetSchemeNot, Shape::kTargetTexts},
    {"step_failed", Kind::kStepFailed, Shape::kNames},
    {"step_ok", Kind::kStepOk, Shape::kNames},
    {"step_failed_with", Kind::kStepFailedWith, Shape::kNamesWithValues},
    {"step_status", Kind::kStepStatus, Shape::kNamesWithValues},
    {"capture_is", Kind::kCaptureIs, Shape::kNamesWithValues},
    {"capture_present", Kind::kCapturePresent, Shape::kNames},
};

std::string as_text(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

std::vector<std::string> as_texts(const Json& value) {
  std::vector<std::string> out;
  if (!value.is_array()) return {as_text(value)};
  for (const Json& item : value) out.push_back(as_text(item));
  return out;
}

void add(const Known& known, const Json& value, const std::string& pointer, Condition& out, Findings& findings) {
  switch (known.shape) {
    case Shape::kNames:
      for (std::string& name : as_texts(value)) out.all.push_back({known.kind, std::move(name), {}});
      return;
    case Shape::kTargetTexts: out.all.push_back({known.kind, {}, as_texts(value)}); return;
    case Shape::kNamesWithValues:
      if (!value.is_object()) findings.push_back({pointer, "\"" + std::string(known.key) + "\" has to be an object."});
      for (const auto& [name, wanted] : value.items()) {
        if (value.is_object()) out.all.push_back({known.kind, name, as_texts(wanted)});
      }
      return;
  }
}

void read_into(const Json& json, const std::string& pointer, Condition& out, Findings& findings) {
  if (!json.is_object()) {
    findings.push_back({pointer, "A condition has to be an object."});
    return;
  }
  for (const auto& [key, value] : json.items()) {
    const std::string here = pointer + "/" + key;
    if (key == "all") {
      for (std::size_t i = 0; i < value.size(); ++i) {
        if (value.is_array()) read_into(value[i], here + "/" + std::to_string(i), out, findings);
      }
      continue;
    }
    const auto* known =
        std::find_if(std::begin(kKnown), std::end(kKnown), [&key = key](const Known& one) { return one.key == key; });
    if (known == std::end(kKnown)) {
      out.all.push_back({Kind::kEquals, key, as_texts(value)});
    } else {
      add(*known, value, here, out, findings);
    }
  }
}

}  // namespace

Condition read_condition(const Json* json, const std::string& pointer, Findings& findings) {
  Condition out;
  if (json != nullptr) read_into(*json, pointer, out, findings);
  return out;
}

}  // namespace catalogue
