#include "cli/output.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/strings.h"
#include "jsonapi/json.h"

namespace cli {
namespace {

constexpr std::size_t kWidest = 80;

std::string text_of(const Json& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return value.get_ref<const std::string&>().empty() ? "-" : value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_array()) {
    std::vector<std::string> parts;
    for (const Json& item : value) parts.push_back(text_of(item));
    return parts.empty() ? "-" : base::join(parts, ", ");
  }
  return jsonapi::dump(value);
}

// Terminal columns of a UTF-8 text, near enough: one per code point.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

void print_row(std::ostream& out, const std::vector<std::string>& row, const std::vector<std::size_t>& widths) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    out << row[i];
    if (i + 1 < row.size()) out << std::string(widths[i] - width(row[i]) + 2, ' ');
  }
  out << '\n';
}

}  // namespace

std::string cell(const Json& resource, const std::string& path) {
  const Json* value = jsonapi::find(resource, path);
  return value == nullptr ? "-" : base::printable(text_of(*value), 4096);
}

void print_table(std::ostream& out, const std::vector<Field>& fields, const Json& resources) {
  std::vector<std::vector<std::string>> rows(1);
  for (const Field& field : fields) rows[0].push_back(field.heading);
  for (const Json& resource : resources) {
    auto& row = rows.emplace_back();
    for (const Field& field : fields) row.push_back(base::shorten(cell(resource, field.path), kWidest));
  }
  std::vector<std::size_t> widths(fields.size(), 0);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  for (const auto& row : rows) print_row(out, row, widths);
}

void print_details(std::ostream& out, const std::vector<Field>& fields, const Json& resource) {
  std::size_t widest = 0;
  for (const Field& field : fields) widest = std::max(widest, field.heading.size());
  for (const Field& field : fields) {
    out << field.heading << ':' << std::string(widest - field.heading.size() + 1, ' ') << cell(resource, field.path)
        << '\n';
  }
}

}  // namespace cli
