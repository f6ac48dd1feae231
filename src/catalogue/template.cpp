#include "catalogue/template.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/random.h"
#include "base/strings.h"
#include "catalogue/filters.h"

namespace catalogue {
namespace {

constexpr std::size_t kDeepest = 32;
constexpr std::size_t kMostFilters = 8;
constexpr std::size_t kMostWork = std::size_t{64} << 20U;  // bytes that filters may go through

std::string random_hex(std::size_t digits) { return base::random_text(digits, "0123456789abcdef"); }

// RFC 9562 section 5.4: version 4, variant 10.
std::string random_uuid() {
  std::string hex = random_hex(32);
  hex[12] = '4';
  hex[16] = base::random_text(1, "89ab")[0];
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20);
}

struct Value {
  std::string text;
  bool secret = false;
};

const std::string* find_in(const std::map<std::string, std::string, std::less<>>* map, std::string_view name) {
  if (map == nullptr) return nullptr;
  const auto at = map->find(name);
  return at == map->end() ? nullptr : &at->second;
}

const base::Secret* find_in(const std::map<std::string, base::Secret, std::less<>>* map, std::string_view name) {
  if (map == nullptr) return nullptr;
  const auto at = map->find(name);
  return at == map->end() ? nullptr : &at->second;
}

// Names to values.
class Names {
 public:
  explicit Names(const Context& context) : context_(context) {}

  // Parameters may be large; this does not copy them.
  std::optional<std::string_view> parameter_text(std::string_view name) const {
    if (context_.values == nullptr || find_in(context_.shown, name) != nullptr) return std::nullopt;
    if (const base::Secret* secret = context_.values->secret(name)) return secret->reveal();
    const auto& plain = context_.values->plain();
    const auto at = plain.find(name);
    return at == plain.end() ? std::nullopt : std::optional<std::string_view>(at->second);
  }

  Value value_of(std::string_view name) const {
    if (const std::string* shown = find_in(context_.shown, name)) return {*shown};
    if (auto value = value_of_prefix(name)) return *std::move(value);
    if (auto value = parameter(name)) return *std::move(value);
    if (auto value = value_of_word(name)) return *std::move(value);
    if (context_.target != nullptr) {
      if (name.starts_with("target.")) return {part_of_target(name.substr(7))};
      if (const std::string* part = find_in(&context_.target->parts, name)) return {*part};
    }
    if (context_.steps != nullptr) {
      if (const base::Secret* captured = find_in(&context_.steps->captures, name)) return {captured->reveal(), true};
    }
    return {};
  }

 private:
  std::optional<Value> parameter(std::string_view name) const {
    const auto text = parameter_text(name);
    if (!text) return std::nullopt;
    return Value{std::string(*text), context_.values->secret(name) != nullptr};
  }

  std::optional<Value> value_of_prefix(std::string_view name) const {
    if (name.starts_with("file:")) {
      const std::string* path = find_in(context_.files, name.substr(5));
      return Value{path == nullptr ? "" : *path};
    }
    if (name.starts_with("ref:")) {
      const base::Secret* field = find_in(context_.references, name.substr(4));
      return Value{field == nullptr ? "" : field->reveal(), field != nullptr};
    }
    if (name.starts_with("azure.")) return Value{azure(name.substr(6))};
    if (name.starts_with("basic:")) return basic(name.substr(6));
    return std::nullopt;
  }

  std::optional<Value> value_of_word(std::string_view name) const {
    if (name == "name") return Value{std::string(context_.name)};
    if (name == "name_env") return Value{name_for_environment(context_.name)};
    if (name == "dir") return Value{std::string(context_.dir)};
    if (name == "random") return Value{random_hex(16)};
    if (name == "uuid") return Value{random_uuid()};
    if (name == "known_host_line") return Value{std::string(context_.known_host_line)};
    if (name == "target") return Value{context_.target == nullptr ? "" : context_.target->text};
    return std::nullopt;
  }

  // Azure Stack is the customer's own: its address is among the values.
  std::string azure(std::string_view key) const {
    if (context_.azure == nullptr) return {};
    const std::string* value = find_in(&context_.azure->values, key);
    if (value != nullptr && !value->empty()) return *value;
    if (key != "arm_url" || context_.values == nullptr) return {};
    std::string_view url = context_.values->text("server_url");
    while (url.ends_with('/')) url.remove_suffix(1);
    return url.empty() ? std::string{} : std::string(url) + "/";
  }

  std::string part_of_target(std::string_view part) const {
    const TargetText& target = *context_.target;
    if (part.starts_with("query.")) {
      const std::string* value = find_in(&target.query, part.substr(6));
      return value == nullptr ? std::string{} : *value;
    }
    const std::pair<std::string_view, const std::string*> parts[] = {
        {"origin", &target.origin}, {"scheme", &target.scheme},     {"host", &target.host},
        {"port", &target.port},     {"hostport", &target.hostport}, {"path", &target.path},
    };
    for (const auto& [name, value] : parts) {
      if (name == part) return *value;
    }
    return {};
  }

