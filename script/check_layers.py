#!/usr/bin/env python3
"""Fails on an include that goes up or sideways, on a cycle between folders, and on a driver that knows another.

Reads the same lists as CMake: bridge_library(FOLDER … USES a b c …) in src/**/CMakeLists.txt. A file below
src/FOLDER may include "FOLDER/…" and the headers of the folders in USES, nothing else of ours.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SRC = ROOT / "src"
# A folder may use only folders of lower layers; drivers stand beside each other on one layer.
LAYERS = [
    ["base"],
    ["config", "crypto", "jsonapi", "logging"],
    ["storage", "net", "http", "git", "ssh"],
    ["jobs", "vault", "api", "vcs", "page", "catalogue"],
    ["vcs/github", "vcs/ado_server", "vcs/bitbucket_cloud", "vcs/bitbucket_data_center", "auth", "probes", "backup"],
    ["providers", "signin", "federation", "oauth"],
    ["keys", "webhooks", "connections"],
    ["workspaces"],
    ["runs"],
    ["cli"],
    ["app"],
]
LEVEL = {folder: level for level, folders in enumerate(LAYERS) for folder in folders}
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
LIBRARY = re.compile(r"bridge_library\(\s*(\S+)(.*?)\)", re.S)
KEYWORDS = {"SOURCES", "USES", "LINKS", "LINKS_PRIVATE"}


def uses_of(body: str) -> list[str]:
    uses, keyword = [], None
    for word in re.sub(r"#.*", "", body).split():
        if word in KEYWORDS:
            keyword = word
        elif keyword == "USES":
            uses.append(word)
    return uses


def folder_of(path: str, folders) -> str | None:
    parts = path.split("/")[:-1]
    while parts:
        if "/".join(parts) in folders:
            return "/".join(parts)
        parts.pop()
    return None


def main() -> int:
    uses, problems = {}, []
    for listing in SRC.rglob("CMakeLists.txt"):
        for match in LIBRARY.finditer(listing.read_text()):
            uses[match[1]] = uses_of(match[2])
    for folder, used in uses.items():
        if folder not in LEVEL:
            problems.append(f"src/{folder}: has no layer; add it to LAYERS in script/check_layers.py")
            continue
        for other in used:
            if other not in LEVEL:
                problems.append(f"src/{folder}: uses '{other}', which is not a folder of ours")
            elif LEVEL[other] >= LEVEL[folder]:
                problems.append(f"src/{folder}: uses '{other}', which is not on a lower layer")
    for source in sorted([*SRC.rglob("*.h"), *SRC.rglob("*.cpp")]):
        name = source.relative_to(SRC).as_posix()
        own = folder_of(name, LEVEL)
        for included in INCLUDE.findall(source.read_text()):
            target = folder_of(included, LEVEL)
            if target is None or target == own:
                continue
            if target not in uses.get(own, []):
                problems.append(f'src/{name}: includes "{included}", but src/{own}/CMakeLists.txt does not use {target}')
    for problem in sorted(set(problems)):
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
