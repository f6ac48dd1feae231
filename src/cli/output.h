#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace cli {

using Json = nlohmann::json;

// A column of a table or a line of a detail view: its heading and where in a resource the value is
// ("id", "attributes.name", "relationships.workspace.data.id").
struct Field {
  std::string heading;
  std::string path;
};

// The value as one line of text: lists joined, yes/no for booleans, "-" for nothing, control characters escaped.
std::string cell(const Json& resource, const std::string& path);

// Aligned columns with a heading line; "nothing here yet" texts are the caller's.
void print_table(std::ostream& out, const std::vector<Field>& fields, const Json& resources);
// One "Heading: value" line per field.
void print_details(std::ostream& out, const std::vector<Field>& fields, const Json& resource);

}  // namespace cli
