#pragma once

#include <optional>
#include <string>
#include <string_view>

// Which names and link targets an archive may hold; the same rules for packing and unpacking.
namespace git {

// Why a member of this name is not taken; nothing if it may be.
std::optional<std::string> problem_of_name(std::string_view path);
// Why a symbolic link at `path` to `target` is not taken. `target` must be relative, may begin with "..", must not
// have one later (through another link it could leave the tree) and must stay inside.
std::optional<std::string> problem_of_link(std::string_view path, std::string_view target);
// Names that are never packed: .git, .terraform and state files, anywhere in the path.
bool is_never_packed(std::string_view path);

}  // namespace git
