import type { paths } from "./schema";
import { ApiProblem, problemOf, unreachable } from "./problem";

// Typed by docs/openapi.yaml: a path that the server does not have does not compile.
type Media = "application/vnd.api+json";
type Method = "get" | "post" | "patch" | "put" | "delete";
type With<M extends Method> = { [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never }[keyof paths];
export type PathOf<M extends Method> = With<M> & string;
type Content<R> = R extends { content: { [K in Media]: infer Body } } ? Body : void;
type Success<R> = R extends { 200: infer A } ? Content<A> : R extends { 201: infer A } ? Content<A> : void;
export type Answer<P extends PathOf<M>, M extends Method> = paths[P] extends Record<M, { responses: infer R }> ? Success<R> : never;

export type Params = Record<string, string>;
export type Query = Record<string, string | number | boolean | undefined>;

let csrfToken: string | null = null;
let signInAgain: () => Promise<boolean> = async () => false;
let proveAgain: () => Promise<boolean> = async () => false;

/** Requests by cookie that change something carry this. */
export function useCsrfToken(token: string | null) {
  csrfToken = token;
}

/** Asked when the session is over; resolves with whether there is one again. Calls that wait for it are then sent anew. */
export function whenSessionEnds(callback: () => Promise<boolean>) {
  signInAgain = callback;
}

/** Asked when the server wants a recent sign-in; resolves with whether there was one. */
export function whenProofIsWanted(callback: () => Promise<boolean>) {
  proveAgain = callback;
}

/** Another tab may have signed in anew: its token is read, not guessed. */
export async function renewCsrfToken(): Promise<boolean> {
  const before = csrfToken;
  const current = (await send("get", "/api/v2/sessions/current", { expects401: true })) as { data: { attributes: { "csrf-token"?: string } } };
  csrfToken = current.data.attributes["csrf-token"] ?? null;
  return csrfToken !== before;
}

export function address(path: string, params: Params = {}, query: Query = {}): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `${filled}?${text}` : filled;
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { credentials: "same-origin", redirect: "error", ...init });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw unreachable();
  }
}

export interface SendOptions {
  body?: unknown;
  signal?: AbortSignal;
  /** A 401 is an answer here (a wrong password), not the end of the session. */
  expects401?: boolean;
}

/** One call; resolves with the document or rejects with an ApiProblem. */
export async function send(method: Method, url: string, options: SendOptions = {}): Promise<unknown> {
  try {
    return await sendOnce(method, url, options);
  } catch (error) {
    if (!(error instanceof ApiProblem) || !(await mended(error, options))) throw error;
    return sendOnce(method, url, options);
  }
}

/** Whether a person, or another look at the session, made the call worth another try. */
async function mended({ status, code }: ApiProblem, { expects401 }: SendOptions): Promise<boolean> {
  if (status === 401) return !expects401 && signInAgain();
  if (status !== 403) return false;
  return code === "recent_sign_in_required" ? proveAgain() : code === "csrf_token_invalid" && renewCsrfToken();
}

async function sendOnce(method: Method, url: string, options: SendOptions): Promise<unknown> {
  const headers: Record<string, string> = { Accept: "application/vnd.api+json" };
  const init: RequestInit = { method: method.toUpperCase(), headers, signal: options.signal };
  if (options.body !== undefined) {
    headers["Content-Type"] = "application/vnd.api+json";
    init.body = JSON.stringify(options.body);
  }
  if (method !== "get" && csrfToken) headers["X-CSRF-Token"] = csrfToken;
  const response = await reach(url, init);
  const text = await response.text();
  if (response.ok) return text ? JSON.parse(text) : undefined;
  throw problemOf(response, text);
}

export function get<P extends PathOf<"get">>(path: P, params?: Params, query?: Query, signal?: AbortSignal) {
  return send("get", address(path, params, query), { signal }) as Promise<Answer<P, "get">>;
}

export function post<P extends PathOf<"post">>(path: P, params?: Params, body?: unknown) {
  return send("post", address(path, params), { body }) as Promise<Answer<P, "post">>;
}

export function patch<P extends PathOf<"patch">>(path: P, params?: Params, body?: unknown) {
  return send("patch", address(path, params), { body }) as Promise<Answer<P, "patch">>;
}

export function remove<P extends PathOf<"delete">>(path: P, params?: Params, body?: unknown, query?: Query) {
  return send("delete", address(path, params, query), { body }) as Promise<Answer<P, "delete">>;
}

/** {data: {type, attributes, relationships}} */
export function document(type: string, attributes: object, relationships?: object) {
  return { data: { type, attributes, ...(relationships ? { relationships } : {}) } };
}

export { ApiProblem };
