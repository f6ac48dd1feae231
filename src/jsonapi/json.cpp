#include "jsonapi/json.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/strings.h"

namespace jsonapi {
namespace {

// Builds the tree from the library's events. Unlike its own builder it knows how deep it is before it goes deeper,
// refuses a second member of the same name, and can say where a number was too large.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  explicit Builder(const Limits& limits) : limits_(limits) {}

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return add(value); }
  bool string(string_t& value) override { return add(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return fail(base::malformed("The JSON text holds binary data.")); }

  bool start_object(std::size_t /*size*/) override { return enter(Json::object()); }
  bool start_array(std::size_t /*size*/) override { return enter(Json::array()); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }

  bool key(string_t& name) override {
    if (limits_.refuse_duplicates && open_.back()->contains(name)) {
      return fail(base::malformed("The JSON text has a duplicate member \"" + base::printable(name) + "\" in " +
                                  place() + ". Send each member once."));
    }
    key_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& problem) override {
    constexpr int kNumberOverflow = 406;
    if (problem.id == kNumberOverflow) return fail(base::invalid("The number is too large.", pointer()));
    return fail(base::malformed("The text is not JSON: it goes wrong at byte " + std::to_string(position) + "."));
  }

  base::Result<Json> take() {
    if (error_) return *std::move(error_);
    return std::move(root_);
  }

 private:
  template <class T>
  bool add(T&& value) {
    put(Json(std::forward<T>(value)));
    return true;
  }

  Json* put(Json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    Json& member = parent[key_];
    member = std::move(value);
    return &member;
  }

  bool enter(Json container) {
    if (open_.size() >= limits_.depth) {
      return fail(
          base::malformed("The JSON text is too deep: more than " + std::to_string(limits_.depth) + " levels."));
    }
    steps_.push_back(step());
    open_.push_back(put(std::move(container)));
    return true;
  }

  bool leave() {
    open_.pop_back();
    steps_.pop_back();
    return true;
  }

  // What leads from the innermost open container to the value that comes next, as a piece of a JSON pointer.
  std::string step() const {
    if (open_.empty()) return {};
    if (open_.back()->is_array()) return "/" + std::to_string(open_.back()->size());
    return "/" + base::replace_all(base::replace_all(key_, "~", "~0"), "/", "~1");
  }

  std::string pointer() const { return base::printable(base::join(steps_, "") + step(), 300); }

  std::string place() const {
    const std::string steps = base::join(steps_, "");
    return steps.empty() ? "the outermost object" : "\"" + base::printable(steps) + "\"";
  }

  bool fail(base::Error error) {
    if (!error_) error_ = std::move(error);
    return false;
  }

  const Limits& limits_;
  Json root_;
  std::vector<Json*> open_;  // pointers stay good: only the innermost container grows
  std::vector<std::string> steps_;
  std::string key_;
  std::optional<base::Error> error_;
};

// The member of an object, or the item of an array; a null pointer if it has none.
const Json* member_or_item(const Json& from, std::string_view name) {
  if (from.is_object()) {
    const auto member = from.find(name);
    return member == from.end() ? nullptr : &*member;
  }
  const auto index = from.is_array() ? base::to_integer(name) : std::nullopt;
  if (!index || !std::in_range<std::size_t>(*index)) return nullptr;
  const auto item = static_cast<std::size_t>(*index);
  return item < from.size() ? &from[item] : nullptr;
}

}  // namespace

base::Result<Json> parse(std::string_view text, const Limits& limits) {
  if (text.size() > limits.bytes) {
    return base::Error{base::Code::kTooLarge,
                       "The JSON text is larger than " + std::to_string(limits.bytes) + " bytes."};
  }
  if (!base::is_utf8(text)) return base::malformed("The JSON text is not well-formed UTF-8.");
  Builder builder(limits);
  Json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take();
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string dump_pretty(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace); }

const Json* find(const Json& json, std::string_view path) {
  const Json* here = &json;
  while (true) {
    const std::size_t dot = path.find('.');
    here = member_or_item(*here, path.substr(0, dot));
    if (here == nullptr) return nullptr;
    if (dot == std::string_view::npos) return here;
    path.remove_prefix(dot + 1);
  }
}

std::string get_text(const Json& json, std::string_view path, std::string_view fallback) {
  const Json* found = find(json, path);
  return found != nullptr && found->is_string() ? found->get_ref<const std::string&>() : std::string(fallback);
}

std::int64_t get_integer(const Json& json, std::string_view path, std::int64_t fallback) {
  const Json* found = find(json, path);
  if (found == nullptr || !found->is_number_integer()) return fallback;
  if (found->is_number_unsigned() && !std::in_range<std::int64_t>(found->get<std::uint64_t>())) return fallback;
  return found->get<std::int64_t>();
}

bool get_boolean(const Json& json, std::string_view path, bool fallback) {
  const Json* found = find(json, path);
  return found != nullptr && found->is_boolean() ? found->get<bool>() : fallback;
}

const Json& get_array(const Json& json, std::string_view path) {
  static const Json kEmpty = Json::array();
  const Json* found = find(json, path);
  return found != nullptr && found->is_array() ? *found : kEmpty;
}

}  // namespace jsonapi