  Value basic(std::string_view names) const {
    const std::size_t comma = names.find(',');
    if (comma == std::string_view::npos) return {};
    const Value user = value_of(base::trim(names.substr(0, comma)));
    const Value password = value_of(base::trim(names.substr(comma + 1)));
    return {base::to_base64(user.text + ":" + password.text), user.secret || password.secret};
  }

  const Context& context_;
};

// Reads a template from left to right; what it meets goes to the handler.
template <class Handler>
class Reader {
 public:
  Reader(std::string_view text, Handler& handler) : text_(text), handler_(handler) {}

  base::Status read() {
    while (at_ < text_.size()) {
      const std::size_t open = text_.find("{{", at_);
      if (active()) RETURN_IF_ERROR(handler_.literal(text_.substr(at_, open - at_)));
      if (open == std::string_view::npos) break;
      const std::size_t close = text_.find("}}", open + 2);
      at_ = open;
      if (close == std::string_view::npos) return fail("\"{{\" is not closed by \"}}\"");
      RETURN_IF_ERROR(tag(text_.substr(open + 2, close - open - 2)));
      at_ = close + 2;
    }
    if (!blocks_.empty()) return fail("the block \"" + base::printable(blocks_.back().name) + "\" is not closed");
    return {};
  }

 private:
  struct Block {
    std::string_view name;
    bool outer = true;      // what is around it is wanted
    bool condition = true;  // its first branch is wanted
    bool has_else = false;
    bool in_else = false;
  };

  bool active() const {
    return blocks_.empty() || (blocks_.back().outer && blocks_.back().condition != blocks_.back().in_else);
  }

  base::Error fail(const std::string& what) const {
    return base::invalid("The template is not right at byte " + std::to_string(at_) + ": " + what + ".");
  }

  base::Status tag(std::string_view tag) {
    if (tag.empty()) return fail("a name is missing");
    if (tag[0] == '#' || tag[0] == '^') return open_block(tag);
    if (tag[0] == '/') return close_block(tag.substr(1));
    if (tag == "else") return other_branch();
    return expression(tag);
  }

  base::Status open_block(std::string_view tag) {
    if (blocks_.size() >= kDeepest) return fail("blocks are too deep");
    const bool negated = tag[0] == '^';
    const std::string_view inside = tag.substr(1);
    const std::size_t space = inside.find(' ');
    Block block{inside.substr(0, space), active()};
    if (block.name.empty()) return fail("a name is missing");
    if (space == std::string_view::npos) {
      if (block.outer) block.condition = handler_.is_set(block.name) != negated;
    } else {
      if (negated) return fail("\"^\" takes a name only");
      block.has_else = true;
      RETURN_IF_ERROR(compare(inside.substr(space + 1), block));
    }
    blocks_.push_back(block);
    return {};
  }

  base::Status compare(std::string_view rest, Block& block) {
    if (block.name == "if_host") {
      if (block.outer) block.condition = handler_.host_is(rest);
      return {};
    }
    if (block.name != "if_prefix") return fail("there is no block \"" + base::printable(block.name) + "\"");
    const std::size_t space = rest.find(' ');
    if (space == std::string_view::npos) return fail("if_prefix needs a name and a text");
    if (block.outer) block.condition = handler_.has_prefix(rest.substr(0, space), rest.substr(space + 1));
    return {};
  }

  base::Status close_block(std::string_view name) {
    if (blocks_.empty() || blocks_.back().name != name) {
      return fail("\"{{/" + base::printable(name) + "}}\" closes nothing that is open");
    }
    blocks_.pop_back();
    return {};
  }

  base::Status other_branch() {
    if (blocks_.empty() || !blocks_.back().has_else || blocks_.back().in_else)
      return fail("\"{{else}}\" is not expected here");
    blocks_.back().in_else = true;
    return {};
  }

  base::Status expression(std::string_view tag) {
    std::array<std::string_view, kMostFilters> filters;
    std::size_t count = 0;
    const std::size_t bar = tag.find('|');
    const std::string_view name = tag.substr(0, bar);
    std::string_view rest = bar == std::string_view::npos ? std::string_view{} : tag.substr(bar + 1);
    if (name.empty() || tag.ends_with('|')) return fail("a name is missing");
    while (!rest.empty()) {
      if (count == kMostFilters) return fail("there are too many filters");
      filters[count] = rest.substr(0, rest.find('|'));
      if (!is_filter(filters[count])) return fail("there is no filter \"" + base::printable(filters[count]) + "\"");
      rest.remove_prefix(std::min(rest.size(), filters[count].size() + 1));
      ++count;
    }
    if (!active() && !Handler::kSeesAll) return {};
    return handler_.expression(name, {filters.data(), count});
  }

