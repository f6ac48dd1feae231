import { type FormEvent, useState } from "react";
import { Link } from "wouter";
import { patch, post } from "../../api/client";
import { useAction, useDocument } from "../../api/hooks";
import { Badge, Button, ButtonLink, Empty, Problem, Sheet, Waiting } from "../../components/basics";
import { SelectField, TextField } from "../../components/fields";
import { Table } from "../../components/table";
import { useOrganization } from "../../layout/organization";

const NAMED = "/api/v2/workspaces/{workspace_id}/relationships/service-connections" as const;

interface Named {
  id: string;
  name: string;
  prefix: string;
  authorized: boolean;
  canAuthorize: boolean;
}

/** The connections that every run of the workspace is given, and whether it may have them. */
export function WorkspaceConnections({ workspaceId }: { workspaceId: string }) {
  const { name: organization, path } = useOrganization();
  const id = { workspace_id: workspaceId };
  const named = useDocument(NAMED, id);
  const all = useDocument("/api/v2/organizations/{organization}/service-connections", { organization }, { "page[size]": 100 });
  const [chosen, setChosen] = useState("");
  const [prefix, setPrefix] = useState("");
  const rows: Named[] = (named.data?.data ?? []).map((one) => ({
    id: one.id ?? "",
    name: one.meta?.name ?? one.id ?? "",
    prefix: one.meta?.prefix ?? "",
    authorized: one.meta?.authorized ?? false,
    canAuthorize: one.meta?.["can-authorize"] ?? false,
  }));
  const save = useAction(
    (wanted: Pick<Named, "id" | "prefix">[]) =>
      patch(NAMED, id, { data: wanted.map((one) => ({ type: "service-connections", id: one.id, meta: { prefix: one.prefix } })), meta: named.data?.meta }),
    [NAMED],
  );
  const authorize = useAction(
    (connection: string) =>
      post("/api/v2/service-connections/{service_connection_id}/relationships/authorized-workspaces", { service_connection_id: connection }, { data: [{ type: "workspaces", id: workspaceId }] }),
    [NAMED],
  );
  const open = (all.data?.data ?? []).filter((one) => !rows.some((row) => row.id === one.id));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate([...rows, { id: chosen, prefix }], {
      onSuccess: () => {
        setChosen("");
        setPrefix("");
      },
    });
  };
  return (
    <Sheet title="Connections that runs are given" flush>
      {named.isPending && <Waiting />}
      <Problem error={named.error ?? save.error ?? authorize.error} />
      {named.data && rows.length === 0 && (
        <Empty title="None yet" action={all.data?.data.length === 0 && <ButtonLink to={path("/connections/new")}>Make a connection</ButtonLink>}>
          Each gives a run environment variables and files for one outside service; nothing else gets them.
        </Empty>
      )}
      {rows.length > 0 && (
        <Table columns={["Connection", "Prefix of its variables", "State"]} actions>
          {rows.map((row) => (
            <tr key={row.id}>
              <td>
                <Link href={path(`/connections/${row.id}`)}>{row.name}</Link>
              </td>
              <td className="mono">{row.prefix || <span className="muted">none</span>}</td>
              <td>
                <Badge tone={row.authorized ? "good" : "warn"}>{row.authorized ? "Authorized" : "Waits for authorization"}</Badge>
              </td>
              <td className="end">
                {!row.authorized && row.canAuthorize && (
                  <Button small busy={authorize.isPending} onClick={() => authorize.mutate(row.id)} aria-label={`Authorize ${row.name} here`}>
                    Authorize it here
                  </Button>
                )}{" "}
                <Button small look="quiet" onClick={() => save.mutate(rows.filter((one) => one.id !== row.id))} aria-label={`Take ${row.name} away`}>
                  Take away
                </Button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {open.length > 0 && (
        <form className="form body" onSubmit={submit}>
          <div className="pair">
            <SelectField label="Connection" value={chosen} change={setChosen} required options={[["", "Choose"], ...open.map((one): [string, string] => [one.id, one.attributes.name ?? one.id])]} />
            <TextField label="Prefix" value={prefix} change={setPrefix} hint="Where two would set the same variable." mono />
          </div>
          <div>
            <Button type="submit" busy={save.isPending} disabled={!chosen}>
              Give it to runs
            </Button>
          </div>
        </form>
      )}
    </Sheet>
  );
}
