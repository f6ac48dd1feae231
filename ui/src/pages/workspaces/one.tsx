import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import { document as body, post } from "../../api/client";
import { useAction, useDocument } from "../../api/hooks";
import type { Run, Workspace } from "../../api/types";
import { Badge, Button, Empty, Facts, Note, Problem, Sheet, Waiting } from "../../components/basics";
import { Confirm, Window } from "../../components/dialog";
import { CheckField, SelectField, TextField } from "../../components/fields";
import { RunStatus } from "../../components/run_status";
import { Time } from "../../components/time";
import { useOrganization } from "../../layout/organization";
import { Page, Tabs } from "../../layout/page";
import { safeHref } from "../../format/links";
import { DecisionTable } from "../deliveries/decisions";
import { RunTable } from "../runs/table";
import { WorkspaceConnections } from "./connections";
import { WorkspaceSettings } from "./settings";
import { Tags } from "./tags";
import { Variables } from "./variables";

const WORKSPACE = "/api/v2/organizations/{organization}/workspaces/{workspace_name}" as const;
const RUNS = "/api/v2/workspaces/{workspace_id}/runs" as const;

function StartRun({ workspace, open, close }: { workspace: Workspace; open: boolean; close: () => void }) {
  const { path } = useOrganization();
  const [, go] = useLocation();
  const [message, setMessage] = useState("");
  const [kind, setKind] = useState("plan-and-apply");
  const [refresh, setRefresh] = useState(true);
  const start = useAction(
    () =>
      post(
        "/api/v2/runs",
        {},
        body(
          "runs",
          { message: message || undefined, "plan-only": kind === "plan-only", "is-destroy": kind === "destroy", "refresh-only": kind === "refresh-only", refresh },
          { workspace: { data: { type: "workspaces", id: workspace.id } } },
        ),
      ),
    [RUNS, "/api/v2/organizations/{organization}/runs"],
  );
  return (
    <Window title="Start a run" open={open} close={close}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          start.mutate(undefined, { onSuccess: (run) => go(path(`/workspaces/${encodeURIComponent(workspace.attributes.name ?? "")}/runs/${run.data.id}`)) });
        }}
      >
        <TextField label="Reason" value={message} change={setMessage} hint="Shown with the run." maxLength={255} />
        <SelectField
          label="Kind"
          value={kind}
          change={setKind}
          options={[["plan-and-apply", "Plan and apply"], ["plan-only", "Plan only"], ["refresh-only", "Refresh state"], ["destroy", "Destroy everything"]]}
        />
        {kind === "destroy" && <Note tone="warn">A plan to destroy is made; nothing is destroyed before somebody confirms it.</Note>}
        <CheckField label="Look at what is really there first" value={refresh} change={setRefresh} />
        <Problem error={start.error} />
        <footer>
          <Button onClick={close}>Not now</Button>
          <Button type="submit" look="primary" busy={start.isPending}>
            Start
          </Button>
        </footer>
      </form>
    </Window>
  );
}

function LockButton({ workspace }: { workspace: Workspace }) {
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState("");
  const id = { workspace_id: workspace.id };
  const { locked, permissions } = workspace.attributes;
  const may = permissions as Record<string, boolean> | undefined;
  if (!may?.["can-lock"]) return null;
  return (
    <>
      <Button onClick={() => setAsking(true)}>{locked ? "Unlock" : "Lock"}</Button>
      <Confirm
        title={locked ? `Unlock ${workspace.attributes.name}?` : `Lock ${workspace.attributes.name}?`}
        action={locked ? "Unlock" : "Lock"}
        danger={false}
        open={asking}
        close={() => setAsking(false)}
        act={async () => {
          if (locked) await post("/api/v2/workspaces/{workspace_id}/actions/unlock", id);
          else await post("/api/v2/workspaces/{workspace_id}/actions/lock", id, { reason });
          await queries.invalidateQueries({ queryKey: [WORKSPACE] });
        }}
      >
        <p>{locked ? "Waiting runs go on." : "Runs wait until it is unlocked; one that is under way is not stopped."}</p>
        {!locked && <TextField label="Reason" value={reason} change={setReason} />}
      </Confirm>
    </>
  );
}

