import { useMemo } from "react";
import { Filter } from "./fields";

type Read = (name: string) => string;
type Write = (name: string, value: string) => void;

const PRESETS: [hours: string, label: string][] = [["", "Any time"], ["1", "The last hour"], ["24", "The last 24 hours"], ["168", "The last 7 days"], ["720", "The last 30 days"], ["between", "Between…"]];

/** A field of the browser knows no zone: what is typed is the reader's own time. */
function instant(local: string): string | undefined {
  const time = new Date(local);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

/** What the address says of the time, as the server's filter. */
export function useTimeRange(read: Read) {
  const [since, from, to] = [read("since"), read("from"), read("to")];
  return useMemo(() => {
    if (since === "between") return { "filter[from]": instant(from), "filter[to]": instant(to) };
    const hours = Number(since);
    return { "filter[from]": hours > 0 ? new Date(Date.now() - hours * 3_600_000).toISOString() : undefined, "filter[to]": undefined };
  }, [since, from, to]);
}

export function TimeRange({ read, write }: { read: Read; write: Write }) {
  const field = (name: string, label: string) => <input className="input" type="datetime-local" aria-label={label} value={read(name)} onChange={(event) => write(name, event.target.value)} />;
  return (
    <>
      <Filter label="Time" value={read("since")} change={(value) => write("since", value)} options={PRESETS} />
      {read("since") === "between" && (
        <>
          {field("from", "From, your time")}
          {field("to", "Until, your time")}
        </>
      )}
    </>
  );
}
