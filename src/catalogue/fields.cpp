#include "catalogue/fields.h"

#include <nlohmann/json.hpp>

#include "base/strings.h"

namespace catalogue {
namespace {

const Json kNoObject = Json::object();
const Json kNoList = Json::array();

std::string in_quotes(std::string_view text) { return "\"" + base::printable(text) + "\""; }

// Walks a JSON text that is known to be well-formed, to find where one value begins.
class Walker {
 public:
  Walker(std::string_view text, std::vector<std::string> path) : text_(text), path_(std::move(path)) {}

  int line() {
    value(0, true);
    return line_at(best_);
  }

 private:
  int line_at(std::size_t end) const {
    int line = 1;
    for (std::size_t i = 0; i < end && i < text_.size(); ++i) line += text_[i] == '\n' ? 1 : 0;
    return line;
  }

  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n,:").find(text_[at_]) != std::string_view::npos) ++at_;
  }

  std::string string() {
    const std::size_t start = ++at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    const std::string inside(text_.substr(start, at_ - start));
    ++at_;
    return inside;
  }

  bool leads(std::size_t depth, bool on_path, const std::string& step) const {
    return on_path && depth < path_.size() && path_[depth] == step;
  }

  void container(char end, std::size_t depth, bool on_path) {
    ++at_;
    for (std::size_t index = 0; at_ < text_.size(); ++index) {
      skip_space();
      if (at_ >= text_.size() || text_[at_] == end) break;
      const std::size_t start = at_;
      const std::string step = end == '}' ? string() : std::to_string(index);
      const bool leading = leads(depth, on_path, step);
      if (leading) best_ = start;
      skip_space();
      value(depth + 1, leading);
    }
    ++at_;
  }

  void value(std::size_t depth, bool on_path) {
    skip_space();
    if (at_ >= text_.size()) return;
    if (text_[at_] == '{') return container('}', depth, on_path);
    if (text_[at_] == '[') return container(']', depth, on_path);
    if (text_[at_] == '"') {
      string();
      return;
    }
    while (at_ < text_.size() && std::string_view(",]} \t\r\n").find(text_[at_]) == std::string_view::npos) ++at_;
  }

  std::string_view text_;
  std::vector<std::string> path_;
  std::size_t at_ = 0;
  std::size_t best_ = 0;
};

}  // namespace

Fields::Fields(const Json& object, std::string pointer, Findings& findings)
    : object_(object.is_object() ? object : kNoObject), pointer_(std::move(pointer)), findings_(findings) {
  if (!object.is_object()) complain_here("has to be an object.");
}

const Json* Fields::any(std::string_view key) {
  asked_.emplace(key);
  const auto found = object_.find(key);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

std::string Fields::text(std::string_view key) {
  const Json* found = any(key);
  if (found == nullptr) return {};
  if (found->is_string()) return found->get<std::string>();
  complain(key, "has to be text.");
  return {};
}

std::string Fields::required_text(std::string_view key) {
  std::string found = text(key);
  if (found.empty()) complain_here("needs " + in_quotes(key) + ".");
  return found;
}

bool Fields::flag(std::string_view key, bool fallback) {
  const Json* found = any(key);
  if (found == nullptr) return fallback;
  if (found->is_boolean()) return found->get<bool>();
  complain(key, "has to be true or false.");
  return fallback;
}

std::int64_t Fields::number(std::string_view key, std::int64_t fallback) {
  const Json* found = any(key);
  if (found == nullptr) return fallback;
  if (found->is_number_integer()) return found->get<std::int64_t>();
  complain(key, "has to be a whole number.");
  return fallback;
}

std::vector<std::string> Fields::texts(std::string_view key) {
  const Json* found = any(key);
  if (found == nullptr) return {};
  if (found->is_string()) return {found->get<std::string>()};
  std::vector<std::string> out;
  if (!found->is_array()) complain(key, "has to be a list of texts.");
  for (std::size_t i = 0; found->is_array() && i < found->size(); ++i) {
    if ((*found)[i].is_string()) {
      out.push_back((*found)[i].get<std::string>());
    } else {
      complain(std::string(key) + "/" + std::to_string(i), "has to be text.");
    }
  }
  return out;
}

const Json& Fields::list(std::string_view key) {
  const Json* found = any(key);
  if (found != nullptr && found->is_array()) return *found;
  if (found != nullptr) complain(key, "has to be a list.");
  return kNoList;
}

const Json& Fields::object(std::string_view key) {
  const Json* found = any(key);
  if (found != nullptr && found->is_object()) return *found;
  if (found != nullptr) complain(key, "has to be an object.");
  return kNoObject;
}

void Fields::complain(std::string_view key, std::string reason) {
  findings_.push_back({at(key), in_quotes(key) + " " + std::move(reason)});
}

void Fields::complain_here(std::string reason) {
  const std::string where = pointer_.empty() ? "The type" : in_quotes(pointer_);
  findings_.push_back({pointer_, where + " " + std::move(reason)});
}

void Fields::finish() {
  for (const auto& [key, value] : object_.items()) {
    if (asked_.contains(key)) continue;
    const auto near = base::nearest(key, {asked_.begin(), asked_.end()});
    complain(key, "is not a key that is known here." + (near ? " Did you mean " + in_quotes(*near) + "?" : ""));
  }
}

int line_of(std::string_view text, std::string_view pointer) {
  std::vector<std::string> path;
  if (!pointer.empty()) path = base::split(pointer.substr(1), '/');
  return Walker(text, std::move(path)).line();
}

}  // namespace catalogue
