export interface Span {
  text: string;
  className: string;
}

interface Style {
  color: number | null;
  background: number | null;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
}

const PLAIN: Style = { color: null, background: null, bold: false, dim: false, italic: false, underline: false };
const LONGEST_LINE = 4_000;
// CSI … final byte; OSC … BEL or ST; other two-byte escapes; what is left of controls but the tab.
// eslint-disable-next-line no-control-regex
const ESCAPE = /\x1b\[([0-9;:?<=>]*)[ -/]*([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[PX^_][^\x1b]*(?:\x1b\\)?|\x1b[ -/]*[0-~]?|[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

function apply(style: Style, codes: string): Style {
  const next = { ...style };
  const numbers = (codes || "0").split(/[;:]/).map(Number);
  for (let at = 0; at < numbers.length; at++) {
    const code = numbers[at] ?? 0;
    if (code === 0) Object.assign(next, PLAIN);
    else if (code === 1) next.bold = true;
    else if (code === 2) next.dim = true;
    else if (code === 3) next.italic = true;
    else if (code === 4) next.underline = true;
    else if (code === 22) next.bold = next.dim = false;
    else if (code === 23) next.italic = false;
    else if (code === 24) next.underline = false;
    else if (code === 39) next.color = null;
    else if (code === 49) next.background = null;
    else if (code >= 30 && code <= 37) next.color = code - 30;
    else if (code >= 40 && code <= 47) next.background = code - 40;
    else if (code >= 90 && code <= 97) next.color = code - 90;
    else if (code >= 100 && code <= 107) next.background = code - 100;
    else if (code === 38 || code === 48) at += numbers[at + 1] === 2 ? 4 : 2; // other palettes keep the current colour
  }
  return next;
}

function classOf(style: Style): string {
  const names = [];
  if (style.color !== null) names.push(`ansi-${style.color}`);
  if (style.background !== null) names.push(`ansi-on-${style.background}`);
  if (style.bold) names.push("ansi-bold");
  if (style.dim) names.push("ansi-dim");
  if (style.italic) names.push("ansi-italic");
  if (style.underline) names.push("ansi-underline");
  return names.join(" ");
}

/**
 * Lines of a log as pieces of text with classes. Colours only: cursor movements, titles, hyperlinks, controls and
 * direction marks are dropped, and what is between is never read as markup.
 */
export class AnsiReader {
  private style = PLAIN;

  line(text: string): Span[] {
    const cut = text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE)} … ${text.length - LONGEST_LINE} more characters; download the log to see them` : text;
    const whole = cut.replace(/\r+$/, "");
    const visible = whole.slice(whole.lastIndexOf("\r") + 1); // what a terminal shows after a line was written over
    const spans: Span[] = [];
    let from = 0;
    const add = (to: number) => {
      if (to > from) spans.push({ text: visible.slice(from, to), className: classOf(this.style) });
    };
    for (const match of visible.matchAll(ESCAPE)) {
      add(match.index);
      if (match[2] === "m" && !/[?<=>]/.test(match[1] ?? "")) this.style = apply(this.style, match[1] ?? "");
      from = match.index + match[0].length;
    }
    add(visible.length);
    return spans;
  }
}

/** A line without its escapes, for searching. */
export const plainText = (text: string) => text.replace(ESCAPE, "");
