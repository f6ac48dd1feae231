import { useState } from "react";
import { Link } from "wouter";
import { post, remove } from "../../api/client";
import { useAction } from "../../api/hooks";
import { type Hook, relatedId } from "../../api/types";
import { Badge, Button, Empty, Problem, Sheet } from "../../components/basics";
import { ConfirmDelete } from "../../components/confirm_delete";
import { Time } from "../../components/time";
import { VirtualList } from "../../components/virtual_list";
import { useOrganization } from "../../layout/organization";
import { Page } from "../../layout/page";

const LIST = "/api/v2/organizations/{organization}/vcs-hooks" as const;
const TONES = new Map<string, "good" | "warn" | "bad" | "wait">([["installed", "good"], ["pending", "wait"], ["installing", "wait"], ["failed", "bad"], ["missing", "bad"], ["removing", "wait"], ["disabled", "warn"], ["left-over", "warn"]]);

/** Nobody uses them any more; they are listed because the provider may still have them. */
const UNUSED = new Set(["removing", "left-over"]);

export default function Hooks() {
  const { name, path } = useOrganization();
  const install = useAction((id: string) => post("/api/v2/vcs-hooks/{vcs_hook_id}/actions/install", { vcs_hook_id: id }), [LIST]);
  const [dropping, setDropping] = useState<Hook | null>(null);
  const forget = useAction((id: string) => remove("/api/v2/vcs-hooks/{vcs_hook_id}", { vcs_hook_id: id }), [LIST]);
  return (
    <Page title="Hooks">
      <Problem error={install.error} />
      <Sheet flush>
        <VirtualList<Hook>
          label="Hooks"
          path={LIST}
          params={{ organization: name }}
          rowHeight={52}
          empty={<Empty title="No hook yet">One is installed at the provider when the first workspace follows a repository.</Empty>}
          columns={[
            {
              title: "Repository",
              width: "minmax(150px, 1.5fr)",
              cell: ({ attributes, relationships }) => <Link href={path(`/providers/${relatedId(relationships?.["oauth-client"]) ?? ""}`)}>{attributes.repository}</Link>,
            },
            { title: "State", width: "140px", cell: ({ attributes }) => <Badge tone={TONES.get(attributes.status ?? "") ?? "plain"}>{attributes.status}</Badge> },
            { title: "Last error", width: "minmax(120px, 1.6fr)", wide: true, cell: ({ attributes }) => <span title={attributes["last-error"] ?? ""}>{attributes["last-error"] || <span className="muted">none</span>}</span> },
            { title: "Last event", width: "100px", wide: true, cell: ({ attributes }) => <Time at={attributes["last-event-at"]} /> },
            { title: "Refused", width: "70px", wide: true, cell: ({ attributes }) => attributes["rejected-count"] },
            {
              title: "Action",
              width: "130px",
              wide: true,
              cell: (hook) => (
                <span className="above">
                  {UNUSED.has(hook.attributes.status ?? "") ? (
                    <Button small onClick={() => setDropping(hook)} aria-label={`Forget the hook of ${hook.attributes.repository}`}>
                      Forget
                    </Button>
                  ) : (
                    <Button small busy={install.isPending && install.variables === hook.id} onClick={() => install.mutate(hook.id)} aria-label={`Install the hook of ${hook.attributes.repository} again`}>
                      Install again
                    </Button>
                  )}
                </span>
              ),
            },
          ]}
        />
      </Sheet>
      <ConfirmDelete name={dropping && `the hook of ${dropping.attributes.repository}`} verb="Forget" close={() => setDropping(null)} act={() => forget.mutateAsync(dropping?.id ?? "")}>
        <p>No workspace uses it. If the provider still has it, delete it there too: what it sends is refused from now on.</p>
      </ConfirmDelete>
    </Page>
  );
}
