import assert from "node:assert/strict";
import { test } from "node:test";
import { AnsiReader, plainText } from "../src/format/ansi";
import { pretty } from "../src/format/json";
import { lineDiff } from "../src/format/line_diff";
import { safeHref } from "../src/format/links";
import { duration, timeAgo } from "../src/format/time";
import { type ConnectionKind, isShown, parametersOf } from "../src/pages/connections/types";
import { asYaml } from "../src/pages/connections/yaml";

const shown = (text: string) => new AnsiReader().line(text).map((span) => span.text).join("");

test("U02: of escapes only colours are left", () => {
  const spans = new AnsiReader().line("\x1b]0;title\x07\x1b]8;;javascript:x()\x07link\x1b]8;;\x07\x1b[2J\x1b[1;31mred\x1b[0m<script>");
  assert.deepEqual(spans, [
    { text: "link", className: "" },
    { text: "red", className: "ansi-1 ansi-bold" },
    { text: "<script>", className: "" },
  ]);
});

test("U02: colours last over lines, other palettes and halves of escapes show nothing", () => {
  const reader = new AnsiReader();
  reader.line("\x1b[32mgreen");
  assert.deepEqual(reader.line("still"), [{ text: "still", className: "ansi-2" }]);
  assert.equal(shown("\x1b[38;5;200mx\x1b[38;2;1;2;3my"), "xy");
  assert.equal(shown("a\x1b]0;never ended"), "a");
});

test("U02: what was written over is gone, a long line is cut, direction marks are dropped", () => {
  assert.equal(shown("10%\r50%\r100%"), "100%");
  assert.equal(shown("windows\r"), "windows");
  assert.ok(shown("x".repeat(10_000_000)).length < 5_000);
  assert.equal(plainText("\u202egnp.exe"), "gnp.exe");
});

test("U03: only http and https become links", () => {
  assert.equal(safeHref("https://git.example.com/a"), "https://git.example.com/a");
  for (const bad of ["javascript:alert(1)", "data:text/html,x", " JaVaScRiPt:x", "//evil", "", null, undefined, "vbscript:x"]) {
    assert.equal(safeHref(bad), undefined, String(bad));
  }
});

test("lines are set side by side", () => {
  assert.deepEqual(lineDiff("a\nb\nc", "a\nx\nc\nd"), [
    { left: "a", right: "a" },
    { left: "b", right: null },
    { left: null, right: "x" },
    { left: "c", right: "c" },
    { left: null, right: "d" },
  ]);
});

test("times and texts", () => {
  assert.equal(duration(61_000), "1 min 1 s");
  assert.equal(timeAgo("2026-01-01T00:00:00Z", Date.parse("2026-01-01T00:00:02Z")), "now");
  assert.equal(pretty('{"__proto__":1}'), '{\n  "__proto__": 1\n}');
  assert.equal(pretty("not json"), "not json");
});

const KIND: ConnectionKind = {
  id: "example", name: "Example", category: "generic", summary: "", custom: false, preview: false,
  schemes: [{
    id: "token", name: "Token", yaml_credentials_type: ["token"],
    parameters: [
      { id: "url", label: "URL", kind: "url", required: true, yaml_path: "target" },
      { id: "stack", label: "Stack", kind: "bool", default: false, yaml_path: "properties.stack" },
      { id: "region", label: "Region", kind: "text", show_when: { stack: true }, yaml_path: "properties.region" },
      { id: "token", label: "Token", kind: "password", secret: true, yaml_path: "credentials.token" },
    ],
  }],
};

test("U10: a connection's form shows what its data asks for, and its file never has a secret", () => {
  const scheme = KIND.schemes[0]!;
  const values = new Map([["url", "https://x"], ["token", "s3cret"], ["region", "hidden"]]);
  assert.equal(isShown(scheme.parameters[2]!, scheme, values), false);
  assert.deepEqual(parametersOf(scheme, values), { url: "https://x", stack: false, token: "s3cret" });
  const yaml = asYaml({ name: "yes", description: "a: b", kind: KIND, scheme, values });
  assert.equal(yaml.includes("s3cret"), false);
  assert.match(yaml, /name: "yes"\n/);
  assert.match(yaml, /description: "a: b"\n/);
  assert.match(yaml, /credentials:\n {2}type: token\n {2}token: "<token>"\n/);
});
