import { Link } from "wouter";
import { useDocument } from "../../api/hooks";
import type { Delivery } from "../../api/types";
import { Badge, ButtonLink, Empty, Sheet } from "../../components/basics";
import { Filter, Search } from "../../components/fields";
import { Time } from "../../components/time";
import { TimeRange, useTimeRange } from "../../components/time_range";
import { useQueryState } from "../../components/use_query_state";
import { useSettled } from "../../components/use_settled";
import { VirtualList } from "../../components/virtual_list";
import { useOrganization } from "../../layout/organization";
import { Page } from "../../layout/page";

const NAMES: [string, string] = ["delivery", "deliveries"];

export const STATES = new Map<string, [string, "good" | "warn" | "bad" | "wait" | "plain"]>([
  ["received", ["Received", "wait"]],
  ["done", ["Worked through", "good"]],
  ["ignored", ["Nothing to do", "plain"]],
  ["parked", ["Set aside", "warn"]],
  ["failed", ["Failed", "bad"]],
]);

export function DeliveryState({ state }: { state: string | undefined }) {
  const [word, tone] = STATES.get(state ?? "") ?? [state ?? "", "plain" as const];
  return (
    <Badge tone={tone} live={tone === "wait"}>
      {word}
    </Badge>
  );
}

export default function Deliveries() {
  const { name, path } = useOrganization();
  const [read, write] = useQueryState();
  const clients = useDocument("/api/v2/organizations/{organization}/oauth-clients", { organization: name }, { "page[size]": 100 });
  const query = { "search[basic]": useSettled(read("q")), "filter[state]": read("state"), "filter[repository]": useSettled(read("repository")), "filter[oauth-client]": read("provider"), ...useTimeRange(read) };
  const filtered = Object.values(query).some(Boolean);
  return (
    <Page title="Deliveries">
      <div className="toolbar">
        <Search label="Search the newest: event, reason, id" value={read("q")} change={(value) => write("q", value)} />
        <Search label="Repository" value={read("repository")} change={(value) => write("repository", value)} />
        <Filter
          label="Provider"
          value={read("provider")}
          change={(value) => write("provider", value)}
          options={[["", "Any provider"], ...(clients.data?.data ?? []).map((one): [string, string] => [one.id, one.attributes.name ?? one.id])]}
        />
        <Filter label="Outcome" value={read("state")} change={(value) => write("state", value)} options={[["", "Any outcome"], ...[...STATES].map(([state, [word]]): [string, string] => [state, word])]} />
        <TimeRange read={read} write={write} />
      </div>
      <Sheet flush>
        <VirtualList<Delivery>
          label="Deliveries"
          path="/api/v2/organizations/{organization}/deliveries"
          params={{ organization: name }}
          query={{ ...query, count: "exact" }}
          rowHeight={38}
          refresh={4_000}
          names={NAMES}
          empty={
            filtered ? (
              <Empty title="No delivery matches">Take a filter away.</Empty>
            ) : (
              <Empty title="No delivery yet" action={<ButtonLink to={path("/hooks")}>Look at the hooks</ButtonLink>}>
                Every event that a provider sends is listed here, with what it did and why. Push to a connected repository to see the first.
              </Empty>
            )
          }
          columns={[
            { title: "Event", width: "minmax(130px, 1fr)", cell: ({ id, attributes }) => <Link href={path(`/deliveries/${id}`)}>{attributes["event-name"] || "unknown"}</Link> },
            { title: "Repository", width: "minmax(140px, 1.6fr)", below: "start", cell: ({ attributes }) => <span className="mono">{attributes.repository}</span> },
            { title: "Outcome", width: "150px", cell: ({ attributes }) => <DeliveryState state={attributes.state} /> },
            { title: "Reason", width: "minmax(120px, 1.6fr)", wide: true, cell: ({ attributes }) => <span title={attributes.reason ?? undefined}>{attributes.reason}</span> },
            { title: "Received", width: "100px", below: "end", cell: ({ attributes }) => <Time at={attributes["received-at"]} /> },
          ]}
        />
      </Sheet>
    </Page>
  );
}
