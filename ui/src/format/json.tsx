import type { ReactNode } from "react";

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

/** Formatted JSON, or the text as it is if it is none. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** Formatted JSON as coloured pieces of text. */
export function colouredJson(text: string): ReactNode[] {
  const out: ReactNode[] = [];
  let from = 0;
  for (const match of text.matchAll(TOKEN)) {
    out.push(text.slice(from, match.index));
    const kind = match[2] ? "json-key" : match[1] ? "json-text" : match[3] ? "json-word" : "json-number";
    out.push(
      <span key={match.index} className={kind}>
        {match[1] ?? match[0]}
      </span>,
      match[2] ?? "",
    );
    from = match.index + match[0].length;
  }
  out.push(text.slice(from));
  return out;
}
