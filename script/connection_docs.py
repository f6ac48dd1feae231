#!/usr/bin/env python3
"""Writes docs/connections/TYPE.md, a page for each type of service connection, from the file of types.

  script/connection_docs.py           write them
  script/connection_docs.py --check   fail if a page is missing, left over or out of date
"""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TYPES = ROOT / "src/catalogue/connection-types.json"
PAGES = ROOT / "docs/connections"
HEAD = "<!-- Written by script/connection_docs.py from src/catalogue/connection-types.json. -->\n"
IDENTITY = """The connection has no secret: the service is told to trust a token that this server signs.

1. Create the connection. It is saved without verification and shows its `issuer` and its `subject`.
1. Register both at the service (in Entra: a federated credential of the application, of the kind "other issuer"), with
   the audience that the verification below names.
1. Give the application its role on the scope, then `runbridge connection verify NAME`.

See [tokens of this server's own](README.md#tokens-of-this-servers-own).
"""
ACCOUNT = """
Saved with `--no-verify`, the account is made by the first verification that does not fail; until then no run gets the
connection. What cannot be removed when the connection is deleted is told and in the audit log. Whoever gives `target` and
`credentials.token` himself has made the account himself: nothing is made or removed.
See [accounts of its own](../adr/0015-accounts-of-its-own.md).
"""


def cell(text) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")


def listed(names) -> str:
    return ", ".join(f"`{name}`" for name in names)


def words(condition) -> str:
    return " and ".join(f"`{key}` is `{value}`" for key, value in condition.items())


def needed(parameter) -> str:
    if "default" in parameter:
        value = parameter["default"]
        return f"default `{str(value).lower() if isinstance(value, bool) else value}`"
    if parameter.get("required_when"):
        return "if " + words(parameter["required_when"])
    if parameter.get("filled_by_flow"):
        return "set by the sign-in or the server"
    return "yes" if parameter["required"] else "no"


def notes(parameter, rules) -> str:
    out = [parameter["help"]]
    if parameter.get("options"):
        out.append("One of " + listed(choice["value"] for choice in parameter["options"]) + ".")
    rule = rules.get(parameter.get("rule"))
    if rule and parameter["rule"] != "non_empty" and rule["say"] not in out[0]:
        out.append(rule["say"])
    if parameter.get("options_from", {}).get("http"):
        out.append("The service is asked for the choices: on the page, or `runbridge connection options --parameter "
                   f"{parameter['id']}`.")
    if parameter.get("immutable"):
        out.append("Cannot be changed after creation.")
    return " ".join(out)


def kind(parameter) -> str:
    return "secret" if parameter.get("secret") else parameter["kind"]


def fields(scheme, rules) -> str:
    if not scheme["parameters"]:
        return ""
    out = "| key | kind | needed | |\n| --- | --- | --- | --- |\n"
    for parameter in scheme["parameters"]:
        out += (f"| `{parameter['yaml_path']}` | {kind(parameter)} | {cell(needed(parameter))} "
                f"| {cell(notes(parameter, rules))} |\n")
    return out


def sample(type_, scheme, parameter) -> str:
    if parameter.get("options"):
        return parameter["options"][0]["value"]
    if "default" in parameter:
        value = parameter["default"]
        return str(value).lower() if isinstance(value, bool) else str(value)
    if parameter["yaml_path"].startswith("target"):
        return type_["target"].get("example", parameter.get("placeholder", ""))
    return parameter.get("placeholder", "<" + parameter["id"].replace("_", "-") + ">")


def quoted(value: str) -> str:
    plain = re.fullmatch(r"[A-Za-z0-9/<][\w./:@=,&?%+<>;{}-]*( [\w./:@=,;-]+)*", value)
    return value if plain and ": " not in value and value.lower() not in ("yes", "no", "on", "off") else json.dumps(value)


def example(type_, scheme) -> str:
    """The YAML form with what has to be there."""
    top, sections = {"name": "example", "type": type_["id"]}, {"properties": [], "credentials": []}
    for parameter in scheme["parameters"]:
        required = parameter["required"] or parameter.get("required_when")
        if parameter.get("filled_by_flow") or not required:
            continue
        if parameter.get("show_when") and "AzureStack" in parameter["show_when"].values():
            continue
        if parameter.get("show_when") and "ManagementGroup" in parameter["show_when"].values():
            continue
        path = parameter["yaml_path"].split(" (")[0]
        value = "" if parameter.get("secret") else quoted(sample(type_, scheme, parameter))
        section, _, key = path.partition(".")
        if key:
            sections[section].append((key, value))
        else:
            top[path] = value
    names = [name for name in scheme["yaml_credentials_type"] if name]
    if None not in scheme["yaml_credentials_type"]:
        sections["credentials"].insert(0, ("type", scheme["id"] if scheme["id"] in names else names[0]))
    out = "".join(f"{key}: {value}".rstrip() + "\n" for key, value in top.items())
    for section, pairs in sections.items():
        if pairs:
            out += f"{section}:\n" + "".join(f"  {key}: {value}".rstrip() + "\n" for key, value in pairs)
    return "```yaml\n" + out + "```\n"


def receives(scheme) -> str:
    env = scheme["env"]
    out = ""
    for variable in env.get("variables", []):
        mark = ", masked" if variable.get("secret") else ""
        note = f" ({variable['note']})" if variable.get("note") else ""
        when = " if it applies" if variable.get("when") else ""
        out += f"- `{variable['name']}`{mark}{when}{note}\n"
    for path in dict.fromkeys((file["path"], file["mode"]) for file in env.get("files", [])):
        out += f"- the file `{path[0]}`, mode {path[1]}\n"
    if env.get("notes"):
        out += f"\n{env['notes']}\n"
    return out


