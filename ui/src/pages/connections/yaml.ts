import { type ConnectionKind, type Scheme, type Values, isShown, valueOf } from "./types";

type Tree = Map<string, Tree | string>;

function put(tree: Tree, path: string, value: string) {
  const names = path.split(".");
  const last = names.pop()!;
  let at = tree;
  for (const name of names) {
    let next = at.get(name);
    if (!(next instanceof Map)) {
      next = new Map();
      at.set(name, next);
    }
    at = next;
  }
  at.set(last, value);
}

const BARE = /^[A-Za-z][\w ./@-]*$/;
const WORDS = new Set(["true", "false", "null", "yes", "no", "on", "off", "y", "n", "~"]);

/** A YAML scalar that reads back as the same text. JSON's quotes are YAML's. */
function scalar(text: string): string {
  return BARE.test(text) && !WORDS.has(text.toLowerCase()) && text.trim() === text ? text : JSON.stringify(text);
}

function write(tree: Tree, indent: string): string {
  return [...tree]
    .map(([name, value]) => (value instanceof Map ? `${indent}${name}:\n${write(value, `${indent}  `)}` : `${indent}${name}: ${value}\n`))
    .join("");
}

export interface Described {
  name: string;
  description: string;
  kind: ConnectionKind;
  scheme: Scheme;
  values: Values;
}

/** What is on the screen as a file. A secret is never in it: it is written as <its name>, which counts as not given. */
export function asYaml({ name, description, kind, scheme, values }: Described): string {
  const tree: Tree = new Map([["name", scalar(name || "connection")], ["type", scalar(kind.id)]]);
  if (description) tree.set("description", scalar(description));
  const credentials = scheme.yaml_credentials_type?.[0];
  if (credentials) put(tree, "credentials.type", scalar(credentials));
  for (const parameter of scheme.parameters) {
    if (!parameter.yaml_path || !isShown(parameter, scheme, values)) continue;
    const value = valueOf(parameter, values);
    if (parameter.secret) put(tree, parameter.yaml_path, `"<${parameter.id}>"`);
    else if (value !== "") put(tree, parameter.yaml_path, parameter.kind === "bool" || parameter.kind === "int" ? value : scalar(value));
  }
  return write(tree, "");
}

/** The secrets that a command has to be given besides the file, each from a file of its own. */
export function secretPaths({ scheme, values }: Described): string[] {
  return scheme.parameters.filter((one) => one.secret && one.yaml_path && isShown(one, scheme, values)).map((one) => one.yaml_path!);
}
