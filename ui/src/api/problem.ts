/** What the server said was wrong, kept whole: what happened, where, and the id to find it in the log. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code: string,
    readonly requestId: string | null,
    readonly fields: Record<string, string> = {},
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }
}

interface ErrorMember {
  title?: string;
  detail?: string;
  code?: string;
  source?: { pointer?: string };
}

export function unreachable() {
  return new ApiProblem(0, "The server cannot be reached. Check your connection; nothing you typed is lost.", "unreachable", null);
}

function errorsIn(text: string): ErrorMember[] {
  try {
    const errors: unknown = JSON.parse(text).errors;
    return Array.isArray(errors) ? errors : [];
  } catch {
    return [];
  }
}

const PLAIN: Record<number, string> = {
  401: "Your session has ended. Sign in again.",
  403: "You are not allowed to do this. Ask an owner of the organization.",
  404: "This is not there, or you may not see it.",
  409: "This changed while you were looking at it. Load it again.",
  413: "This is larger than the server takes.",
  429: "Too many requests. Wait a moment.",
  503: "The server is busy or its database does not answer. Try again in a moment.",
};

export function problemOf(response: Response, text: string): ApiProblem {
  const errors = errorsIn(text);
  const messages = errors.map((error) => error.detail ?? error.title ?? "").filter(Boolean);
  const message = messages.join(" ") || PLAIN[response.status] || `The server answered ${response.status}.`;
  const fields: Record<string, string> = {};
  for (const error of errors) {
    const name = error.source?.pointer?.split("/").pop();
    if (name && Object.hasOwn(fields, name) === false) fields[name] = error.detail ?? error.title ?? "";
  }
  const wait = Number(response.headers.get("Retry-After"));
  return new ApiProblem(
    response.status,
    message,
    errors[0]?.code ?? "",
    response.headers.get("X-Request-Id"),
    fields,
    Number.isFinite(wait) && wait > 0 ? wait : null,
  );
}

export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  return new ApiProblem(0, error instanceof Error ? error.message : String(error), "page", null);
}