def sign_in(scheme) -> str:
    """How its secret comes from a person's sign-in, where it does."""
    sources = [one["options_from"]["oauth_configurations"] for one in scheme["parameters"]
               if "oauth_configurations" in one.get("options_from", {})]
    needs = scheme.get("needs", {}).get("oauth_configuration")
    source = needs or (sources[0] if sources else None)
    if source is None:
        return ""
    how = ("a code that you type in there (device code)" if source == "azure_rm" else
           "your browser, which goes there and comes back to `/oauth2/callback`")
    return (f"Signed in by {how}, with an OAuth configuration of the type `{source}`: *"
            f"{'Sign in' if source == 'azure_rm' else 'Authorize'}* on the page, `--sign-in` on the command line; see "
            "[Secrets that a sign-in fills](README.md#secrets-that-a-sign-in-fills).\n")


def rights(scheme) -> str:
    out = ""
    if scheme.get("prerequisite"):
        out += scheme["prerequisite"] + "\n"
    if scheme.get("recommended_scopes"):
        out += "Scopes: " + listed(scheme["recommended_scopes"]) + ".\n"
    needs = sorted({scope for step in scheme["verify"]["steps"] for scope in step.get("need", [])})
    if needs and not scheme.get("recommended_scopes"):
        out += "Scopes: " + listed(needs) + ".\n"
    out += sign_in(scheme)
    if any(step["do"] == "issue_oidc_token" for step in scheme["verify"]["steps"]):
        out += IDENTITY
    for line in scheme.get("how_to", []):
        out += f"- {line}\n"
    for line in scheme.get("on_create", []):
        out += f"- When it is created: {line}\n"
    out += ACCOUNT if scheme.get("on_create") else ""
    return out or "What the verification below does has to be allowed to the account, and what your runs do.\n"


def verification(scheme) -> str:
    verify = scheme["verify"]
    out = f"{verify['success']}\n\n"
    for step in verify["steps"]:
        what = step["do"].replace("_", " ")
        if step["do"] == "http":
            what = f"{step.get('method', 'GET')} `{step['url']}`"
        extra = [word for word in ("optional",) if step.get(word)]
        if step.get("contrast"):
            extra.append("once more without credentials, to see that they matter")
        out += f"1. {what}" + (f" ({'; '.join(extra)})" if extra else "") + "\n"
    for note in verify.get("notes", []) if isinstance(verify.get("notes"), list) else [verify.get("notes")]:
        if note:
            out += f"\n{note}\n"
    if verify.get("side_effects"):
        effects = verify["side_effects"]
        out += "\n" + (effects if isinstance(effects, str) else " ".join(effects)) + "\n"
    return out


def page(type_, catalogue) -> str:
    names = [name for name in type_["aliases"]["yaml"] if name != type_["id"]]
    out = HEAD + f"# {type_['name']}\n\n{type_['summary']}\n\n"
    out += f"`type: {type_['id']}`" + (f", also {listed(names)}" if names else "") + ".\n"
    for key in ("status_note", "yaml_note", "run_note"):
        if type_.get(key):
            out += f"\n{type_[key]}\n"
    if type_.get("same_as"):
        out += f"\nMade as [{type_['same_as']}]({type_['same_as']}.md).\n"
    for scheme in type_["schemes"]:
        out += f"\n## {scheme['name']}\n\n`credentials.type`: {listed(n or 'none' for n in scheme['yaml_credentials_type'])}\n\n"
        if scheme.get("ui_note"):
            out += scheme["ui_note"] + "\n\n"
        out += example(type_, scheme) + "\n" + fields(scheme, catalogue["rules"])
        out += "\n### Rights to grant\n\n" + rights(scheme)
        out += "\n### What a run receives\n\n" + receives(scheme)
        out += "\n### What verification proves\n\n" + verification(scheme)
    if type_.get("see_also"):
        out += "\nSee also: " + ", ".join(f"[{name}]({name}.md)" for name in type_["see_also"]) + ".\n"
    return re.sub(r"\n{3,}", "\n\n", out)


def types_table(types, categories) -> str:
    out = ""
    for category in categories:
        inside = [type_ for type_ in types if type_["category"] == category["id"]]
        if not inside:
            continue
        out += f"\n### {category['name']}\n\n| type | schemes |\n| --- | --- |\n"
        for type_ in inside:
            schemes = listed(scheme["id"] for scheme in type_["schemes"]) or f"as `{type_['same_as']}`"
            out += f"| [{type_['name']}]({type_['id']}.md) | {schemes} |\n"
    return out


def pages() -> dict[str, str]:
    catalogue = json.loads(TYPES.read_text())
    types = catalogue["types"] + catalogue["extension_types"]
    out = {f"{type_['id']}.md": page(type_, catalogue) for type_ in types}
    intro = (PAGES / "introduction.md").read_text()
    out["README.md"] = HEAD + intro + "\n## Types\n" + types_table(types, catalogue["categories"])
    return out


def main() -> int:
    wanted = pages()
    if sys.argv[1:] != ["--check"]:
        for name, text in wanted.items():
            (PAGES / name).write_text(text)
        return 0
    there = {path.name for path in PAGES.glob("*.md") if path.read_text().startswith(HEAD)}
    problems = [f"docs/connections/{name}: no type has this page" for name in sorted(there - wanted.keys())]
    for name, text in wanted.items():
        path = PAGES / name
        if not path.exists() or path.read_text() != text:
            problems.append(f"docs/connections/{name}: not what the file of types says")
    for problem in problems:
        print(problem)
    if problems:
        print("Run script/connection_docs.py and commit what it writes.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
