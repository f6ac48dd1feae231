#!/usr/bin/env python3
"""Fails where the text of an SQL statement is put together at run time.

What a user sent is always a bound parameter, so a statement is a constant. The few that grow with the number of
parameters say so on their line: "sql-ok: why".
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
KEYWORDS = r'"[^"\n]*\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM)\b[^"\n]*"'
CONCATENATED = re.compile(KEYWORDS + r"\s*\+|\+\s*" + KEYWORDS + r"|(?:format|append)\(\s*" + KEYWORDS)
MARK = "sql-ok:"  # the reason must follow on the same line


def main() -> int:
    problems = []
    for source in sorted((ROOT / "src").rglob("*.cpp")):
        for number, line in enumerate(source.read_text().splitlines(), 1):
            if CONCATENATED.search(line) and MARK not in line:
                problems.append(f"{source.relative_to(ROOT)}:{number}: SQL put together at run time: {line.strip()}")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
