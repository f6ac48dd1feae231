import { Link } from "wouter";
import type { PathOf, Params } from "../../api/client";
import { useDocument } from "../../api/hooks";
import { type Run, relatedId } from "../../api/types";
import { Badge, Empty, Sheet } from "../../components/basics";
import { Filter, Search } from "../../components/fields";
import { RunStatus, STATUS_FILTERS } from "../../components/run_status";
import { Time } from "../../components/time";
import { useQueryState } from "../../components/use_query_state";
import { useSettled } from "../../components/use_settled";
import { VirtualList } from "../../components/virtual_list";
import { useOrganization } from "../../layout/organization";
import { WorkspaceName } from "../deliveries/decisions";

/** Part of a name stands for every workspace that has it; one that no workspace has, for no run. */
function useWorkspaceFilter(typed: string, of: string | undefined): Record<string, string> {
  const { name: organization } = useOrganization();
  const text = useSettled(typed).trim();
  const asked = text !== "" && of === undefined;
  const found = useDocument("/api/v2/organizations/{organization}/workspaces", { organization }, { "search[name]": text, "page[size]": 100 }, { enabled: asked, keep: true });
  if (!asked) return {};
  const names = (found.data?.data ?? []).map((one) => one.attributes.name ?? "");
  return { "filter[workspace_names]": (names.includes(text) ? [text] : names).join(",") || text };
}

/** Runs of one workspace or of all; filters are in the address. */
export function RunTable({ path, params, of }: { path: PathOf<"get">; params: Params; of?: string }) {
  const place = useOrganization();
  const [read, write] = useQueryState();
  const query = { "search[basic]": useSettled(read("q")), ...useWorkspaceFilter(read("workspace"), of), "filter[status]": read("status"), "filter[operation]": read("operation") };
  const filtered = Object.values(query).some(Boolean);
  return (
    <div className="stack">
      <div className="toolbar">
        <Search label="Search message, commit or id" value={read("q")} change={(value) => write("q", value)} />
        {!of && <Search label="Workspace" value={read("workspace")} change={(value) => write("workspace", value)} />}
        <Filter label="Status" value={read("status")} change={(value) => write("status", value)} options={STATUS_FILTERS} />
        <Filter label="Kind" value={read("operation")} change={(value) => write("operation", value)} options={[["", "Any kind"], ["plan_and_apply", "Plan and apply"], ["plan_only", "Plan only"]]} />
      </div>
      <Sheet flush>
        <VirtualList<Run>
          label="Runs"
          path={path}
          params={params}
          query={{ ...query, count: "exact" }}
          refresh={3_000}
          empty={filtered ? <Empty title="No run matches">Take a filter away.</Empty> : <Empty title="No run yet">A push to a connected repository makes the first one.</Empty>}
          columns={[
            {
              title: "Run",
              width: "minmax(180px, 2fr)",
              cell: (run) => {
                const workspace = of ?? relatedId(run.relationships?.workspace) ?? "-";
                return <Link href={place.path(`/workspaces/${encodeURIComponent(workspace)}/runs/${run.id}`)}>{run.attributes.message?.split("\n")[0] || run.id}</Link>;
              },
            },
            ...(of ? [] : [{ title: "Workspace", width: "minmax(110px, 1fr)", below: "start" as const, cell: (run: Run) => <span className="above"><WorkspaceName id={relatedId(run.relationships?.workspace)} /></span> }]),
            { title: "Status", width: "190px", cell: ({ attributes }: Run) => <RunStatus status={attributes.status} /> },
            { title: "Kind", width: "100px", wide: true, cell: ({ attributes }: Run) => attributes["is-destroy"] ? <Badge tone="bad">Destroy</Badge> : attributes["plan-only"] ? "Plan only" : "Apply" },
            { title: "Commit", width: "minmax(130px, 0.9fr)", ...(of ? { below: "start" as const } : { wide: true }), cell: ({ attributes }: Run) => <span className="mono">{attributes.branch} <span className="muted">{attributes["commit-sha"]?.slice(0, 8)}</span></span> },
            { title: "Made", width: "90px", below: "end", cell: ({ attributes }: Run) => <Time at={attributes["created-at"]} /> },
          ]}
        />
      </Sheet>
    </div>
  );
}
