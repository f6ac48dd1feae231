import { type FormEvent, useState } from "react";
import { Link, useParams } from "wouter";
import { useQueryClient } from "@tanstack/react-query";
import { document as body, post } from "../../api/client";
import { useAction, useDocument } from "../../api/hooks";
import { type Run, type Schema, relatedId } from "../../api/types";
import { Badge, Button, Empty, Facts, Note, Problem, Sheet, Waiting } from "../../components/basics";
import { Confirm } from "../../components/dialog";
import { TextArea, TextField } from "../../components/fields";
import { LogView } from "../../components/log_view";
import { Person } from "../../components/person";
import { RunStatus, isFinal } from "../../components/run_status";
import { Time } from "../../components/time";
import { safeHref } from "../../format/links";
import { duration } from "../../format/time";
import { useOrganization } from "../../layout/organization";
import { Page } from "../../layout/page";

const RUN = "/api/v2/runs/{run_id}" as const;
const EVENTS = "/api/v2/runs/{run_id}/run-events" as const;
const COMMENTS = "/api/v2/runs/{run_id}/comments" as const;

type Phase = Schema<"Plan"> | Schema<"Apply">;

/** The server names its own address in a log's link; the page stays where it is. */
function pathOfLog(url: string | undefined): string | null {
  try {
    return url ? new URL(url, location.origin).pathname : null;
  } catch {
    return null;
  }
}

function Counts({ phase }: { phase: Phase }) {
  const { attributes } = phase;
  const any = (attributes["resource-additions"] ?? 0) + (attributes["resource-changes"] ?? 0) + (attributes["resource-destructions"] ?? 0);
  if (any === 0) return null; // a program of one's own does not tell
  return (
    <div className="plan-counts" aria-label="What changes">
      <span className="add">+{attributes["resource-additions"] ?? 0} to add</span>
      <span className="change">~{attributes["resource-changes"] ?? 0} to change</span>
      <span className="destroy">−{attributes["resource-destructions"] ?? 0} to destroy</span>
    </div>
  );
}

function PhaseLog({ phase, title }: { phase: Phase; title: string }) {
  const url = pathOfLog(phase.attributes["log-read-url"]);
  const begun = ["running", "finished", "errored", "canceled"].includes(phase.attributes.status ?? "");
  if (!url || !begun) return null;
  return <LogView key={phase.id} id={phase.id} url={url} title={title} live={phase.attributes.status === "running"} />;
}

type Act = "apply" | "discard" | "cancel" | "force-cancel";
const ACTS: Record<Act, { label: string; title: string; says: string; danger: boolean }> = {
  apply: { label: "Confirm and apply", title: "Apply this plan?", says: "What the plan shows is done now.", danger: false },
  discard: { label: "Discard", title: "Discard this plan?", says: "Nothing is applied; the next run may start.", danger: true },
  cancel: { label: "Cancel", title: "Cancel this run?", says: "The program gets a signal and time to end by itself.", danger: true },
  "force-cancel": { label: "Cancel by force", title: "Cancel by force?", says: "The program is killed at once. An apply may be left half done.", danger: true },
};

function Actions({ run }: { run: Run }) {
  const queries = useQueryClient();
  const [asking, setAsking] = useState<Act | null>(null);
  const [comment, setComment] = useState("");
  const can = run.attributes.actions;
  const may = run.attributes.permissions;
  const shown: Act[] = [];
  if (can?.["is-confirmable"] && may?.["can-apply"]) shown.push("apply");
  if (can?.["is-discardable"] && may?.["can-discard"]) shown.push("discard");
  if (can?.["is-cancelable"] && may?.["can-cancel"]) shown.push("cancel");
  if (can?.["is-force-cancelable"] && may?.["can-force-cancel"]) shown.push("force-cancel");
  const act = async () => {
    if (!asking) return;
    const id = { run_id: run.id };
    const text = comment.trim() ? { comment: comment.trim() } : {};
    if (asking === "apply") await post("/api/v2/runs/{run_id}/actions/apply", id, text);
    else if (asking === "discard") await post("/api/v2/runs/{run_id}/actions/discard", id, text);
    else if (asking === "cancel") await post("/api/v2/runs/{run_id}/actions/cancel", id, text);
    else await post("/api/v2/runs/{run_id}/actions/force-cancel", id, text);
    setComment("");
    await queries.invalidateQueries();
  };
  return (
    <>
      {shown.map((one) => (
        <Button key={one} look={one === "apply" ? "primary" : ACTS[one].danger ? "danger" : undefined} onClick={() => setAsking(one)}>
          {ACTS[one].label}
        </Button>
      ))}
      {asking && (
        <Confirm title={ACTS[asking].title} action={ACTS[asking].label} danger={ACTS[asking].danger} open close={() => setAsking(null)} act={act}>
          <p className="wrap">
            <strong>{run.attributes.message?.split("\n")[0] || run.id}</strong>
          </p>
          <p>{ACTS[asking].says}</p>
          <TextField label="Comment" value={comment} change={setComment} />
        </Confirm>
      )}
    </>
  );
}

