import { type FormEvent, useState } from "react";
import { document as body, patch, post, remove } from "../../api/client";
import { useAction, useDocument } from "../../api/hooks";
import type { Variable } from "../../api/types";
import { Badge, Button, Empty, Problem, Sheet, Waiting } from "../../components/basics";
import { ConfirmDelete } from "../../components/confirm_delete";
import { Window } from "../../components/dialog";
import { CheckField, SelectField, TextArea, TextField } from "../../components/fields";
import { Table } from "../../components/table";

const VARIABLES = "/api/v2/workspaces/{workspace_id}/vars" as const;

function Editor({ workspaceId, variable, close }: { workspaceId: string; variable: Variable | null; close: () => void }) {
  const before = variable?.attributes;
  const [key, setKey] = useState(before?.key ?? "");
  const [value, setValue] = useState(before?.sensitive ? "" : (before?.value ?? ""));
  const [category, setCategory] = useState<string>(before?.category ?? "env");
  const [description, setDescription] = useState(before?.description ?? "");
  const [hcl, setHcl] = useState(before?.hcl ?? false);
  const [sensitive, setSensitive] = useState(before?.sensitive ?? false);
  const save = useAction((): Promise<unknown> => {
    const keeps = before?.sensitive && value === "";
    const attributes = { key, category, description, hcl: category === "terraform" && hcl, sensitive, ...(keeps ? {} : { value }) };
    return variable
      ? patch("/api/v2/workspaces/{workspace_id}/vars/{variable_id}", { workspace_id: workspaceId, variable_id: variable.id }, body("vars", attributes))
      : post(VARIABLES, { workspace_id: workspaceId }, body("vars", attributes));
  }, [VARIABLES]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined, { onSuccess: close });
  };
  const wrong = save.error?.fields ?? {};
  return (
    <form className="stack" onSubmit={submit}>
      <SelectField label="Kind" value={category} change={setCategory} options={[["env", "Environment variable"], ["terraform", "Terraform variable"]]} />
      <TextField label="Key" value={key} change={setKey} required wrong={wrong.key} mono autoFocus />
      <TextArea label="Value" value={value} change={setValue} wrong={wrong.value} rows={3} hint={before?.sensitive ? "Stored and not shown. Empty keeps it." : undefined} />
      <TextField label="Description" value={description} change={setDescription} wrong={wrong.description} />
      {category === "terraform" && <CheckField label="The value is HCL" value={hcl} change={setHcl} hint="A list, map or number instead of text." />}
      <CheckField label="Sensitive" value={sensitive} change={setSensitive} disabled={before?.sensitive} hint="Never shown again, and masked in logs." />
      <Problem error={save.error} />
      <footer>
        <Button onClick={close}>Not now</Button>
        <Button type="submit" look="primary" busy={save.isPending}>
          Save
        </Button>
      </footer>
    </form>
  );
}

export function Variables({ workspaceId }: { workspaceId: string }) {
  const list = useDocument(VARIABLES, { workspace_id: workspaceId });
  const [editing, setEditing] = useState<Variable | "new" | null>(null);
  const [removing, setRemoving] = useState<Variable | null>(null);
  const erase = useAction((id: string) => remove("/api/v2/workspaces/{workspace_id}/vars/{variable_id}", { workspace_id: workspaceId, variable_id: id }), [VARIABLES]);
  const rows = list.data?.data ?? [];
  const add = (
    <Button look="primary" onClick={() => setEditing("new")}>
      Add a variable
    </Button>
  );
  return (
    <Sheet title="Variables" actions={rows.length > 0 && add} flush>
      {list.isPending && <Waiting />}
      <Problem error={list.error} again={() => void list.refetch()} />
      {list.data && rows.length === 0 && (
        <Empty title="No variable yet" action={add}>
          Runs get them: as environment, or as variables of Terraform and OpenTofu.
        </Empty>
      )}
      {rows.length > 0 && (
        <Table columns={["Key", "Value", "Kind"]} actions>
          {rows.map((variable) => (
            <tr key={variable.id}>
              <td>
                <span className="mono wrap">{variable.attributes.key}</span>
                {variable.attributes.description && <div className="muted small wrap">{variable.attributes.description}</div>}
                {variable.attributes.warning && <div className="small wrap">{variable.attributes.warning}</div>}
              </td>
              <td className="mono wrap">{variable.attributes.sensitive ? <Badge>Sensitive</Badge> : variable.attributes.value}</td>
              <td>{variable.attributes.category === "env" ? "Environment" : variable.attributes.hcl ? "Terraform, HCL" : "Terraform"}</td>
              <td className="end">
                <Button small look="quiet" onClick={() => setEditing(variable)} aria-label={`Change ${variable.attributes.key}`}>
                  Change
                </Button>
                <Button small look="quiet" onClick={() => setRemoving(variable)} aria-label={`Remove ${variable.attributes.key}`}>
                  Remove
                </Button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Window title={editing === "new" ? "Add a variable" : "Change a variable"} open={editing !== null} close={() => setEditing(null)}>
        {editing !== null && <Editor workspaceId={workspaceId} variable={editing === "new" ? null : editing} close={() => setEditing(null)} />}
      </Window>
      <ConfirmDelete name={removing && (removing.attributes.key ?? "")} verb="Remove" close={() => setRemoving(null)} act={() => erase.mutateAsync(removing?.id ?? "")}>
        <p>The next run does without it.</p>
      </ConfirmDelete>
    </Sheet>
  );
}
