#include "jsonapi/document.h"

#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/strings.h"

namespace jsonapi {
namespace {

const Json kNothing;

// "text", "a number" …: what a problem says was sent. The value itself is not repeated: it may be a secret.
std::string kind_of(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_boolean()) return "true or false";
  if (value.is_number_integer()) return "a whole number";
  if (value.is_number()) return "a number with a fraction or exponent";
  if (value.is_string()) return "text";
  return value.is_array() ? "a list" : "an object";
}

std::string escaped(std::string_view name) { return base::replace_all(base::replace_all(name, "~", "~0"), "/", "~1"); }

// Characters that change how a line looks without being seen: controls, U+200B–U+200F, U+202A–U+202E, U+2060–U+2069,
// U+FEFF. `text` is well-formed UTF-8.
bool has_invisible(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7F) return true;
    if (byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) return true;  // U+0080–U+009F
    if (byte != 0xE2 && byte != 0xEF) continue;
    const auto second = static_cast<unsigned char>(text[i + 1]);
    const auto third = static_cast<unsigned char>(text[i + 2]);
    if (byte == 0xEF && second == 0xBB && third == 0xBF) return true;
    if (byte == 0xE2 && second == 0x80 && third >= 0x8B && third <= 0x8F) return true;
    if (byte == 0xE2 && second == 0x80 && third >= 0xA8 && third <= 0xAE) return true;
    if (byte == 0xE2 && second == 0x81 && third >= 0xA0 && third <= 0xA9) return true;
  }
  return false;
}

}  // namespace

struct Document::State {
  Json root;
  const Json* data = &kNothing;        // the resource object, or root for a bare body
  const Json* attributes = &kNothing;  // where the getters look
  std::string prefix;                  // pointer to `attributes`
  std::string data_prefix;             // pointer to `data`
  std::shared_ptr<std::vector<base::Error>> problems = std::make_shared<std::vector<base::Error>>();

  // The member, or nothing if absent.
  const Json* attribute(std::string_view name) const {
    if (!attributes->is_object()) return nullptr;
    const auto found = attributes->find(name);
    return found == attributes->end() ? nullptr : &*found;
  }
  void add(std::string_view name, std::string message) { add_at(prefix + "/" + escaped(name), std::move(message)); }
  void add_at(std::string pointer, std::string message) {
    problems->push_back(base::invalid(std::move(message), std::move(pointer)));
  }

  // Finds the member, handles absent and null; `take` returns the value or nothing after adding a problem.
  template <class T, class Take>
  Member<T> get(std::string_view name, const Take& take) {
    const Json* found = attribute(name);
    if (found == nullptr) return {};
    if (found->is_null()) return {true, std::nullopt};
    std::optional<T> value = take(*found);
    if (!value) return {};
    return {true, std::move(value)};
  }
  void wrong_kind(std::string_view name, const char* wanted, const Json& got) {
    add(name, "The attribute \"" + base::printable(name) + "\" must be " + wanted + ", not " + kind_of(got) + ".");
  }

  std::optional<std::string> take_text(std::string_view name, const Json& value, std::size_t max_bytes) {
    if (!value.is_string()) {
      wrong_kind(name, "text", value);
      return std::nullopt;
    }
    const auto& text = value.get_ref<const std::string&>();
    if (text.size() > max_bytes) {
      add(name, "The attribute \"" + base::printable(name) + "\" is too long: at most " + std::to_string(max_bytes) +
                    " bytes.");
      return std::nullopt;
    }
    if (text.find('\0') != std::string::npos) {
      add(name, "The attribute \"" + base::printable(name) + "\" must not hold a NUL character.");
      return std::nullopt;
    }
    return text;
  }

  const Json* relationship(std::string_view name) const {
    if (!data->is_object()) return nullptr;
    const auto all = data->find("relationships");
    if (all == data->end() || !all->is_object()) return nullptr;
    const auto one = all->find(name);
    if (one == all->end() || !one->is_object()) return nullptr;
    const auto linkage = one->find("data");
    return linkage == one->end() ? nullptr : &*linkage;
  }

