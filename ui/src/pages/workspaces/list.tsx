import { Link } from "wouter";
import { useDocument } from "../../api/hooks";
import { type Run, type Workspace, includedOne } from "../../api/types";
import { Badge, ButtonLink, Empty, Sheet } from "../../components/basics";
import { Filter, Search } from "../../components/fields";
import { RunStatus, STATUS_FILTERS } from "../../components/run_status";
import { Time } from "../../components/time";
import { useQueryState } from "../../components/use_query_state";
import { useSettled } from "../../components/use_settled";
import { VirtualList } from "../../components/virtual_list";
import { useOrganization } from "../../layout/organization";
import { Page } from "../../layout/page";
import { tagQuery } from "./tags";

const LIST = "/api/v2/organizations/{organization}/workspaces" as const;

/** What stands between a new organization and its first run. */
function FirstSteps() {
  const { name, path } = useOrganization();
  const providers = useDocument("/api/v2/organizations/{organization}/oauth-clients", { organization: name }, { "page[size]": 1 });
  const connected = (providers.data?.data.length ?? 0) > 0;
  return (
    <Empty
      title={connected ? "No workspace yet" : "Nothing is connected yet"}
      action={
        connected ? (
          <ButtonLink look="primary" to={path("/workspaces/new")}>
            Choose a repository
          </ButtonLink>
        ) : (
          <ButtonLink look="primary" to={path("/providers/new")}>
            Connect a provider
          </ButtonLink>
        )
      }
    >
      {connected ? "A workspace follows one repository: each push that concerns it becomes a run." : "First comes the provider your repositories are at, then a workspace for each that should run."}
    </Empty>
  );
}

export default function Workspaces() {
  const { name, path } = useOrganization();
  const [read, write] = useQueryState();
  const query = { "search[name]": useSettled(read("q")), ...tagQuery(useSettled(read("tag"))), "filter[current-run][status]": read("status"), sort: read("sort"), include: "latest_run" };
  const filtered = query["search[name]"] !== "" || query["filter[current-run][status]"] !== "" || read("tag") !== "";
  return (
    <Page
      title="Workspaces"
      actions={
        <ButtonLink look="primary" to={path("/workspaces/new")}>
          New workspace
        </ButtonLink>
      }
    >
      <div className="toolbar">
        <Search label="Search by name" value={read("q")} change={(value) => write("q", value)} />
        <Search label="Tag, or key=value" value={read("tag")} change={(value) => write("tag", value)} />
        <Filter label="Status of the current run" value={read("status")} change={(value) => write("status", value)} options={STATUS_FILTERS} />
        <Filter
          label="Order"
          value={read("sort")}
          change={(value) => write("sort", value)}
          options={[["", "By name"], ["-current-run.created-at", "Latest run first"], ["-latest-change-at", "Latest change first"]]}
        />
      </div>
      <Sheet flush>
        <VirtualList<Workspace>
          label="Workspaces"
          path={LIST}
          params={{ organization: name }}
          query={query}
          empty={filtered ? <Empty title="No workspace matches">Try fewer letters, another tag, or any status.</Empty> : <FirstSteps />}
          columns={[
            { title: "Name", width: "minmax(140px, 1.2fr)", cell: ({ attributes }) => <Link href={path(`/workspaces/${encodeURIComponent(attributes.name ?? "")}`)}>{attributes.name}</Link> },
            {
              title: "Repository",
              width: "minmax(140px, 1.5fr)",
              below: "start",
              cell: ({ attributes }) => (
                <span className="mono">
                  {attributes["vcs-repo"]?.["display-identifier"] ?? attributes["vcs-repo-identifier"] ?? <span className="muted">none</span>}
                </span>
              ),
            },
            { title: "Directory", width: "minmax(80px, 0.7fr)", wide: true, cell: ({ attributes }) => <span className="mono">{attributes["working-directory"] || <span className="muted">/</span>}</span> },
            {
              title: "Latest run",
              width: "190px",
              cell: (workspace, document) => {
                const run = includedOne<Run>(document as never, workspace.relationships?.["latest-run"]);
                return run ? <RunStatus status={run.attributes.status} /> : <span className="muted">{workspace.relationships?.["latest-run"]?.data ? "has run" : "never ran"}</span>;
              },
            },
            { title: "Changed", width: "110px", below: "end", cell: ({ attributes }) => <>{attributes.locked && <Badge tone="warn">Locked</Badge>} <Time at={attributes["latest-change-at"]} /></> },
          ]}
        />
      </Sheet>
    </Page>
  );
}
