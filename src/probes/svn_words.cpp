#include "probes/svn_words.h"

#include "base/strings.h"

namespace probes {
namespace {

constexpr int kDeepest = 16;
constexpr std::size_t kLongest = std::size_t{64} << 10U;
constexpr std::size_t kMostItems = 4096;

bool is_space(char c) { return c == ' ' || c == '\n'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  SvnRead item(SvnItem& out, int depth) {
    skip_spaces();
    if (at_end()) return SvnRead::kMore;
    if (++items_ > kMostItems || depth > kDeepest) return SvnRead::kBad;
    const char c = bytes_[at_];
    if (c == '(') return list(out, depth);
    if (is_digit(c)) return number_or_string(out);
    return is_letter(c) ? word(out) : SvnRead::kBad;
  }
  std::size_t used() const { return at_; }

 private:
  bool at_end() const { return at_ >= bytes_.size(); }
  void skip_spaces() {
    while (!at_end() && is_space(bytes_[at_])) ++at_;
  }
  // Every item ends with a space, which belongs to it.
  SvnRead end_of_item() {
    if (at_end()) return SvnRead::kMore;
    if (!is_space(bytes_[at_])) return SvnRead::kBad;
    ++at_;
    return SvnRead::kWhole;
  }

  SvnRead word(SvnItem& out) {
    const std::size_t start = at_;
    while (!at_end() && (is_letter(bytes_[at_]) || is_digit(bytes_[at_]) || bytes_[at_] == '-')) ++at_;
    out.kind = SvnItem::Kind::kWord;
    out.text = bytes_.substr(start, at_ - start);
    return end_of_item();
  }

  SvnRead number_or_string(SvnItem& out) {
    const std::size_t start = at_;
    while (!at_end() && is_digit(bytes_[at_])) ++at_;
    if (at_ - start > 18) return SvnRead::kBad;
    const auto value = base::to_integer(bytes_.substr(start, at_ - start));
    if (!value) return SvnRead::kBad;
    out.number = static_cast<std::uint64_t>(*value);
    out.kind = SvnItem::Kind::kNumber;
    if (at_end() || bytes_[at_] != ':') return end_of_item();
    if (out.number > kLongest) return SvnRead::kBad;
    ++at_;
    if (bytes_.size() - at_ < out.number) return SvnRead::kMore;
    out.kind = SvnItem::Kind::kString;
    out.text = bytes_.substr(at_, out.number);
    at_ += out.number;
    out.number = 0;
    return end_of_item();
  }

  SvnRead list(SvnItem& out, int depth) {
    ++at_;
    out.kind = SvnItem::Kind::kList;
    const SvnRead opened = end_of_item();
    if (opened != SvnRead::kWhole) return opened;
    for (;;) {
      skip_spaces();
      if (at_end()) return SvnRead::kMore;
      if (bytes_[at_] == ')') {
        ++at_;
        return end_of_item();
      }
      SvnItem next;
      const SvnRead read = item(next, depth + 1);
      if (read != SvnRead::kWhole) return read;
      out.items.push_back(std::move(next));
    }
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  std::size_t items_ = 0;
};

}  // namespace

SvnRead read_svn_item(std::string_view bytes, SvnItem& item, std::size_t& used) {
  Reader reader(bytes);
  SvnItem found;
  const SvnRead read = reader.item(found, 0);
  if (read == SvnRead::kMore && bytes.size() > 2 * kLongest) return SvnRead::kBad;
  if (read != SvnRead::kWhole) return read;
  item = std::move(found);
  used = reader.used();
  return SvnRead::kWhole;
}

std::string svn_string(std::string_view text) { return std::to_string(text.size()) + ":" + std::string(text) + " "; }

}  // namespace probes