  // The id of {"id", "type"}; a missing or empty type is taken for the expected one.
  std::optional<std::string> identifier(const Json& value, std::string_view expected_type, const std::string& pointer) {
    const std::string wanted = "a {\"type\": \"" + std::string(expected_type) + "\", \"id\": \"…\"} object";
    if (!value.is_object()) {
      add_at(pointer, "This must be " + wanted + ", not " + kind_of(value) + ".");
      return std::nullopt;
    }
    const auto type = value.find("type");
    if (type != value.end() && !(type->is_string() && (type->get_ref<const std::string&>().empty() ||
                                                       type->get_ref<const std::string&>() == expected_type))) {
      add_at(pointer + "/type", "The type must be \"" + std::string(expected_type) + "\".");
      return std::nullopt;
    }
    const auto id = value.find("id");
    if (id == value.end() || !id->is_string() || id->get_ref<const std::string&>().empty() ||
        id->get_ref<const std::string&>().size() > 255 ||
        id->get_ref<const std::string&>().find('\0') != std::string::npos) {
      add_at(pointer + "/id", "The id must be text, not empty, and at most 255 bytes.");
      return std::nullopt;
    }
    return id->get_ref<const std::string&>();
  }

  std::optional<std::vector<std::string>> identifiers(const Json& value, std::string_view expected_type,
                                                      const std::string& pointer) {
    constexpr std::size_t kMost = 10'000;
    if (!value.is_array() || value.size() > kMost) {
      add_at(pointer, value.is_array() ? "This list is too long: at most 10000 items."
                                       : "This must be a list, not " + kind_of(value) + ".");
      return std::nullopt;
    }
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < value.size(); ++i) {
      auto id = identifier(value[i], expected_type, pointer + "/" + std::to_string(i));
      if (!id) return std::nullopt;
      ids.push_back(*std::move(id));
    }
    return ids;
  }
};

Document::Document() : state_(std::make_unique<State>()) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

base::Result<Document> Document::parse(std::string_view body, Body rule) {
  Document document;
  State& state = *document.state_;
  if (base::trim(body).empty()) {
    if (rule == Body::kMayBeEmpty) return document;
    return base::malformed("The request has no body; send a JSON:API document.");
  }
  ASSIGN_OR_RETURN(state.root, jsonapi::parse(body));
  if (!state.root.is_object())
    return base::malformed("The body must be a JSON object, not " + kind_of(state.root) + ".");
  const auto data = state.root.find("data");
  if (data == state.root.end()) {  // bare JSON
    state.data = &state.root;
    state.attributes = &state.root;
    return document;
  }
  if (!data->is_object() && !data->is_array() && !data->is_null()) {
    return base::malformed("The member \"data\" must be an object or a list, not " + kind_of(*data) + ".");
  }
  state.data = &*data;
  state.data_prefix = "/data";
  state.prefix = "/data/attributes";
  if (!data->is_object()) return document;
  const auto attributes = data->find("attributes");
  if (attributes == data->end() || attributes->is_null()) return document;
  if (!attributes->is_object()) {
    return base::malformed("The member \"attributes\" must be an object, not " + kind_of(*attributes) + ".");
  }
  state.attributes = &*attributes;
  return document;
}

std::string Document::type() const { return get_text(*state_->data, "type"); }
std::string Document::id() const { return get_text(*state_->data, "id"); }
const Json& Document::raw() const { return state_->root; }

Member<std::string> Document::text(std::string_view name, std::size_t max_bytes) {
  return state_->get<std::string>(name, [&](const Json& value) { return state_->take_text(name, value, max_bytes); });
}

Member<std::string> Document::line(std::string_view name, std::size_t max_bytes) {
  return state_->get<std::string>(name, [&](const Json& value) -> std::optional<std::string> {
    auto text = state_->take_text(name, value, max_bytes);
    if (text && has_invisible(*text)) {
      state_->add(name, "The attribute \"" + base::printable(name) +
                            "\" must be one line of visible text: no control, zero-width or direction characters.");
      return std::nullopt;
    }
    return text;
  });
}

Member<std::int64_t> Document::integer(std::string_view name, std::int64_t min, std::int64_t max) {
  return state_->get<std::int64_t>(name, [&](const Json& value) -> std::optional<std::int64_t> {
    if (!value.is_number_integer()) {
      state_->wrong_kind(name, "a whole number", value);
      return std::nullopt;
    }
    const bool fits = !value.is_number_unsigned() || std::in_range<std::int64_t>(value.get<std::uint64_t>());
    if (!fits || value.get<std::int64_t>() < min || value.get<std::int64_t>() > max) {
      state_->add(name, "The attribute \"" + base::printable(name) + "\" must be from " + std::to_string(min) + " to " +
                            std::to_string(max) + ".");
      return std::nullopt;
    }
    return value.get<std::int64_t>();
  });
}

Member<bool> Document::boolean(std::string_view name) {
  return state_->get<bool>(name, [&](const Json& value) -> std::optional<bool> {
    if (value.is_boolean()) return value.get<bool>();
    state_->wrong_kind(name, "true or false", value);
    return std::nullopt;
  });
}

