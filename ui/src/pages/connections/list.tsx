import { Link } from "wouter";
import type { Schema } from "../../api/types";
import { ButtonLink, Empty, Sheet } from "../../components/basics";
import { Filter, Search } from "../../components/fields";
import { Time } from "../../components/time";
import { useQueryState } from "../../components/use_query_state";
import { useSettled } from "../../components/use_settled";
import { VirtualList } from "../../components/virtual_list";
import { useOrganization } from "../../layout/organization";
import { Page } from "../../layout/page";
import { Result } from "./verification";

export default function Connections() {
  const { name, path } = useOrganization();
  const [read, write] = useQueryState();
  const query = { q: useSettled(read("q")), "filter[verification]": read("verification") };
  const filtered = Object.values(query).some(Boolean);
  const add = (
    <ButtonLink look="primary" to={path("/connections/new")}>
      New connection
    </ButtonLink>
  );
  return (
    <Page title="Service connections" actions={add}>
      <div className="toolbar">
        <Search label="Search name and description" value={read("q")} change={(value) => write("q", value)} />
        <Filter
          label="Verification"
          value={read("verification")}
          change={(value) => write("verification", value)}
          options={[["", "Any result"], ["ok", "Works"], ["ok_with_warning", "Works, with a warning"], ["unproven", "Not proven"], ["failed", "Failed"], ["never", "Never verified"]]}
        />
      </div>
      <Sheet flush>
        <VirtualList<Schema<"ServiceConnection">>
          label="Service connections"
          path="/api/v2/organizations/{organization}/service-connections"
          params={{ organization: name }}
          query={query}
          refresh={15_000}
          empty={
            filtered ? (
              <Empty title="No connection matches">Take a filter away.</Empty>
            ) : (
              <Empty title="No connection yet" action={<ButtonLink to={path("/connections/new")}>Look at the types</ButtonLink>}>
                What runs need to reach outside services: clouds, registries, clusters, hosts. Kept encrypted, proved to work, given to the runs that may have them and to no other.
              </Empty>
            )
          }
          columns={[
            { title: "Name", width: "minmax(140px, 1.2fr)", cell: ({ id, attributes }) => <Link href={path(`/connections/${id}`)}>{attributes.name}</Link> },
            { title: "Type", width: "minmax(110px, 0.8fr)", below: "start", cell: ({ attributes }) => <span className="mono">{attributes["connection-type"]}</span> },
            { title: "Target", width: "minmax(120px, 1.4fr)", wide: true, cell: ({ attributes }) => <span className="mono">{attributes.target}</span> },
            { title: "Result", width: "190px", cell: ({ attributes }) => <Result result={attributes["verification-result"]} /> },
            { title: "Last used", width: "100px", below: "end", cell: ({ attributes }) => <Time at={attributes["last-used-at"]} /> },
          ]}
        />
      </Sheet>
    </Page>
  );
}