  std::string_view text_;
  Handler& handler_;
  std::size_t at_ = 0;
  std::vector<Block> blocks_;
};

class Writer {
 public:
  static constexpr bool kSeesAll = false;

  explicit Writer(const Context& context) : context_(context), names_(context) {}
  ~Writer() { base::wipe(out_.data(), out_.size()); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  base::Status literal(std::string_view text) {
    if (out_.size() + text.size() > context_.limit) return too_large();
    out_ += text;
    return {};
  }

  base::Status expression(std::string_view name, std::span<const std::string_view> filters) {
    Value value = names_.value_of(name);
    for (const std::string_view filter : filters) {
      work_ += value.text.size();
      if (work_ > kMostWork) return too_large();
      ASSIGN_OR_RETURN(value.text, apply_filter(filter, value.text, password()));
    }
    if (!value.text.empty()) secret_ = secret_ || value.secret;
    return literal(value.text);
  }

  bool is_set(std::string_view name) const {
    const auto is = [](std::string_view text) { return !text.empty() && text != "false"; };
    const auto large = names_.parameter_text(name);
    return large ? is(*large) : is(names_.value_of(name).text);
  }

  bool host_is(std::string_view hosts) const {
    if (context_.target == nullptr) return false;
    const auto list = base::split(hosts, ',');
    return std::any_of(list.begin(), list.end(), [&](const std::string& host) {
      return base::equals_ignoring_case(base::trim(host), context_.target->host);
    });
  }

  bool has_prefix(std::string_view name, std::string_view prefix) const {
    const auto large = names_.parameter_text(name);
    return large ? large->starts_with(prefix) : names_.value_of(name).text.starts_with(prefix);
  }

  Rendered take() { return {base::Secret(out_), secret_}; }

 private:
  std::string password() const { return names_.value_of("password").text; }

  base::Error too_large() const {
    return {base::Code::kTooLarge,
            "What the template makes is larger than " + std::to_string(context_.limit) + " bytes."};
  }

  const Context& context_;
  Names names_;
  std::string out_;
  std::size_t work_ = 0;
  bool secret_ = false;
};

// Names that need nothing but the language itself.
bool is_of_the_language(std::string_view name) {
  static const std::set<std::string_view> kWords = {
      "name",          "name_env",      "dir",         "random",      "uuid",           "known_host_line", "target",
      "target.origin", "target.scheme", "target.host", "target.port", "seen",           "detail",          "status",
      "seconds",       "host",          "port",        "target.path", "target.hostport"};
  if (kWords.contains(name)) return true;
  return name.starts_with("azure.") || name.starts_with("ref:") || name.starts_with("target.query.");
}

// Follows both branches and looks at names only.
class NameCheck {
 public:
  static constexpr bool kSeesAll = true;

  explicit NameCheck(const std::function<bool(std::string_view)>& knows) : knows_(knows) {}

  base::Status literal(std::string_view /*text*/) const { return {}; }
  base::Status expression(std::string_view name, std::span<const std::string_view> /*filters*/) { return note(name); }
  bool is_set(std::string_view name) {
    (void)note(name);
    return true;
  }
  bool host_is(std::string_view /*hosts*/) const { return true; }
  bool has_prefix(std::string_view name, std::string_view /*prefix*/) { return is_set(name); }

  base::Status result() const { return unknown_.empty() ? base::Status{} : base::invalid(unknown_); }

 private:
  base::Status note(std::string_view name) {
    if (name.starts_with("basic:")) {
      for (const std::string& part : base::split(name.substr(6), ',')) RETURN_IF_ERROR(note(base::trim(part)));
      return {};
    }
    if (!knows_ || is_of_the_language(name) || knows_(name)) return {};
    unknown_ = "The template names \"" + base::printable(name) + "\", which does not exist.";
    return base::invalid(unknown_);
  }

  const std::function<bool(std::string_view)>& knows_;
  std::string unknown_;
};

}  // namespace

base::Result<Rendered> render(std::string_view text, const Context& context) {
  Writer writer(context);
  RETURN_IF_ERROR(Reader(text, writer).read());
  return writer.take();
}

base::Status check_template(std::string_view text, const std::function<bool(std::string_view)>& knows) {
  NameCheck check(knows);
  RETURN_IF_ERROR(Reader(text, check).read());
  return check.result();
}

std::string name_for_environment(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    out += (upper >= 'A' && upper <= 'Z') || (upper >= '0' && upper <= '9') ? upper : '_';
  }
  if (!out.empty() && out[0] >= '0' && out[0] <= '9') out.insert(out.begin(), '_');
  return out;
}

}  // namespace catalogue
