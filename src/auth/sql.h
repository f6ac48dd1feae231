#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/page.h"
#include "base/result.h"
#include "storage/database.h"

namespace auth {

// The form in which names are compared and kept unique.
std::string key_of(std::string_view name);

// A pattern for LIKE … ESCAPE '\' on a key column that finds texts containing this one; "" finds all.
std::string contains_pattern(std::string_view text);

// A broken unique constraint becomes kInvalid at /data/attributes/<attribute>; other errors stay.
base::Error taken(base::Error error, std::string_view attribute);

// What a list asks for: "SELECT …", then " FROM … WHERE …" with the numbers of `parameters`, then " ORDER BY …". Texts
// are constants and parameter numbers only.
struct ListStatement {
  std::string_view select;
  std::string_view from;
  std::string_view order;
  std::vector<storage::Value> parameters;
};
struct ListRows {
  storage::Rows rows;  // of the page
  std::int64_t total = 0;
};
base::Result<ListRows> rows_of_page(storage::Connection& connection, ListStatement statement,
                                    const base::PageRequest& page);

// The page, each row read by `read`.
template <class Read>
auto page_of(storage::Connection& connection, ListStatement statement, const base::PageRequest& page, Read read)
    -> base::Result<base::Page<decltype(read(std::declval<const storage::Row&>()))>> {
  ASSIGN_OR_RETURN(const ListRows found, rows_of_page(connection, std::move(statement), page));
  base::Page<decltype(read(std::declval<const storage::Row&>()))> result{{}, found.total, page};
  for (const storage::Row& row : found.rows) result.items.push_back(read(row));
  return result;
}

}  // namespace auth
