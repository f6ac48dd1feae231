import type { Check } from "../api/types";

const MARKS = { passed: ["✓", "passed"], warning: ["!", "warning"], failed: ["✕", "failed"], skipped: ["–", "skipped"] } as const;
const NAMES = new Map([
  ["reach", "The server answers"],
  ["tls", "Its certificate is trusted"],
  ["sign-in", "The token is accepted"],
  ["scopes", "The token may do what is needed"],
  ["repositories", "Repositories are visible"],
  ["hooks", "Webhooks can be installed"],
  ["expiry", "The token lasts"],
  ["version", "The version is supported"],
]);

/** What was tried, how it went, and what to do where it failed. */
export function Checks({ checks, running }: { checks: Check[]; running?: boolean }) {
  return (
    <ul className="checks" aria-live="polite" aria-busy={running || undefined}>
      {checks.map((check, index) => {
        const [mark, word] = MARKS[check.state ?? "skipped"];
        return (
          <li key={index} className={check.state}>
            <span className="mark" aria-hidden="true">
              {mark}
            </span>
            <div className="wrap">
              <div>
                <strong>{NAMES.get(check.name ?? "") ?? check.name}</strong> <span className="sr">{word}</span>
              </div>
              <div className="muted">{check.message}</div>
              {check.remedy && check.state !== "passed" && <div className="remedy note warn">{check.remedy}</div>}
            </div>
          </li>
        );
      })}
    </ul>
  );
}

export const hasFailed = (checks: Check[] | undefined) => (checks ?? []).some((check) => check.state === "failed");
