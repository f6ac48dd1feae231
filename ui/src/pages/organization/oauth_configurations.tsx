import { type FormEvent, useState } from "react";
import { document as body, patch, post, remove } from "../../api/client";
import { useAction, useDocument } from "../../api/hooks";
import type { Schema } from "../../api/types";
import { Button, Code, Empty, Problem, Sheet, Waiting } from "../../components/basics";
import { CheckField, SelectField, TextField } from "../../components/fields";
import { ConfirmDelete } from "../../components/confirm_delete";
import { Window } from "../../components/dialog";
import { Table } from "../../components/table";

type Configuration = Schema<"OAuthConfiguration">;

const ALL = "/api/v2/admin/oauth-configurations" as const;
const ONE = "/api/v2/admin/oauth-configurations/{oauth_configuration_id}" as const;
const SERVICES: [string, string, string][] = [
  ["github", "GitHub", "https://github.com"],
  ["github_enterprise_server", "GitHub Enterprise Server", ""],
  ["azure_rm", "Microsoft Entra ID", "https://login.microsoftonline.com"],
];
const serviceName = (source: string | undefined) => SERVICES.find(([id]) => id === source)?.[1] ?? source;

/** Registers one, or changes the one that is given. */
function Form({ configuration, done }: { configuration?: Configuration; done: () => void }) {
  const before = configuration?.attributes;
  const [name, setName] = useState(before?.name ?? "");
  const [source, setSource] = useState<string>(before?.["source-type"] ?? "github");
  const [url, setUrl] = useState(before?.url ?? "");
  const [clientId, setClientId] = useState(before?.["client-id"] ?? "");
  const [secret, setSecret] = useState("");
  const own = SERVICES.find(([id]) => id === source)?.[2] ?? "";
  const isPublic = source === "azure_rm";
  const attributes = { name: name.trim(), "source-type": source, url: url.trim() || own, "client-id": clientId.trim(), ...(secret ? { "client-secret": secret } : {}) };
  const create = useAction(() => post(ALL, {}, body("oauth-configurations", attributes)), [ALL]);
  const change = useAction(() => patch(ONE, { oauth_configuration_id: configuration?.id ?? "" }, body("oauth-configurations", attributes)), [ALL]);
  const save = configuration ? change : create;
  const wrong = save.error?.fields ?? {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined, { onSuccess: done });
  };
  return (
    <form className="form" onSubmit={submit}>
      <TextField label="Name" value={name} change={setName} required maxLength={64} wrong={wrong.name} hint="Shown in the form of a connection." />
      <SelectField label="Service" value={source} change={setSource} options={SERVICES.map(([id, label]) => [id, label])} hint={isPublic ? "Register a public client there: “Allow public client flows” is on." : undefined} />
      <TextField label="URL" type="url" value={url} change={setUrl} required={own === ""} placeholder={own} wrong={wrong.url} mono />
      <TextField label="Client ID" value={clientId} change={setClientId} required wrong={wrong["client-id"]} mono />
      {!isPublic && <TextField label="Client secret" type="password" autoComplete="new-password" value={secret} change={setSecret} required={!before?.["has-client-secret"]} wrong={wrong["client-secret"]} hint={before?.["has-client-secret"] ? "It is set; empty keeps it." : undefined} mono />}
      <Problem error={save.error} />
      <div>
        <Button type="submit" look="primary" busy={save.isPending}>
          {configuration ? "Save" : "Register"}
        </Button>
      </div>
    </form>
  );
}

/** For site administrators: the applications in whose name people sign in for their connections. */
export function OAuthConfigurations() {
  const list = useDocument(ALL);
  const [open, setOpen] = useState<Configuration | "new" | null>(null);
  const [deleting, setDeleting] = useState<Configuration | null>(null);
  const [force, setForce] = useState(false);
  const rows = list.data?.data ?? [];
  const callback = `${window.location.origin}/oauth2/callback`;
  return (
    <Sheet title="OAuth configurations" actions={<Button small onClick={() => setOpen("new")}>Register an application</Button>} flush>
      {list.isPending && <Waiting />}
      <Problem error={list.error} />
      {list.data && rows.length === 0 && <Empty title="No application is registered">People sign in in the name of one for connections to GitHub and Azure.</Empty>}
      {rows.length > 0 && (
        <Table columns={["Name", "Service", "URL"]} actions>
          {rows.map((one) => (
            <tr key={one.id}>
              <td>{one.attributes.name}</td>
              <td>{serviceName(one.attributes["source-type"])}</td>
              <td className="mono">{one.attributes.url}</td>
              <td>
                <Button small look="quiet" onClick={() => setOpen(one)} aria-label={`Change ${one.attributes.name}`}>
                  Change
                </Button>
                <Button small look="quiet" onClick={() => setDeleting(one)} aria-label={`Delete ${one.attributes.name}`}>
                  Delete
                </Button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <div className="body stack tight">
        <p className="muted small">Callback URL to register at GitHub:</p>
        <Code text={rows.find((one) => one.attributes["callback-url"])?.attributes["callback-url"] ?? callback} what="callback URL" wraps />
      </div>
      <Window title={open === "new" ? "Register an OAuth application" : "Change the OAuth configuration"} open={open !== null} close={() => setOpen(null)}>
        {open !== null && <Form key={open === "new" ? "new" : open.id} configuration={open === "new" ? undefined : open} done={() => setOpen(null)} />}
      </Window>
      <ConfirmDelete name={deleting?.attributes.name ?? null} what="the configuration" close={() => setDeleting(null)} act={async () => {
        await remove(ONE, { oauth_configuration_id: deleting?.id ?? "" }, undefined, { force });
        await list.refetch();
      }}>
        <p>Its client secret is erased. Nobody can sign in with it any more.</p>
        <CheckField label="Although connections use it" value={force} change={setForce} hint="They keep the tokens that they have." />
      </ConfirmDelete>
    </Sheet>
  );
}
