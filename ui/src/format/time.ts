const absolute = new Intl.DateTimeFormat("en-GB", {
  year: "numeric", month: "short", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short",
});
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "narrow" });
const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["second", 60], ["minute", 60], ["hour", 24], ["day", 30], ["month", 12], ["year", Infinity],
];

/** "21 Nov 2026, 12:36:42 UTC": with its zone, so that it can be quoted. */
export function exactTime(text: string): string {
  return absolute.format(new Date(text));
}

export function timeAgo(text: string, now = Date.now()): string {
  let amount = (new Date(text).getTime() - now) / 1000;
  for (const [unit, size] of STEPS) {
    if (Math.abs(amount) < size) return unit === "second" && Math.abs(amount) < 5 ? "now" : relative.format(Math.trunc(amount), unit);
    amount /= size;
  }
  return text;
}

export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
