import type { Schema } from "../../api/types";
import { CopyButton, Empty, Sheet } from "../../components/basics";
import { Filter, Search } from "../../components/fields";
import { Time } from "../../components/time";
import { TimeRange, useTimeRange } from "../../components/time_range";
import { useQueryState } from "../../components/use_query_state";
import { useSettled } from "../../components/use_settled";
import { VirtualList } from "../../components/virtual_list";
import { useOrganization } from "../../layout/organization";
import { Page } from "../../layout/page";

const KINDS: [string, string][] = [
  ["", "Any kind"], ["workspaces", "Workspaces"], ["vars", "Variables"], ["oauth-clients", "Providers"], ["oauth-tokens", "Providers' tokens"], ["ssh-keys", "SSH keys"],
  ["ssh-host-keys", "Host keys"], ["service-connections", "Service connections"], ["vcs-hooks", "Hooks"], ["deliveries", "Deliveries"], ["projects", "Projects"], ["teams", "Teams"],
  ["organization-memberships", "Memberships"], ["users", "People"], ["authentication-tokens", "Tokens"], ["organizations", "The organization"],
];
type Entry = Schema<"AuditEvent">;

export default function Audit() {
  const { name } = useOrganization();
  const [read, write] = useQueryState();
  const query = { "filter[actor]": useSettled(read("who")), "filter[action]": useSettled(read("action")), "filter[target-type]": read("kind"), "filter[target-id]": useSettled(read("target")), ...useTimeRange(read) };
  return (
    <Page title="Audit log">
      <div className="toolbar">
        <Search label="Who" value={read("who")} change={(value) => write("who", value)} />
        <Search label="Action, or how it begins" value={read("action")} change={(value) => write("action", value)} />
        <Search label="Id of what was changed" value={read("target")} change={(value) => write("target", value)} />
        <Filter label="Kind of what was changed" value={read("kind")} change={(value) => write("kind", value)} options={KINDS} />
        <TimeRange read={read} write={write} />
      </div>
      <Sheet flush>
        <VirtualList<Entry>
          label="Audit log"
          path="/api/v2/organizations/{organization}/audit-events"
          params={{ organization: name }}
          query={query}
          rowHeight={38}
          refresh={10_000}
          empty={<Empty title="Nothing here">No change matches. Take a filter away.</Empty>}
          columns={[
            { title: "Action", width: "minmax(150px, 1fr)", cell: ({ attributes }) => attributes.action },
            { title: "Who", width: "minmax(90px, 0.8fr)", cell: ({ attributes }) => attributes["actor-name"] || attributes["actor-type"] },
            { title: "What", width: "minmax(150px, 1.4fr)", below: "start", cell: ({ attributes }) => <span className="mono">{attributes["target-id"]}</span> },
            { title: "Detail", width: "minmax(120px, 1.4fr)", wide: true, cell: ({ attributes }) => <span className="mono" title={JSON.stringify(attributes.detail)}>{Object.entries(attributes.detail ?? {}).map(([key, value]) => `${key}: ${String(value)}`).join(", ")}</span> },
            { title: "Request", width: "110px", wide: true, cell: ({ attributes }) => attributes["request-id"] && <CopyButton text={attributes["request-id"]} what="request id" /> },
            { title: "When", width: "90px", below: "end", cell: ({ attributes }) => <Time at={attributes["created-at"]} /> },
          ]}
        />
      </Sheet>
    </Page>
  );
}
