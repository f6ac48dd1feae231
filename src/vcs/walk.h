#pragma once

#include <iterator>
#include <string>
#include <utility>

#include "base/result.h"
#include "vcs/paging.h"
#include "vcs/provider.h"

namespace vcs {

// Fetches pages from `first` on until one holds something, or the list ends, or `pages` were read, so that a search
// does not hand out a long row of empty slices. `fetch(page)` gives a Result<Slice<T>> whose `next` is the page after.
template <class T, class Fetch>
// NOLINTNEXTLINE(performance-unnecessary-value-param): it is moved from, which the check does not see in a template
base::Result<Slice<T>> first_filled(std::string first, const Fetch& fetch, std::size_t pages = 10) {
  PageGuard guard(pages);
  Slice<T> slice;
  slice.next = std::move(first);
  for (std::size_t i = 0; i < pages; ++i) {
    RETURN_IF_ERROR(guard.enter(slice.next));
    ASSIGN_OR_RETURN(slice, fetch(slice.next));
    if (!slice.items.empty() || slice.next.empty()) break;
  }
  return slice;
}

// All items of all pages; kUpstream beyond 100 pages or in a circle.
template <class T, class Fetch>
base::Result<std::vector<T>> all_pages(std::string first, const Fetch& fetch) {
  PageGuard guard;
  std::vector<T> items;
  for (std::string page = std::move(first); !page.empty();) {
    RETURN_IF_ERROR(guard.enter(page));
    ASSIGN_OR_RETURN(Slice<T> slice, fetch(page));
    items.insert(items.end(), std::make_move_iterator(slice.items.begin()), std::make_move_iterator(slice.items.end()));
    page = std::move(slice.next);
  }
  return items;
}

// A cursor comes back from outside: it must be a path we handed out. `first` if empty, kInvalid if it does not begin
// with `prefix`.
inline base::Result<std::string> page_of_cursor(std::string_view cursor, std::string first, std::string_view prefix) {
  if (cursor.empty()) return first;
  if (cursor.starts_with(prefix) && cursor.find("..") == std::string_view::npos) return std::string(cursor);
  return base::invalid("This page cursor is not one of ours; start again at the first page.");
}

}  // namespace vcs
