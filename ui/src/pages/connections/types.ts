// The catalogue's form of a type: what its form asks. Kept as data; nothing here knows a particular service.
export interface Parameter {
  id: string;
  label: string;
  kind: "text" | "password" | "textarea" | "select" | "bool" | "url" | "int";
  required?: boolean;
  required_when?: Record<string, unknown>;
  show_when?: Record<string, unknown>;
  default?: unknown;
  secret?: boolean;
  immutable?: boolean;
  filled_by_flow?: unknown;
  rule?: string;
  max_length?: number;
  options?: { value: string; label: string }[];
  options_from?: { connections?: string; oauth_configurations?: string; http?: string; needs?: string[] } & Record<string, unknown>;
  placeholder?: string;
  help?: string;
  yaml_path?: string;
}

export interface Scheme {
  id: string;
  name: string;
  creatable_in_ui?: boolean;
  yaml_credentials_type?: string[] | null;
  parameters: Parameter[];
  how_to?: unknown;
  prerequisite?: unknown;
  recommended_scopes?: unknown;
  needs_oauth_configuration?: string;
}

export interface ConnectionKind {
  id: string;
  name: string;
  category: string;
  summary: string;
  custom: boolean;
  preview: boolean;
  schemes: Scheme[];
}

export type Values = Map<string, string>;

const CATEGORIES = new Map([
  ["cloud", "Cloud subscriptions"], ["messaging", "Messaging"], ["source_control", "Source control"], ["build", "Build and automation servers"],
  ["containers", "Containers and clusters"], ["packages", "Package feeds"], ["remote_host", "Remote hosts"], ["data", "Data sources"], ["generic", "Any other service"],
]);

export const categoryName = (id: string) => CATEGORIES.get(id) ?? id.replaceAll("_", " ");

interface TypeResource {
  id: string;
  attributes: { name?: string; category?: string; summary?: string; custom?: boolean; preview?: boolean; schemes?: unknown[] };
}

export function kindOf({ id, attributes }: TypeResource): ConnectionKind {
  return {
    id,
    name: attributes.name ?? id,
    category: attributes.category ?? "generic",
    summary: attributes.summary ?? "",
    custom: attributes.custom ?? false,
    preview: attributes.preview ?? false,
    schemes: (attributes.schemes ?? []) as Scheme[],
  };
}

/** What a field holds before anybody types: its default, as text. */
export function valueOf(parameter: Parameter, values: Values): string {
  const given = values.get(parameter.id);
  if (given !== undefined) return given;
  return parameter.default === undefined || parameter.default === null ? "" : String(parameter.default);
}

/** All named values must match; a list names alternatives. */
function holds(condition: Record<string, unknown> | undefined, scheme: Scheme, values: Values): boolean {
  if (!condition) return true;
  return Object.entries(condition).every(([id, wanted]) => {
    const parameter = scheme.parameters.find((one) => one.id === id);
    const now = parameter ? valueOf(parameter, values) : "";
    return (Array.isArray(wanted) ? wanted : [wanted]).some((one) => String(one) === now);
  });
}

export const isShown = (parameter: Parameter, scheme: Scheme, values: Values) => !parameter.filled_by_flow && holds(parameter.show_when, scheme, values);
export const isRequired = (parameter: Parameter, scheme: Scheme, values: Values) =>
  parameter.required === true || (parameter.required_when !== undefined && holds(parameter.required_when, scheme, values));

export interface SignInOf {
  /** Of the OAuth configurations. */
  source: string;
  secret: Parameter;
  /** Names the configuration; some schemes have no field for it. */
  configuration?: Parameter;
}

/** How a secret of the scheme comes from a sign-in at the service; null if none does. */
export function signInOf(scheme: Scheme): SignInOf | null {
  const configuration = scheme.parameters.find((one) => one.options_from?.oauth_configurations);
  const source = configuration?.options_from?.oauth_configurations ?? scheme.needs_oauth_configuration;
  const secret = scheme.parameters.find((one) => one.filled_by_flow && one.secret);
  return source && secret ? { source, secret, configuration } : null;
}

/** What is sent: the fields in sight that hold something. */
export function parametersOf(scheme: Scheme, values: Values): Record<string, unknown> {
  const out: [string, unknown][] = [];
  for (const parameter of scheme.parameters) {
    if (!isShown(parameter, scheme, values)) continue;
    const value = valueOf(parameter, values);
    if (value === "") continue;
    out.push([parameter.id, parameter.kind === "bool" ? value === "true" : parameter.kind === "int" ? Number(value) : value]);
  }
  return Object.fromEntries(out);
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : Array.isArray(value) ? value.map(textOf).join(" ") : "");
export const hintsOf = (scheme: Scheme) => [scheme.prerequisite, scheme.how_to, scheme.recommended_scopes].map(textOf).filter(Boolean);
