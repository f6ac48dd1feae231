#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace probes {

// One item of Subversion's ra_svn protocol (subversion/libsvn_ra_svn/protocol): a word, a number, a string, or a list.
struct SvnItem {
  enum class Kind { kWord, kNumber, kString, kList };
  Kind kind = Kind::kList;
  std::string text;  // word and string
  std::uint64_t number = 0;
  std::vector<SvnItem> items;

  bool is_word(std::string_view word) const { return kind == Kind::kWord && text == word; }
  bool is_list() const { return kind == Kind::kList; }
};

// Reads one item off the front of `bytes`. kMore: what is there is a beginning only; kBad: it never will be one, or it
// is deeper than 16 lists, longer than 64 KB or has more than 4,096 items.
enum class SvnRead { kWhole, kMore, kBad };
SvnRead read_svn_item(std::string_view bytes, SvnItem& item, std::size_t& used);

std::string svn_string(std::string_view text);  // "5:hello "

}  // namespace probes
