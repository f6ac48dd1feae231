#!/usr/bin/env python3
"""Which sources of a folder can be read by a compiler as one: those that define no name twice.

  script/joining.py AT_ONCE FILE…     prints one group per line, as file;file;…
"""
import pathlib
import re
import sys

# In a file that clang-format made, what a namespace holds begins in the first column.
DEFINITION = re.compile(
    r"(?:struct|class|enum class|enum|union|concept)\s+(\w+)|using (\w+) =|[^=({]*?[\s*&>](\w+)\s*(?:\[[^\]]*\])?\s*[({=;]"
)


def local_names(text: str) -> set[str]:
    """What must not meet the same name of another file: members of anonymous namespaces, macros, aliases."""
    names = set(re.findall(r"^#define (\w+)", text, re.MULTILINE))
    inside = False
    for line in text.splitlines():
        if line == "namespace {":
            inside = True
        elif line == "}  // namespace":
            inside = False
        elif (inside or line.startswith(("static ", "using "))) and (line[:1].isalpha() or line[:1] == "_"):
            if found := DEFINITION.match(line):
                names.add(next(filter(None, found.groups())))
    return names


def groups_of(files: list[pathlib.Path], at_once: int) -> list[list[pathlib.Path]]:
    """Groups of at most that many files, each of one folder; the longest first."""
    groups: list[tuple[pathlib.Path, list[pathlib.Path], set[str]]] = []
    for file in files:
        names = local_names(file.read_text())
        for folder, members, taken in groups:
            if folder == file.parent and len(members) < at_once and not taken & names:
                members.append(file)
                taken |= names
                break
        else:
            groups.append((file.parent, [file], names))
    return sorted((members for _, members, _ in groups), key=len, reverse=True)


if __name__ == "__main__":
    for members in groups_of([pathlib.Path(name) for name in sys.argv[2:]], int(sys.argv[1])):
        print(";".join(map(str, members)))
