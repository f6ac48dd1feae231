import { Link } from "wouter";
import { useDocument } from "../../api/hooks";
import { type Decision, relatedId } from "../../api/types";
import { Badge, Empty, Problem, Waiting } from "../../components/basics";
import { Table } from "../../components/table";
import { Time } from "../../components/time";
import { useOrganization } from "../../layout/organization";

const WORDS = new Map([
  ["run", "Run"], ["triggered", "Run"], ["speculative", "Plan only"], ["skip", "No run"], ["skipped", "No run"], ["ignored", "No run"],
]);

export function Outcome({ decision }: { decision: Decision }) {
  const made = relatedId(decision.relationships?.run) !== undefined;
  return <Badge tone={made ? "good" : "plain"}>{WORDS.get(decision.attributes.outcome ?? "") ?? decision.attributes.outcome?.replaceAll("-", " ")}</Badge>;
}

function RunLink({ decision, workspaceName }: { decision: Decision; workspaceName?: string }) {
  const { path } = useOrganization();
  const run = relatedId(decision.relationships?.run);
  const workspace = workspaceName ?? relatedId(decision.relationships?.workspace) ?? "-";
  return run ? <Link href={path(`/workspaces/${encodeURIComponent(workspace)}/runs/${run}`)}>Its run</Link> : null;
}

/** For one workspace and one event: what was decided, by which rule, and why. */
export function DecisionRows({ decisions, withWorkspace }: { decisions: Decision[]; withWorkspace?: boolean }) {
  const { path } = useOrganization();
  return (
    <Table columns={["Outcome", withWorkspace && "Workspace", "Why", "Event", "When"]}>
      {decisions.map((decision) => {
        const delivery = relatedId(decision.relationships?.delivery);
        return (
          <tr key={decision.id}>
            <td>
              <Outcome decision={decision} />
            </td>
            {withWorkspace && (
              <td className="mono">
                <WorkspaceName id={relatedId(decision.relationships?.workspace)} />
              </td>
            )}
            <td className="wrap">
              {decision.attributes.reason} <RunLink decision={decision} />
              <div className="muted small">
                Rule {decision.attributes.rule}: {decision.attributes["rule-name"]}
              </div>
            </td>
            <td className="mono wrap">
              {decision.attributes.event} {decision.attributes.ref?.replace(/^refs\/(heads|tags)\//, "")}
              <div className="muted">{decision.attributes["commit-sha"]?.slice(0, 8)}</div>
            </td>
            <td>{delivery ? <Link href={path(`/deliveries/${delivery}`)}><Time at={decision.attributes["created-at"]} /></Link> : <Time at={decision.attributes["created-at"]} />}</td>
          </tr>
        );
      })}
    </Table>
  );
}

export function WorkspaceName({ id }: { id: string | undefined }) {
  const { path } = useOrganization();
  const workspace = useDocument("/api/v2/workspaces/{workspace_id}", { workspace_id: id ?? "" }, {}, { enabled: Boolean(id) });
  const name = workspace.data?.data.attributes.name;
  return name ? <Link href={path(`/workspaces/${encodeURIComponent(name)}`)}>{name}</Link> : <span>{id}</span>;
}

export function DecisionTable({ path, params }: { path: "/api/v2/workspaces/{workspace_id}/trigger-decisions"; params: { workspace_id: string } }) {
  const list = useDocument(path, params, { "page[size]": 20 }, { refresh: 5_000 });
  if (list.isPending) return <Waiting />;
  if (list.error) return <Problem error={list.error} again={() => void list.refetch()} />;
  if (list.data.data.length === 0) return <Empty title="No event yet">When something is pushed, this says what it did here, and why.</Empty>;
  return <DecisionRows decisions={list.data.data} />;
}
