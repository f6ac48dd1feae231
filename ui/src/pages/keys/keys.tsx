import { type FormEvent, useState } from "react";
import { document as body, post, remove } from "../../api/client";
import { useAction, useDocument } from "../../api/hooks";
import type { HostKey, Schema } from "../../api/types";
import { Badge, Button, Code, CopyButton, Empty, Problem, Sheet, Waiting } from "../../components/basics";
import { ConfirmDelete } from "../../components/confirm_delete";
import { Dependants } from "../../components/dependants";
import { Window } from "../../components/dialog";
import { SelectField, TextArea, TextField } from "../../components/fields";
import { Table } from "../../components/table";
import { Time } from "../../components/time";
import { useOrganization } from "../../layout/organization";
import { Page } from "../../layout/page";

const KEYS = "/api/v2/organizations/{organization}/ssh-keys" as const;
const KEY = "/api/v2/ssh-keys/{ssh_key_id}" as const;
const HOSTS = "/api/v2/organizations/{organization}/ssh-host-keys" as const;

function NewKey({ close }: { close: () => void }) {
  const { name: organization } = useOrganization();
  const [how, setHow] = useState("generate");
  const [name, setName] = useState("");
  const [type, setType] = useState("ed25519");
  const [value, setValue] = useState("");
  const make = useAction(
    () =>
      how === "generate"
        ? post("/api/v2/organizations/{organization}/ssh-keys/actions/generate", { organization }, body("ssh-keys", { name, type }))
        : post("/api/v2/organizations/{organization}/ssh-keys/actions/import", { organization }, body("ssh-keys", { name, value })),
    [KEYS],
  );
  const wrong = make.error?.fields ?? {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  if (make.data) {
    return (
      <div className="stack">
        <p>The key is stored. Add its public half where it should open the door:</p>
        <Code text={make.data.data.attributes["public-key"] ?? ""} what="public key" wraps />
        <footer>
          <Button look="primary" onClick={close}>
            Done
          </Button>
        </footer>
      </div>
    );
  }
  return (
    <form className="stack" onSubmit={submit}>
      <SelectField label="How" value={how} change={setHow} options={[["generate", "Mint one here"], ["import", "Bring one"]]} />
      <TextField label="Name" value={name} change={setName} required wrong={wrong.name} />
      {how === "generate" ? (
        <SelectField label="Kind" value={type} change={setType} options={[["ed25519", "Ed25519"], ["rsa", "RSA: Azure DevOps takes no other"], ["ecdsa", "ECDSA"]]} />
      ) : (
        <TextArea label="Private key" value={value} change={setValue} required rows={6} wrong={wrong.value} hint="Without a passphrase, made for this server only; never a person's own key." />
      )}
      <Problem error={make.error && Object.keys(wrong).length === 0 ? make.error : null} />
      <footer>
        <Button onClick={close}>Not now</Button>
        <Button type="submit" look="primary" busy={make.isPending}>
          Store
        </Button>
      </footer>
    </form>
  );
}

function KeyRows({ keys, drop }: { keys: Schema<"SshKey">[]; drop: (key: Schema<"SshKey">) => void }) {
  return (
    <Table columns={["Name", "Kind", "Fingerprint", "Health"]} actions>
      {keys.map((key) => (
        <tr key={key.id}>
          <td>
            {key.attributes.name}
            {key.attributes.warning && <div className="small wrap">{key.attributes.warning}</div>}
          </td>
          <td className="mono">
            {key.attributes["key-type"]} {key.attributes.bits}
          </td>
          <td className="mono wrap small">{key.attributes.fingerprint}</td>
          <td>
            <Badge tone={key.attributes.health === "healthy" ? "good" : key.attributes.health === "failing" ? "bad" : "plain"}>{key.attributes.health || "not used yet"}</Badge>
          </td>
          <td className="end">
            <CopyButton text={key.attributes["public-key"] ?? ""} what={`public half of ${key.attributes.name}`} />{" "}
            <Button small look="quiet" onClick={() => drop(key)} aria-label={`Remove ${key.attributes.name}`}>
              Remove
            </Button>
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Hosts() {
  const { name: organization } = useOrganization();
  const list = useDocument(HOSTS, { organization }, {}, { refresh: 10_000 });
  const [host, setHost] = useState("");
  const [dropping, setDropping] = useState<HostKey | null>(null);
  const scan = useAction(() => {
    const [, name = host, port] = /^\[?([^\]]+?)\]?(?::(\d+))?$/.exec(host.trim()) ?? [];
    const where = host.includes("/") || host.includes("@") ? { url: host.trim() } : { host: name, ...(port ? { port: Number(port) } : {}) };
    return post("/api/v2/organizations/{organization}/ssh-host-keys/actions/scan", { organization }, body("ssh-host-keys", where));
  }, [HOSTS]);
  const confirm = useAction((id: string) => post("/api/v2/ssh-host-keys/{ssh_host_key_id}/actions/confirm", { ssh_host_key_id: id }), [HOSTS]);
  const drop = useAction((id: string) => remove("/api/v2/ssh-host-keys/{ssh_host_key_id}", { ssh_host_key_id: id }), [HOSTS]);
  const rows = list.data?.data ?? [];
  return (
    <Sheet title="Keys of hosts" flush>
      <form
        className="toolbar body"
        onSubmit={(event) => {
          event.preventDefault();
          scan.mutate();
        }}
      >
        <input className="input search" aria-label="Host, host:port or SSH URL" placeholder="host, host:port or SSH URL" value={host} onChange={(event) => setHost(event.target.value)} required />
        <Button type="submit" busy={scan.isPending}>
          Look at its keys
        </Button>
      </form>
      <Problem error={scan.error ?? confirm.error ?? list.error} />
      {list.data && rows.length === 0 && <Empty title="No host is known yet">Compare a host's fingerprints with what its operator publishes, then pin them: nobody can stand in for it after.</Empty>}
      {rows.length > 0 && (
        <Table columns={["Host", "Fingerprint", "State", "Seen"]} actions>
          {rows.map((key) => (
            <tr key={key.id}>
              <td className="mono">
                {key.attributes.host}:{key.attributes.port}
                <div className="muted">{key.attributes.algorithm}</div>
              </td>
              <td className="mono wrap small">{key.attributes.fingerprint}</td>
              <td>
                <Badge tone={key.attributes.state === "confirmed" ? "good" : key.attributes.state === "changed" ? "bad" : "warn"}>{key.attributes.state}</Badge>
              </td>
              <td>
                <Time at={key.attributes["last-seen-at"]} />
              </td>
              <td className="end">
                {key.attributes.state !== "confirmed" && (
                  <Button small onClick={() => confirm.mutate(key.id)} aria-label={`Pin ${key.attributes.fingerprint}`}>
                    It matches: pin it
                  </Button>
                )}{" "}
                <Button small look="quiet" onClick={() => setDropping(key)} aria-label={`Forget ${key.attributes.fingerprint}`}>
                  Forget
                </Button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <ConfirmDelete name={dropping && `the key of ${dropping.attributes.host}`} verb="Forget" close={() => setDropping(null)} act={() => drop.mutateAsync(dropping?.id ?? "")}>
        <p>Clones from this host fail until a key of it is pinned again.</p>
      </ConfirmDelete>
    </Sheet>
  );
}

/** The server does not take a key away from who uses it: who that is stands here beforehand. */
function RemoveKey({ keyToRemove, close }: { keyToRemove: Schema<"SshKey"> | null; close: () => void }) {
  const id = { ssh_key_id: keyToRemove?.id ?? "" };
  const detail = useDocument(KEY, id, {}, { enabled: keyToRemove !== null });
  const drop = useAction(() => remove(KEY, id), [KEYS]);
  return (
    <ConfirmDelete name={keyToRemove && (keyToRemove.attributes.name ?? "")} verb="Remove" typed close={close} act={() => drop.mutateAsync()}>
      <p>What the key opens elsewhere stays open: take its public half away there too.</p>
      <Dependants names={detail.data?.data.attributes["used-by"]} unknown={detail.isError} says={(count) => `Used by ${count}: choose another key there first`} />
    </ConfirmDelete>
  );
}

export default function Keys() {
  const { name: organization } = useOrganization();
  const list = useDocument(KEYS, { organization });
  const [adding, setAdding] = useState(false);
  const [dropping, setDropping] = useState<Schema<"SshKey"> | null>(null);
  const rows = list.data?.data ?? [];
  return (
    <Page title="Keys" actions={<Button look="primary" onClick={() => setAdding(true)}>Add a key</Button>}>
      <Sheet title="Keys for modules and clones" flush>
        {list.isPending && <Waiting />}
        <Problem error={list.error} again={() => void list.refetch()} />
        {list.data && rows.length === 0 && <Empty title="No key yet">A provider's key for clones is with the provider. Keys here are for what runs fetch besides, such as modules of other repositories.</Empty>}
        {rows.length > 0 && <KeyRows keys={rows} drop={setDropping} />}
      </Sheet>
      <Hosts />
      <Window title="Add a key" open={adding} close={() => setAdding(false)}>
        {adding && <NewKey close={() => setAdding(false)} />}
      </Window>
      <RemoveKey keyToRemove={dropping} close={() => setDropping(null)} />
    </Page>
  );
}
