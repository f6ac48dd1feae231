import { useQuery } from "@tanstack/react-query";
import { useDocument } from "../../api/hooks";
import type { Schema } from "../../api/types";
import { Badge, Facts, Problem, Sheet, Waiting } from "../../components/basics";
import { Table } from "../../components/table";
import { Time } from "../../components/time";
import { duration } from "../../format/time";
import { useOrganization } from "../../layout/organization";
import { Page } from "../../layout/page";
import { useSession } from "../../session/session";
import { OAuthConfigurations } from "./oauth_configurations";

type Hour = Schema<"DeliveryStatisticsDocument">["data"]["attributes"]["hours"][number];
type Status = Schema<"SystemStatusDocument">["data"]["attributes"];

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
const milliseconds = (value: number) => (value < 1000 ? `${value} ms` : duration(value));

/** Bars of the last hours; who does not see them gets the same as the table below. */
function Chart({ title, hours, value, failed, show }: { title: string; hours: Hour[]; value: (hour: Hour) => number; failed?: (hour: Hour) => number; show: (value: number) => string }) {
  const values = hours.map(value);
  const most = Math.max(...values);
  const top = Math.max(1, most);
  const width = 100 / hours.length;
  const bar = (index: number, height: number, className?: string) => <rect key={`${className ?? ""}${index}`} className={className} x={index * width + 0.4} width={width - 0.8} y={30 - (height / top) * 28} height={(height / top) * 28} />;
  return (
    <figure className="stack tight">
      <figcaption className="row apart">
        <strong>{title}</strong>
        <span className="muted small">
          this hour {show(values.at(-1) ?? 0)}, at most {show(most)}
        </span>
      </figcaption>
      <svg className="chart" viewBox="0 0 100 30" preserveAspectRatio="none" role="img" aria-label={`${title}, the last ${hours.length} hours: this hour ${show(values.at(-1) ?? 0)}, at most ${show(most)}; the table below has every hour`}>
        <line x1="0" x2="100" y1="29.8" y2="29.8" strokeWidth="0.4" />
        {values.map((height, index) => bar(index, height))}
        {failed && hours.map((hour, index) => bar(index, failed(hour), "failed"))}
      </svg>
      <div className="row apart muted small" aria-hidden="true">
        <span>{clock.format(new Date(hours[0]?.at ?? 0))}</span>
        <span>now</span>
      </div>
    </figure>
  );
}

function Deliveries({ organization }: { organization: string }) {
  const found = useDocument("/api/v2/organizations/{organization}/delivery-statistics", { organization }, {}, { refresh: 30_000 });
  const hours = found.data?.data.attributes.hours ?? [];
  return (
    <Sheet title="Deliveries of the last 24 hours">
      {found.isPending && <Waiting />}
      <Problem error={found.error} again={() => void found.refetch()} />
      {hours.length > 0 && (
        <div className="stack">
          <div className="columns even">
            <Chart title="Deliveries an hour" hours={hours} value={(hour) => hour.received} show={String} />
            <Chart title="From receipt to decision" hours={hours} value={(hour) => hour["mean-latency-ms"] ?? 0} show={milliseconds} />
            <Chart title="Failed or set aside" hours={hours} value={(hour) => hour.failed} failed={(hour) => hour.failed} show={String} />
          </div>
          <details>
            <summary>Every hour as a table</summary>
            <Table label="Deliveries by hour" columns={["Hour", "Received", "Failed or set aside", "Latency, mean", "Latency, worst"]}>
              {[...hours].reverse().map((hour) => (
                <tr key={hour.at}>
                  <td>{clock.format(new Date(hour.at))}</td>
                  <td>{hour.received}</td>
                  <td>{hour.failed}</td>
                  <td>{hour["mean-latency-ms"] == null ? "–" : milliseconds(hour["mean-latency-ms"])}</td>
                  <td>{hour["worst-latency-ms"] == null ? "–" : milliseconds(hour["worst-latency-ms"])}</td>
                </tr>
              ))}
            </Table>
          </details>
        </div>
      )}
    </Sheet>
  );
}

const UNITS = ["bytes", "KB", "MB", "GB", "TB"];

function bytes(value: number | null | undefined): string {
  if (value == null) return "not known";
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3));
  return `${(value / 1000 ** power).toFixed(power > 1 ? 1 : 0)} ${UNITS[power]}`;
}

/** Little room is the trouble that stops everything else. */
function Disk({ disk }: { disk: Status["disk"] }) {
  const { "free-bytes": free, "size-bytes": size } = disk;
  const part = free != null && size ? free / size : 1;
  return (
    <>
      {bytes(free)} of {bytes(size)} free {part < 0.1 && <Badge tone={part < 0.03 ? "bad" : "warn"}>Little room</Badge>}
    </>
  );
}

function Queues({ queues }: { queues: Status["queues"] }) {
  if (queues.length === 0) return <p className="body muted">Nothing waits.</p>;
  return (
    <Table label="Queues" columns={["Work", "Due", "Waits longest", "Later", "At work", "Given up"]}>
      {queues.map((queue) => (
        <tr key={queue.kind}>
          <td className="mono">{queue.kind}</td>
          <td>{queue.due}</td>
          <td>{queue["oldest-due-seconds"] == null ? "–" : duration(queue["oldest-due-seconds"] * 1000)}</td>
          <td>{queue.later}</td>
          <td>{queue.running}</td>
          <td>{queue.parked > 0 ? <Badge tone="warn">{queue.parked}</Badge> : 0}</td>
        </tr>
      ))}
    </Table>
  );
}

/** For site administrators: the whole server, not one organization. */
function Server() {
  const found = useDocument("/api/v2/admin/system", {}, {}, { refresh: 10_000 });
  const status = found.data?.data.attributes;
  return (
    <>
      <Sheet title="Server">
        {found.isPending && <Waiting />}
        <Problem error={found.error} again={() => void found.refetch()} />
        {status && (
          <Facts
            rows={[
              ["Version", status.version],
              ["Started", <Time at={status["started-at"]} />],
              ["Database", `${status.database.kind === "sqlite" ? "SQLite" : "PostgreSQL"}, ${bytes(status.database["size-bytes"])}`],
              ["Disk of the data", <Disk disk={status.disk} />],
              ["Workers", status.workers.map(({ name, threads }) => `${threads} ${name}`).join(", ")],
              ["Connections open", String(status.http["open-connections"])],
            ]}
          />
        )}
      </Sheet>
      {status && (
        <Sheet title="Queues" flush>
          <Queues queues={status.queues} />
        </Sheet>
      )}
      <OAuthConfigurations />
    </>
  );
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
  const session = useSession();
  const ready = useReady();
  const capacity = useDocument("/api/v2/organizations/{organization}/capacity", { organization: name }, {}, { refresh: 5_000 });
  return (
    <Page title="System" aside={ready.data === undefined ? undefined : <Badge tone={ready.data ? "good" : "bad"}>{ready.data ? "Ready" : "The database does not answer"}</Badge>}>
      <Deliveries organization={name} />
      <Sheet title="Runs">
        <Problem error={capacity.error} />
        {capacity.data && <Facts rows={[["At work", String(capacity.data.data.attributes.running ?? 0)], ["Waiting", String(capacity.data.data.attributes.pending ?? 0)]]} />}
      </Sheet>
      {session.isAdmin && <Server />}
    </Page>
  );
}
