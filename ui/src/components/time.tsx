import { useSyncExternalStore } from "react";
import { exactTime, timeAgo } from "../format/time";

// One clock for every time on the page.
let now = Date.now();
const listeners = new Set<() => void>();
setInterval(() => {
  now = Date.now();
  for (const listener of listeners) listener();
}, 10_000);

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** How long ago, with the exact time and its zone on hover and for screen readers. */
export function Time({ at, exact }: { at: string | null | undefined; exact?: boolean }) {
  useSyncExternalStore(subscribe, () => now);
  if (!at) return <span className="muted">never</span>;
  return (
    <time dateTime={at} title={exactTime(at)}>
      {exact ? exactTime(at) : timeAgo(at)}
    </time>
  );
}
