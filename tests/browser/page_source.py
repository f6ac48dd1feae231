"""What the page's own source says there is: its routes, its windows, the calls that change something.

Tests compare this with what they visited and did, so that a page, window or action without a test is a failure.
"""

import pathlib
import re

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "ui" / "src"


def _files():
    return {path.relative_to(SOURCE).as_posix(): path.read_text() for path in sorted(SOURCE.rglob("*.ts*"))}


def routes():
    """Patterns of the router; /app/:organization/*? only leads to those below it."""
    text = (SOURCE / "app.tsx").read_text()
    fixed = re.findall(r'<Route path="([^"]+)"', text)
    table = re.search(r"const OF_ORGANIZATION[^=]*= \[\n(.*?)\n\];", text, re.DOTALL).group(1)
    base = re.search(r'const base = "([^"]+)"', text).group(1)
    below = [base + path for path in re.findall(r'\["([^"]+)", \w+\]', table)]
    assert len(below) == len(table.splitlines()), "every line of OF_ORGANIZATION is one route"
    return {*fixed, base, *below} - {base + "/*?"}


def workspace_parts():
    return set(re.findall(r'params\.part === "(\w+)"', (SOURCE / "pages/workspaces/one.tsx").read_text()))


def windows():
    """How many windows each file can open."""
    found = {name: len(re.findall(r"<(?:Window|Confirm|ConfirmDelete)\b", text)) for name, text in _files().items()
             if not name.startswith(("session/", "components/")) or name == "components/tokens.tsx"}
    return {name: count for name, count in found.items() if count}


def was_done(call, worked):
    """Whether a call of mutations() is among those a browser was answered well."""
    shape = re.compile(re.escape(call).replace(r"\{\}", "[^/]+"))
    return any(shape.fullmatch(one) for one in worked)


_VERBS = {"post": "POST", "patch": "PATCH", "put": "PUT", "remove": "DELETE", "delete": "DELETE"}
_CALL = re.compile(r'(?<![\w.])(?:(post|patch|put|remove)\(|send\(\s*"(post|patch|put|delete)",)\s*(?:"([^"]+)"|`([^`]+)`|(\w+))')


def _named(name, text, files):
    """The addresses that a constant stands for, of this file or another, or a property whose type lists them."""
    def constant(place):
        return re.findall(rf'const {name} = "([^"]+)" as const', place)

    listed = (re.search(rf"^type {kind} = (.*);$", text, re.MULTILINE) for kind in re.findall(rf"\b{name}: (\w+)", text))
    found = constant(text) or next((re.findall(r'"([^"]+)"', one.group(1)) for one in listed if one), None)
    found = found or next(filter(None, map(constant, files.values())), None)
    if found:
        return found
    raise AssertionError(f"no address is called {name}")


def mutations():
    """Every call of the page that changes something: "POST /api/v2/runs/{}/actions/apply" and the file that has it."""
    files = {name: text for name, text in _files().items() if "api/client\"" in text}
    found = {}
    for name, text in files.items():
        for short, verb, literal, template, constant in _CALL.findall(text):
            for address in [literal or template] if literal or template else _named(constant, text, files):
                address = re.sub(r"\$?\{(?:[^{}]|\{[^{}]*\})*\}", "{}", address)
                found.setdefault(f"{_VERBS[short or verb]} {address}", name)
    return found
