import { useQuery } from "@tanstack/react-query";
import { useDocument } from "../../api/hooks";
import { get } from "../../api/client";
import type { Delivery } from "../../api/types";
import { Badge, Facts, Problem, Sheet, Waiting } from "../../components/basics";
import { useOrganization } from "../../layout/organization";
import { Page } from "../../layout/page";
import { duration } from "../../format/time";

const HOURS = 24;
const HOUR = 3_600_000;

interface Bucket {
  at: number;
  count: number;
  failed: number;
  waited: number[];
}

function buckets(deliveries: Delivery[], now: number): Bucket[] {
  const first = Math.floor(now / HOUR) - HOURS + 1;
  const out = Array.from({ length: HOURS }, (_, index): Bucket => ({ at: (first + index) * HOUR, count: 0, failed: 0, waited: [] }));
  for (const { attributes } of deliveries) {
    const received = new Date(attributes["received-at"] ?? "").getTime();
    const bucket = out[Math.floor(received / HOUR) - first];
    if (!bucket) continue;
    bucket.count++;
    if (attributes.state === "failed" || attributes.state === "parked") bucket.failed++;
    if (attributes["finished-at"]) bucket.waited.push(new Date(attributes["finished-at"]).getTime() - received);
  }
  return out;
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function Chart({ title, values, failed, show }: { title: string; values: number[]; failed?: number[]; show: (value: number) => string }) {
  const top = Math.max(1, ...values);
  const width = 100 / HOURS;
  const last = values.at(-1) ?? 0;
  return (
    <figure className="stack tight">
      <figcaption className="row apart">
        <strong>{title}</strong>
        <span className="muted small">
          this hour {show(last)}, at most {show(Math.max(...values))}
        </span>
      </figcaption>
      <svg className="chart" viewBox="0 0 100 30" preserveAspectRatio="none" role="img" aria-label={`${title}, the last ${HOURS} hours: ${values.map(show).join(", ")}`}>
        <line x1="0" x2="100" y1="29.8" y2="29.8" strokeWidth="0.4" />
        {values.map((value, index) => (
          <rect key={index} x={index * width + 0.4} width={width - 0.8} y={30 - (value / top) * 28} height={(value / top) * 28} />
        ))}
        {failed?.map((value, index) => <rect key={`f${index}`} className="failed" x={index * width + 0.4} width={width - 0.8} y={30 - (value / top) * 28} height={(value / top) * 28} />)}
      </svg>
    </figure>
  );
}

const MOST = 10;

/** The newest deliveries, back to a day ago; at most a thousand are looked at. */
function useRecent(organization: string) {
  return useQuery({
    queryKey: ["recent deliveries", organization],
    refetchInterval: 30_000,
    queryFn: async ({ signal }) => {
      const since = Date.now() - HOURS * HOUR;
      const found: Delivery[] = [];
      for (let page = 1; page <= MOST; page++) {
        const answer = await get("/api/v2/organizations/{organization}/deliveries", { organization }, { "page[size]": 100, "page[number]": page }, signal);
        found.push(...answer.data);
        const oldest = new Date(answer.data.at(-1)?.attributes["received-at"] ?? 0).getTime();
        if (answer.data.length < 100 || oldest < since) return { found, whole: true };
      }
      return { found, whole: false };
    },
  });
}

function useReady() {
  return useQuery({
    queryKey: ["ready"],
    refetchInterval: 10_000,
    queryFn: async () => {
      const response = await fetch("/readyz", { cache: "no-store" });
      return response.ok;
    },
  });
}

export default function System() {
  const { name } = useOrganization();
  const ready = useReady();
  const capacity = useDocument("/api/v2/organizations/{organization}/capacity", { organization: name }, {}, { refresh: 5_000 });
  const recent = useRecent(name);
  const byHour = buckets(recent.data?.found ?? [], Date.now());
  return (
    <Page title="System" aside={ready.data === undefined ? undefined : <Badge tone={ready.data ? "good" : "bad"}>{ready.data ? "Ready" : "The database does not answer"}</Badge>}>
      <Sheet title="Deliveries of the last 24 hours">
        {recent.isPending && <Waiting />}
        <Problem error={recent.error} />
        {recent.data && (
          <div className="columns even">
            <Chart title="Deliveries an hour" values={byHour.map((one) => one.count)} failed={byHour.map((one) => one.failed)} show={String} />
            <Chart title="From receipt to decision, median" values={byHour.map((one) => median(one.waited))} show={(value) => (value < 1000 ? `${value} ms` : duration(value))} />
            {!recent.data.whole && <p className="muted small">Made from the newest thousand.</p>}
          </div>
        )}
      </Sheet>
      <Sheet title="Runs">
        <Problem error={capacity.error} />
        {capacity.data && <Facts rows={[["At work", String(capacity.data.data.attributes.running ?? 0)], ["Waiting", String(capacity.data.data.attributes.pending ?? 0)]]} />}
      </Sheet>
    </Page>
  );
}
