import type { Schema } from "../../api/types";
import { Badge, Note } from "../../components/basics";
import { Time } from "../../components/time";

const RESULTS = new Map<string, ["good" | "warn" | "bad" | "plain", string]>([
  ["ok", ["good", "Works"]],
  ["ok_with_warning", ["warn", "Works, with a warning"]],
  ["unproven", ["warn", "Not proven"]],
  ["failed", ["bad", "Failed"]],
]);

export function Result({ result }: { result: string | null | undefined }) {
  const [tone, word] = RESULTS.get(result ?? "") ?? ["plain" as const, "Never verified"];
  return <Badge tone={tone}>{word}</Badge>;
}

/** How a verification went, and what to do where it did not. */
export function VerificationResult({ verification }: { verification: Schema<"ServiceConnectionVerification"> }) {
  const { attributes } = verification;
  const good = attributes.result === "ok";
  return (
    <div role="status">
      <Note tone={good ? "good" : attributes.result === "failed" ? "bad" : "warn"} title={attributes.message || (good ? "It works." : "It could not be proven.")}>
        {attributes.remedy && <p>{attributes.remedy}</p>}
        {(attributes.notes ?? []).map((note) => (
          <p key={note} className="small">
            {note}
          </p>
        ))}
        <p className="muted small">
          {attributes["latency-ms"] !== undefined && `${attributes["latency-ms"]} ms, `}
          <Time at={attributes["created-at"] ?? new Date().toISOString()} />
        </p>
      </Note>
    </div>
  );
}
