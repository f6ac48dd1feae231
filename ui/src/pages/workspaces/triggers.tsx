import { TextArea, TextField } from "../../components/fields";

export interface Triggers {
  mode: "directory" | "prefixes" | "patterns" | "always" | "tags";
  lines: string;
  tagsRegex: string;
}

export const emptyTriggers: Triggers = { mode: "directory", lines: "", tagsRegex: "" };

export const linesOf = (text: string) => text.split("\n").map((line) => line.trim()).filter(Boolean);

export function triggerAttributes({ mode, lines }: Triggers) {
  return {
    "file-triggers-enabled": mode !== "always" && mode !== "tags",
    "trigger-prefixes": mode === "prefixes" ? linesOf(lines) : [],
    "trigger-patterns": mode === "patterns" ? linesOf(lines) : [],
  };
}

interface Settings {
  "file-triggers-enabled"?: boolean;
  "trigger-prefixes"?: string[];
  "trigger-patterns"?: string[];
  "vcs-repo"?: { "tags-regex"?: string | null } | null;
}

export function triggersOf(settings: Settings): Triggers {
  const tagsRegex = settings["vcs-repo"]?.["tags-regex"] ?? "";
  const prefixes = settings["trigger-prefixes"] ?? [];
  const patterns = settings["trigger-patterns"] ?? [];
  if (tagsRegex) return { mode: "tags", lines: "", tagsRegex };
  if (!settings["file-triggers-enabled"]) return { mode: "always", lines: "", tagsRegex };
  if (patterns.length > 0) return { mode: "patterns", lines: patterns.join("\n"), tagsRegex };
  if (prefixes.length > 0) return { mode: "prefixes", lines: prefixes.join("\n"), tagsRegex };
  return { mode: "directory", lines: "", tagsRegex };
}

const MODES: [Triggers["mode"], string, string][] = [
  ["directory", "Changes in the working directory", "Every push, if it has none."],
  ["patterns", "Changes that match patterns", "**/*.tf, modules/**/*"],
  ["prefixes", "Changes below these paths", "The working directory always counts."],
  ["always", "Every push to the branch", ""],
  ["tags", "Tags", "A regular expression over the tag's name."],
];

export function TriggerFields({ value, change, directory, wrong }: { value: Triggers; change: (value: Triggers) => void; directory: string; wrong: Record<string, string> }) {
  return (
    <fieldset className="stack tight">
      <legend className="legend">What makes a run</legend>
      <div className="stack tight">
        {MODES.map(([mode, label, hint]) => (
          <div className="check" key={mode}>
            <input type="radio" name="triggers" id={`triggers-${mode}`} checked={value.mode === mode} onChange={() => change({ ...value, mode })} />
            <label htmlFor={`triggers-${mode}`}>
              {label} <span className="muted small">{mode === "directory" && directory ? `Only what is below ${directory}.` : hint}</span>
            </label>
          </div>
        ))}
      </div>
      {(value.mode === "patterns" || value.mode === "prefixes") && (
        <TextArea
          label={value.mode === "patterns" ? "Patterns, one a line" : "Paths, one a line"}
          value={value.lines}
          change={(lines) => change({ ...value, lines })}
          rows={4}
          wrong={wrong["trigger-patterns"] ?? wrong["trigger-prefixes"]}
        />
      )}
      {value.mode === "tags" && <TextField label="Regular expression" value={value.tagsRegex} change={(tagsRegex) => change({ ...value, tagsRegex })} placeholder="^v\d+\.\d+\.\d+$" wrong={wrong["tags-regex"]} mono />}
    </fieldset>
  );
}