Member<base::Time> Document::time(std::string_view name) {
  return state_->get<base::Time>(name, [&](const Json& value) -> std::optional<base::Time> {
    if (!value.is_string()) {
      state_->wrong_kind(name, "a time", value);
      return std::nullopt;
    }
    auto time = base::parse_time(value.get_ref<const std::string&>());
    if (!time) {
      state_->add(name, "The attribute \"" + base::printable(name) +
                            "\" must be an RFC 3339 time with a zone, such as 2026-01-02T03:04:05Z.");
    }
    return time;
  });
}

Member<base::Secret> Document::secret(std::string_view name, std::size_t max_bytes) {
  auto value = text(name, max_bytes);
  if (!value.has_value()) return {value.present, std::nullopt};
  return {true, base::Secret(*std::move(value.value))};
}

Member<std::vector<std::string>> Document::texts(std::string_view name, std::size_t max_items) {
  using Texts = std::vector<std::string>;
  return state_->get<Texts>(name, [&](const Json& value) -> std::optional<Texts> {
    if (!value.is_array()) {
      state_->wrong_kind(name, "a list of texts", value);
      return std::nullopt;
    }
    if (value.size() > max_items) {
      state_->add(name, "The attribute \"" + base::printable(name) + "\" is too long: at most " +
                            std::to_string(max_items) + " items.");
      return std::nullopt;
    }
    Texts texts;
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (!value[i].is_string() || value[i].get_ref<const std::string&>().find('\0') != std::string::npos) {
        state_->add_at(state_->prefix + "/" + escaped(name) + "/" + std::to_string(i),
                       "Each item of \"" + base::printable(name) + "\" must be text without NUL characters.");
        return std::nullopt;
      }
      texts.push_back(value[i].get<std::string>());
    }
    return texts;
  });
}

Member<Json> Document::object(std::string_view name) {
  return state_->get<Json>(name, [&](const Json& value) -> std::optional<Json> {
    if (value.is_object()) return value;
    state_->wrong_kind(name, "an object", value);
    return std::nullopt;
  });
}

Member<Document> Document::nested(std::string_view name) {
  return state_->get<Document>(name, [&](const Json& value) -> std::optional<Document> {
    if (!value.is_object()) {
      state_->wrong_kind(name, "an object", value);
      return std::nullopt;
    }
    Document inner;
    inner.state_->root = value;
    inner.state_->data = &inner.state_->root;
    inner.state_->attributes = &inner.state_->root;
    inner.state_->prefix = state_->prefix + "/" + escaped(name);
    inner.state_->data_prefix = inner.state_->prefix;
    inner.state_->problems = state_->problems;
    return inner;
  });
}

std::string Document::required_text(std::string_view name, std::size_t max_bytes) {
  const std::size_t before = state_->problems->size();
  auto value = text(name, max_bytes);
  if (value.has_value() && !value->empty()) return *std::move(value.value);
  if (state_->problems->size() == before) {
    state_->add(name, "The attribute \"" + base::printable(name) + "\" is required and must not be empty.");
  }
  return {};
}

std::string Document::required_line(std::string_view name, std::size_t max_bytes) {
  const std::size_t before = state_->problems->size();
  auto value = line(name, max_bytes);
  if (value.has_value() && !base::trim(*value).empty()) return *std::move(value.value);
  if (state_->problems->size() == before) {
    state_->add(name, "The attribute \"" + base::printable(name) + "\" is required and must not be empty.");
  }
  return {};
}

Member<std::string> Document::related(std::string_view name, std::string_view expected_type) {
  const Json* linkage = state_->relationship(name);
  if (linkage == nullptr) return {};
  if (linkage->is_null()) return {true, std::nullopt};
  auto id =
      state_->identifier(*linkage, expected_type, state_->data_prefix + "/relationships/" + escaped(name) + "/data");
  if (!id) return {};
  return {true, std::move(id)};
}

Member<std::vector<std::string>> Document::related_list(std::string_view name, std::string_view expected_type) {
  const Json* linkage = state_->relationship(name);
  if (linkage == nullptr) return {};
  if (linkage->is_null()) return {true, std::nullopt};
  auto ids =
      state_->identifiers(*linkage, expected_type, state_->data_prefix + "/relationships/" + escaped(name) + "/data");
  if (!ids) return {};
  return {true, std::move(ids)};
}

std::vector<std::string> Document::identifiers(std::string_view expected_type) {
  const std::string pointer = state_->data_prefix.empty() ? "/data" : state_->data_prefix;
  return state_->identifiers(*state_->data, expected_type, pointer).value_or(std::vector<std::string>{});
}

void Document::problem(std::string_view name, std::string message) { state_->add(name, std::move(message)); }

const std::vector<base::Error>& Document::problems() const { return *state_->problems; }

}  // namespace jsonapi
