import { Badge } from "./basics";

type Tone = "good" | "warn" | "bad" | "wait" | "plain";

const STATES = new Map<string, [string, Tone]>([
  ["pending", ["Waiting its turn", "plain"]],
  ["fetching", ["Fetching files", "wait"]],
  ["fetching_completed", ["Files are here", "wait"]],
  ["plan_queued", ["Plan queued", "plain"]],
  ["queuing", ["Queued", "plain"]],
  ["planning", ["Planning", "wait"]],
  ["planned", ["Needs confirmation", "warn"]],
  ["confirmed", ["Confirmed", "wait"]],
  ["apply_queued", ["Apply queued", "wait"]],
  ["queuing_apply", ["Apply queued", "wait"]],
  ["applying", ["Applying", "wait"]],
  ["applied", ["Applied", "good"]],
  ["planned_and_finished", ["Planned, nothing to apply", "good"]],
  ["planned_and_saved", ["Plan saved", "good"]],
  ["discarded", ["Discarded", "plain"]],
  ["errored", ["Errored", "bad"]],
  ["canceled", ["Canceled", "plain"]],
  ["force_canceled", ["Canceled by force", "plain"]],
]);
const FINAL = new Set(["applied", "planned_and_finished", "planned_and_saved", "discarded", "errored", "canceled", "force_canceled"]);

export const isFinal = (status: string | undefined) => FINAL.has(status ?? "");
export const statusName = (status: string | undefined) => STATES.get(status ?? "")?.[0] ?? (status ?? "").replaceAll("_", " ");

export function RunStatus({ status }: { status: string | undefined }) {
  const tone = STATES.get(status ?? "")?.[1] ?? "plain";
  return (
    <Badge tone={tone} live={tone === "wait"}>
      {statusName(status)}
    </Badge>
  );
}

export const STATUS_FILTERS: [string, string][] = [
  ["", "Any status"],
  ["planned", "Needs confirmation"],
  ["pending", "Waiting its turn"],
  ["planning", "Planning"],
  ["applying", "Applying"],
  ["applied", "Applied"],
  ["planned_and_finished", "Nothing to apply"],
  ["errored", "Errored"],
  ["discarded", "Discarded"],
  ["canceled", "Canceled"],
];
