#include "catalogue/live_options.h"

#include <cctype>
#include <string_view>

namespace catalogue {
namespace {

constexpr std::string_view kMethod = "GET ";

// Whether the template has {{start…}} with the name ended there.
bool names(std::string_view text, const std::string& start) {
  const std::string wanted = "{{" + start;
  for (auto at = text.find(wanted); at != std::string_view::npos; at = text.find(wanted, at + 1)) {
    const char next = at + wanted.size() < text.size() ? text[at + wanted.size()] : '\0';
    if (start.ends_with('.') || (std::isalnum(static_cast<unsigned char>(next)) == 0 && next != '_')) return true;
  }
  return false;
}

}  // namespace

std::optional<LiveOptions> live_options(const Scheme& scheme, const Parameter& parameter) {
  const OptionsFrom& from = parameter.options_from;
  if (from.kind != OptionsFrom::Kind::kHttp || !from.of.starts_with(kMethod)) return std::nullopt;
  LiveOptions live;
  live.url = from.of.substr(kMethod.size());
  for (const Parameter& other : scheme.parameters) {
    if (names(live.url, "ref:" + other.id + ".")) live.reference = other.id;
  }
  for (const Parameter& other : scheme.parameters) {
    const bool named = names(live.url, other.id) || names(live.url, "ref:" + other.id + ".");
    const bool cloud = other.id == "environment" && names(live.url, "azure.");
    const bool sign_in = live.reference.empty() && other.filled_by_flow && other.secret && other.required;
    if (named || cloud || sign_in) live.needs.push_back(other.id);
  }
  return live;
}

}  // namespace catalogue