function Overview({ workspace, latest }: { workspace: Workspace; latest: Run | undefined }) {
  const { path } = useOrganization();
  const { attributes } = workspace;
  const vcs = attributes["vcs-repo"];
  const href = safeHref(vcs?.["repository-http-url"]);
  const place = path(`/workspaces/${encodeURIComponent(attributes.name ?? "")}`);
  return (
    <div className="columns">
      <div className="stack loose">
        <Sheet title="Latest run" flush>
          {latest ? (
            <div className="body stack tight">
              <div className="row wraps">
                <RunStatus status={latest.attributes.status} />
                <Link href={`${place}/runs/${latest.id}`}>{latest.attributes.message || latest.id}</Link>
                <span className="muted">
                  <Time at={latest.attributes["created-at"]} />
                </span>
              </div>
              {latest.attributes.status === "planned" && <Note tone="warn">The plan waits for somebody to confirm or discard it.</Note>}
            </div>
          ) : (
            <Empty title="No run yet">A push makes one, or Start a run.</Empty>
          )}
        </Sheet>
        <Sheet title="What the last events did here" flush>
          <DecisionTable path="/api/v2/workspaces/{workspace_id}/trigger-decisions" params={{ workspace_id: workspace.id }} />
        </Sheet>
      </div>
      <Sheet title="About">
        <Facts
          rows={[
            ["Repository", vcs ? href ? <a href={href} rel="noreferrer noopener" target="_blank">{vcs["display-identifier"] ?? vcs.identifier}</a> : (vcs["display-identifier"] ?? vcs.identifier) : "none"],
            ["Provider", attributes["oauth-client-name"]],
            ["Branch", <span className="mono">{vcs?.branch || "the default branch"}</span>],
            ["Directory", <span className="mono">{attributes["working-directory"] || "/"}</span>],
            ["Program", <span className="mono">{attributes["plan-command"]?.[0] ?? `terraform ${attributes["terraform-version"] ?? ""}`}</span>],
            ["Tags", <Tags workspaceId={workspace.id} />],
            ["Applies", attributes["auto-apply"] ? "without asking" : "after confirmation"],
            ["Network", attributes["network-access"] ? "allowed in runs" : "none in runs"],
            ["Made", <Time at={attributes["created-at"]} />],
            ["Id", <span className="mono">{workspace.id}</span>],
          ]}
        />
      </Sheet>
    </div>
  );
}

export default function WorkspacePage() {
  const { name: organization, path } = useOrganization();
  const params = useParams<{ workspace: string; part?: string }>();
  const name = decodeURIComponent(params.workspace);
  const [starting, setStarting] = useState(false);
  const workspace = useDocument(WORKSPACE, { organization, workspace_name: name }, {}, { refresh: 5_000 });
  const id = workspace.data?.data.id ?? "";
  const runs = useDocument(RUNS, { workspace_id: id }, { "page[size]": 1 }, { enabled: id !== "", refresh: 3_000 });
  const place = path(`/workspaces/${encodeURIComponent(name)}`);
  const crumbs: [string, string][] = [["Workspaces", path("/workspaces")]];
  if (workspace.isPending) return <Waiting />;
  if (workspace.error) {
    return (
      <Page title={name} crumbs={crumbs}>
        <Problem error={workspace.error} again={() => void workspace.refetch()} />
      </Page>
    );
  }
  const one = workspace.data.data;
  const may = one.attributes.permissions as Record<string, boolean> | undefined;
  return (
    <Page
      title={name}
      crumbs={crumbs}
      aside={one.attributes.locked && <Badge tone="warn">Locked{one.attributes["locked-reason"] ? `: ${one.attributes["locked-reason"]}` : ""}</Badge>}
      actions={
        <>
          <LockButton workspace={one} />
          {may?.["can-queue-run"] && (
            <Button look="primary" onClick={() => setStarting(true)}>
              Start a run
            </Button>
          )}
        </>
      }
    >
      {one.attributes.description && <p className="muted wrap">{one.attributes.description}</p>}
      {(one.attributes["trigger-warnings"] ?? []).map((warning) => (
        <Note tone="warn" key={warning}>
          {warning}
        </Note>
      ))}
      <Tabs label={`Parts of ${name}`} items={[["Overview", place], ["Runs", `${place}/runs`], ["Variables", `${place}/variables`], ["Connections", `${place}/connections`], ["Settings", `${place}/settings`]]} />
      {!params.part && <Overview workspace={one} latest={runs.data?.data[0]} />}
      {params.part === "runs" && <RunTable path={RUNS} params={{ workspace_id: id }} of={name} />}
      {params.part === "variables" && <Variables workspaceId={id} />}
      {params.part === "connections" && <WorkspaceConnections workspaceId={id} />}
      {params.part === "settings" && <WorkspaceSettings key={one.attributes["updated-at"]} workspace={one} />}
      <StartRun workspace={one} open={starting} close={() => setStarting(false)} />
    </Page>
  );
}
