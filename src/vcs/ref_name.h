#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "vcs/event.h"

// What may be called a branch, a tag or a commit. Names come from whoever may push, and end in command lines, file
// paths, URLs and pages: the rules are git's own (git-check-ref-format) and a little narrower.
namespace vcs {

// A short branch or tag name ("main", "feature/x"): 1 to 250 bytes of UTF-8, no leading '-', nothing that
// git-check-ref-format refuses. kInvalid says which rule.
base::Status check_ref_name(std::string_view name);

// 40 or 64 hex characters, not all of them zeros.
bool is_commit_id(std::string_view text);
// All zeros of either length: the provider's way to say "no commit".
bool is_zero_commit(std::string_view text);
// 7 to 64 hex characters.
bool is_abbreviated_commit(std::string_view text);

// "refs/heads/x" or "refs/tags/x" taken apart; nothing for any other ref ("refs/notes/commits").
struct Ref {
  RefKind kind = RefKind::kBranch;
  std::string name;
};
std::optional<Ref> split_ref(std::string_view full);

// The name behind "refs/heads/", or the text itself.
std::string short_branch(std::string_view ref);

// "" for zeros or nothing, the lower-case id for a commit id; kInvalid for any other text.
base::Result<std::string> commit_or_nothing(std::string_view text);
// The lower-case id; kInvalid for anything but a commit id. `what` names it ("the head commit").
base::Result<std::string> required_commit(std::string_view text, std::string_view what);

}  // namespace vcs