const EVENT_WORDS = new Map([
  ["created", "Made"], ["queued", "Queued"], ["planning", "Plan started"], ["planned", "Plan finished"], ["confirmed", "Confirmed"],
  ["applying", "Apply started"], ["applied", "Applied"], ["errored", "Failed"], ["discarded", "Discarded"], ["canceled", "Canceled"],
]);

function Timeline({ runId, live }: { runId: string; live: boolean }) {
  const events = useDocument(EVENTS, { run_id: runId }, {}, { refresh: live ? 2_000 : false });
  if (events.isPending) return <Waiting />;
  if (events.error) return <Problem error={events.error} />;
  const rows = [...events.data.data].sort(
    (a, b) => (a.attributes["created-at"] ?? "").localeCompare(b.attributes["created-at"] ?? "") || Number(b.attributes.action === "created") - Number(a.attributes.action === "created"),
  );
  return (
    <ol className="rail plain">
      {rows.map(({ id, attributes, relationships }, index) => {
        const actor = relationships?.actor?.data;
        const bad = attributes.action === "errored";
        const before = rows[index - 1]?.attributes["created-at"];
        const took = before ? new Date(attributes["created-at"] ?? "").getTime() - new Date(before).getTime() : 0;
        return (
          <li key={id} className={bad ? "bad" : "done"}>
            <span className="node" aria-hidden="true" />
            <div className="wrap">
              <strong>{EVENT_WORDS.get(attributes.action ?? "") ?? attributes.action?.replaceAll("_", " ")}</strong>
              {actor?.type === "users" && (
                <>
                  {" by "}
                  <Person id={actor.id} otherwise="somebody" />
                </>
              )}{" "}
              <span className="muted small">
                <Time at={attributes["created-at"]} />
                {took > 1_500 && `, after ${duration(took)}`}
              </span>
              {attributes.description && <div className="muted small">{attributes.description}</div>}
            </div>
          </li>
        );
      })}
    </ol>
  );
}

function Comments({ runId, may }: { runId: string; may: boolean }) {
  const list = useDocument(COMMENTS, { run_id: runId });
  const [text, setText] = useState("");
  const add = useAction(() => post(COMMENTS, { run_id: runId }, body("comments", { body: text })), [COMMENTS]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate(undefined, { onSuccess: () => setText("") });
  };
  return (
    <Sheet title="Comments">
      <div className="stack">
        {(list.data?.data ?? []).map(({ id, attributes }) => (
          <div key={id} className="wrap">
            {attributes.body}
            <div className="muted small">
              {attributes.author && `${attributes.author}, `}
              <Time at={attributes["created-at"]} />
            </div>
          </div>
        ))}
        {may && (
          <form className="stack tight" onSubmit={submit}>
            <TextArea label="Add a comment" value={text} change={setText} rows={2} required />
            <Problem error={add.error} />
            <div>
              <Button type="submit" small busy={add.isPending}>
                Add
              </Button>
            </div>
          </form>
        )}
      </div>
    </Sheet>
  );
}

function Origin({ run, ingress }: { run: Run; ingress: Schema<"IngressAttributes"> | undefined }) {
  const { path } = useOrganization();
  const facts = ingress?.attributes;
  const commitHref = safeHref(facts?.["commit-url"]);
  const sha = run.attributes["commit-sha"] ?? facts?.["commit-sha"];
  const workspace = relatedId(run.relationships?.workspace) ?? "";
  const decisions = useDocument("/api/v2/workspaces/{workspace_id}/trigger-decisions", { workspace_id: workspace }, { "page[size]": 100 }, { enabled: workspace !== "" });
  const decision = decisions.data?.data.find((one) => relatedId(one.relationships?.run) === run.id);
  const delivery = relatedId(decision?.relationships?.delivery);
  return (
    <Sheet title="Where it comes from">
      <Facts
        rows={[
          ["Why", decision ? decision.attributes.reason : (run.attributes["trigger-reason"] ?? "")],
          ["Delivery", delivery && <Link href={path(`/deliveries/${delivery}`)}>the delivery that caused it</Link>],
          ["Commit", sha && (commitHref ? <a className="mono" href={commitHref} target="_blank" rel="noreferrer noopener">{sha.slice(0, 10)}</a> : <span className="mono">{sha.slice(0, 10)}</span>)],
          ["Message", facts?.["commit-message"]],
          ["Author", facts?.["sender-username"]],
          ["Branch", (run.attributes.branch ?? facts?.branch) && <span className="mono">{run.attributes.branch ?? facts?.branch}</span>],
          ["Tag", facts?.tag && <span className="mono">{facts.tag}</span>],
          ["Pull request", facts?.["is-pull-request"] && `${facts["pull-request-number"]}: ${facts["pull-request-title"] ?? ""}`],
          ["Made", <Time at={run.attributes["created-at"]} exact />],
          ["Id", <span className="mono">{run.id}</span>],
        ]}
      />
    </Sheet>
  );
}

