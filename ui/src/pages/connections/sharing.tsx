import { useState } from "react";
import { post, remove } from "../../api/client";
import { useAction, useDocument } from "../../api/hooks";
import { type Schema, relatedId, relatedIds } from "../../api/types";
import { Button, Problem, Sheet } from "../../components/basics";
import { SelectField } from "../../components/fields";
import { useOrganization } from "../../layout/organization";

const SHARED = "/api/v2/service-connections/{service_connection_id}/relationships/shared-projects" as const;
const ONE = "/api/v2/service-connections/{service_connection_id}" as const;

/** Other projects whose workspaces may be authorized for the connection. */
export function Sharing({ connection }: { connection: Schema<"ServiceConnection"> }) {
  const { name: organization } = useOrganization();
  const id = { service_connection_id: connection.id };
  const projects = useDocument("/api/v2/organizations/{organization}/projects", { organization }, { "page[size]": 100 });
  const [chosen, setChosen] = useState("");
  const body = (project: string) => ({ data: [{ type: "projects", id: project }] });
  const add = useAction((project: string) => post(SHARED, id, body(project)), [ONE]);
  const drop = useAction((project: string) => remove(SHARED, id, body(project)), [ONE]);
  const related = connection.relationships as Record<string, object> | undefined;
  const shared = relatedIds(related?.["shared-projects"]);
  const own = relatedId(related?.project);
  const all = projects.data?.data ?? [];
  const nameOf = (project: string) => all.find((one) => one.id === project)?.attributes.name ?? project;
  const open = all.filter((one) => one.id !== own && !shared.includes(one.id));
  return (
    <Sheet title="Other projects that share it">
      <div className="stack">
        <Problem error={projects.error ?? add.error ?? drop.error} />
        {shared.length === 0 && <p className="muted">Only workspaces of its own project can be authorized.</p>}
        {shared.map((project) => (
          <div className="row apart" key={project}>
            <span>{nameOf(project)}</span>
            <Button small look="quiet" onClick={() => drop.mutate(project)} aria-label={`Share it with ${nameOf(project)} no more`}>
              Withdraw
            </Button>
          </div>
        ))}
        {open.length > 0 && (
          <form
            className="stack tight"
            onSubmit={(event) => {
              event.preventDefault();
              if (chosen) add.mutate(chosen, { onSuccess: () => setChosen("") });
            }}
          >
            <SelectField label="Project" value={chosen} change={setChosen} options={[["", "Choose"], ...open.map((one): [string, string] => [one.id, one.attributes.name ?? one.id])]} />
            <div>
              <Button type="submit" small busy={add.isPending} disabled={!chosen}>
                Share with the project
              </Button>
            </div>
          </form>
        )}
      </div>
    </Sheet>
  );
}
