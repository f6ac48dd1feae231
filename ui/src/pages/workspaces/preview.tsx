import { useQuery } from "@tanstack/react-query";
import { document as body, post } from "../../api/client";
import type { ApiProblem } from "../../api/problem";
import type { Schema } from "../../api/types";
import { Badge, Note, Problem, Waiting } from "../../components/basics";
import { Table } from "../../components/table";
import { Time } from "../../components/time";
import { useSettled } from "../../components/use_settled";
import { useOrganization } from "../../layout/organization";
import { type Triggers, triggerAttributes } from "./triggers";

type Push = Schema<"TriggerPreviewPush">;

interface Props {
  /** Of a workspace that is there; otherwise one yet to be made. */
  workspace?: string;
  token: string;
  identifier: string;
  branch: string;
  directory: string;
  triggers: Triggers;
}

function usePreview({ workspace, token, identifier, branch, directory, triggers }: Props) {
  const { name: organization } = useOrganization();
  const attributes = useSettled(
    JSON.stringify({
      "working-directory": directory.trim(),
      ...triggerAttributes(triggers),
      "vcs-repo": { identifier, "oauth-token-id": token, branch, "tags-regex": triggers.mode === "tags" ? triggers.tagsRegex : "" },
    }),
    400,
  );
  return useQuery({
    queryKey: ["trigger preview", organization, workspace, attributes],
    queryFn: () => {
      const ask = body("trigger-previews", JSON.parse(attributes) as object);
      return workspace
        ? post("/api/v2/workspaces/{workspace_id}/trigger-previews", { workspace_id: workspace }, ask)
        : post("/api/v2/organizations/{organization}/trigger-previews", { organization }, ask);
    },
    placeholderData: (before) => before,
    retry: false,
    staleTime: 30_000,
    refetchInterval: ({ state }) => (state.data?.data.attributes.state === "fetching" ? 2_000 : false),
  });
}

function Row({ push }: { push: Push }) {
  return (
    <tr>
      <td>
        <Badge tone={push["would-run"] ? "good" : "plain"}>{push["would-run"] ? "Run" : "No run"}</Badge>
      </td>
      <td className="wrap">
        {push.tag ? <span className="mono">{push.tag}</span> : push.subject}
        {!push.tag && (
          <div className="muted small">
            <span className="mono">{push.sha?.slice(0, 8)}</span> {push.author} · <Time at={push["committed-at"]} />
          </div>
        )}
      </td>
      <td className="wrap small">{push.reason}</td>
    </tr>
  );
}

/** What the rules on the screen would have done with the newest commits, decided by the server as for a real push. */
export function TriggerPreview(props: Props) {
  const found = usePreview(props);
  const tags = props.triggers.mode === "tags";
  const { state, branch, pushes = [], warnings = [] } = found.data?.data.attributes ?? {};
  const running = pushes.filter((push) => push["would-run"]).length;
  const summary = tags ? `${running} of the newest ${pushes.length} tags would make a run` : `${running} of the newest ${pushes.length} commits on ${branch} would make a run`;
  return (
    <section className="stack tight" aria-label="What would trigger">
      <h2 className="legend plain">What would trigger</h2>
      <p className="muted small" aria-live="polite">
        {found.error ? "" : state === "fetching" ? "The repository is being fetched for the first time…" : pushes.length > 0 ? `${summary}.` : found.isPending ? "" : tags ? "There is no tag yet." : "There is no commit yet."}
      </p>
      {found.isPending && <Waiting what="Asking the server" />}
      <Problem error={found.error as ApiProblem | null} again={() => void found.refetch()} />
      {!found.error && warnings.length > 0 && (
        <Note tone="warn" title="This may surprise">
          <ul className="bullets">
            {warnings.map(({ code, rule, message }) => (
              <li key={code + rule}>{message}</li>
            ))}
          </ul>
        </Note>
      )}
      {!found.error && pushes.length > 0 && (
        <div className="sheet" aria-busy={found.isPlaceholderData || undefined}>
          <Table label="What would trigger" columns={["Outcome", tags ? "Tag" : "Commit", "Why"]}>
            {pushes.map((push) => (
              <Row key={push.sha ?? push.tag} push={push} />
            ))}
          </Table>
        </div>
      )}
    </section>
  );
}