/** A newer run of the same workspace that made this one pointless to wait for. */
function Newer({ run, workspace }: { run: Run; workspace: string }) {
  const { path } = useOrganization();
  const id = relatedId(run.relationships?.workspace) ?? "";
  const live = !isFinal(run.attributes.status);
  const runs = useDocument("/api/v2/workspaces/{workspace_id}/runs", { workspace_id: id }, { "page[size]": 1 }, { enabled: id !== "", refresh: live ? 5_000 : false });
  const newest = runs.data?.data[0];
  if (!newest || newest.id === run.id || (newest.attributes["created-at"] ?? "") <= (run.attributes["created-at"] ?? "")) return null;
  return (
    <Note>
      {live ? "A newer run waits behind this one: " : "Superseded by "}
      <Link href={path(`/workspaces/${encodeURIComponent(workspace)}/runs/${newest.id}`)}>{newest.attributes.message?.split("\n")[0] || newest.id}</Link>
    </Note>
  );
}

interface Included {
  included?: { id: string; type: string }[];
}

const includedOf = <T,>(document: Included | undefined, type: string) => document?.included?.find((one) => one.type === type) as T | undefined;

export default function RunPage() {
  const { path } = useOrganization();
  const params = useParams<{ workspace: string; run: string }>();
  const found = useDocument(
    RUN,
    { run_id: params.run },
    { include: "plan,apply,configuration_version.ingress_attributes" },
    { refresh: 1_500 },
  );
  const workspaceId = relatedId(found.data?.data.relationships?.workspace) ?? "";
  const workspace = useDocument("/api/v2/workspaces/{workspace_id}", { workspace_id: workspaceId }, {}, { enabled: workspaceId !== "" });
  const name = workspace.data?.data.attributes.name ?? decodeURIComponent(params.workspace);
  const place = path(`/workspaces/${encodeURIComponent(name)}`);
  const crumbs: [string, string][] = [["Workspaces", path("/workspaces")], [name, place], ["Runs", `${place}/runs`]];
  if (found.isPending) return <Waiting />;
  if (found.error) {
    return (
      <Page title="Run" crumbs={crumbs}>
        <Problem error={found.error} again={() => void found.refetch()} />
      </Page>
    );
  }
  const run = found.data.data;
  const plan = includedOf<Schema<"Plan">>(found.data, "plans");
  const apply = includedOf<Schema<"Apply">>(found.data, "applies");
  const ingress = includedOf<Schema<"IngressAttributes">>(found.data, "ingress-attributes");
  const live = !isFinal(run.attributes.status);
  return (
    <Page title={run.attributes.message?.split("\n")[0] || run.id} crumbs={crumbs} aside={<RunStatus status={run.attributes.status} />} actions={<Actions run={run} />}>
      {run.attributes["is-destroy"] && <Note tone="warn">This run destroys what the workspace built.</Note>}
      {run.attributes["plan-only"] && <div><Badge>Plan only: it never applies</Badge></div>}
      {run.attributes["error-text"] && <Note tone="bad" title="The run failed">{run.attributes["error-text"]}</Note>}
      <Newer run={run} workspace={name} />
      <div className="columns">
        <div className="stack">
          {plan && run.attributes["has-changes"] && <Counts phase={plan} />}
          {plan?.attributes.status === "finished" && run.attributes["has-changes"] === false && <Note tone="good">Nothing to change: what is there is what the code says.</Note>}
          {plan && <PhaseLog phase={plan} title="Plan" />}
          {apply && <PhaseLog phase={apply} title="Apply" />}
          {plan?.attributes.status === "pending" && live && <Empty title="Not started yet">{(run.attributes["position-in-queue"] ?? 0) > 0 ? `${run.attributes["position-in-queue"]} before it.` : "Its turn is next."}</Empty>}
        </div>
        <div className="stack">
          <Sheet title="Timeline">
            <Timeline runId={run.id} live={live} />
          </Sheet>
          <Origin run={run} ingress={ingress} />
          <Comments runId={run.id} may={run.attributes.permissions?.["can-comment"] ?? false} />
        </div>
      </div>
    </Page>
  );
}
