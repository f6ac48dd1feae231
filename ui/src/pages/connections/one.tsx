import { type FormEvent, useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import { document as body, patch, post, remove } from "../../api/client";
import { useAction, useDocument } from "../../api/hooks";
import { type Schema, relatedId } from "../../api/types";
import { Button, Code, Empty, Facts, Note, Problem, Sheet, Waiting } from "../../components/basics";
import { CheckField, SelectField, TextField } from "../../components/fields";
import { Time } from "../../components/time";
import { useOrganization } from "../../layout/organization";
import { Page } from "../../layout/page";
import { Delete, Leftovers } from "./delete";
import { SchemeFields } from "./fields";
import { Sharing } from "./sharing";
import { SignIn } from "./sign_in";
import { type Values, kindOf, parametersOf, signInOf, valueOf } from "./types";
import { Result, VerificationResult } from "./verification";
import { asYaml } from "./yaml";

type Connection = Schema<"ServiceConnection">;
const ONE = "/api/v2/service-connections/{service_connection_id}" as const;
const AUTHORIZED = "/api/v2/service-connections/{service_connection_id}/relationships/authorized-workspaces" as const;
const ROLES = "/api/v2/service-connections/{service_connection_id}/roles" as const;
const VERIFICATIONS = "/api/v2/service-connections/{service_connection_id}/verifications" as const;

function Change({ connection }: { connection: Connection }) {
  const { attributes } = connection;
  const type = useDocument("/api/v2/connection-types/{connection_type}", { connection_type: attributes["connection-type"] ?? "" });
  const [values, setValues] = useState<Values>(new Map(Object.entries(attributes.parameters ?? {}).map(([key, value]) => [key, String(value)])));
  const [name, setName] = useState(attributes.name ?? "");
  const [description, setDescription] = useState(attributes.description ?? "");
  const [signedIn, setSignedIn] = useState<string>();
  const project = relatedId(connection.relationships?.project as Parameters<typeof relatedId>[0]) ?? "";
  const kind = type.data && kindOf(type.data.data);
  const scheme = kind?.schemes.find((one) => one.id === attributes.scheme);
  const save = useAction(() => {
    const before = attributes.parameters ?? {};
    const now = scheme ? parametersOf(scheme, values) : {};
    const changed = Object.fromEntries(Object.entries(now).filter(([key, value]) => String(value) !== before[key]));
    const isGiven = (key: string) => !scheme?.parameters.find((one) => one.id === key)?.filled_by_flow;
    const cleared = Object.keys(before).filter((key) => isGiven(key) && !Object.hasOwn(now, key)).map((key): [string, null] => [key, null]);
    return patch(ONE, { service_connection_id: connection.id }, body("service-connections", { name, description, parameters: { ...changed, ...Object.fromEntries(cleared) }, ...(signedIn ? { "oauth-authorization": signedIn } : {}) }));
  }, [ONE, VERIFICATIONS]);
  if (type.isPending) return <Waiting />;
  if (type.error || !scheme || !kind) return <Problem error={type.error ?? new Error("Its type is not known here any more.")} />;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined, {
      onSuccess: () => setValues((now) => new Map([...now].filter(([key]) => !scheme.parameters.find((one) => one.id === key)?.secret))),
    });
  };
  const wrong = save.error?.fields ?? {};
  const signIn = signInOf(scheme);
  const given = scheme.parameters.filter((one) => one.filled_by_flow && !one.secret && values.get(one.id));
  return (
    <div className="stack">
      {given.length > 0 && <Facts rows={given.map((one) => [one.label, <Code key={one.id} text={values.get(one.id) ?? ""} what={one.label} wraps />])} />}
      <form className="form" onSubmit={submit}>
        <TextField label="Connection name" value={name} change={setName} required wrong={wrong.name} />
        <SchemeFields scheme={scheme} values={values} change={setValues} wrong={wrong} stored={attributes["secrets-set"] ?? []} project={project} />
        {signIn && (
          <SignIn
            of={signIn}
            project={project}
            configuration={signIn.configuration && valueOf(signIn.configuration, values)}
            begin={(configuration) => post("/api/v2/service-connections/{service_connection_id}/oauth-authorizations", { service_connection_id: connection.id }, body("oauth-authorizations", { "oauth-configuration": configuration }))}
            granted={setSignedIn}
            stored={attributes["secrets-set"]?.includes(signIn.secret.id)}
            wrong={wrong[signIn.secret.id] ?? wrong["oauth-authorization"]}
          />
        )}
        <TextField label="Description" value={description} change={setDescription} wrong={wrong.description} />
        <Problem error={save.error} />
        {save.isSuccess && <Note tone="good">Saved.</Note>}
        <div>
          <Button type="submit" look="primary" busy={save.isPending}>
            Save
          </Button>
        </div>
      </form>
      <details>
        <summary>The same as a file</summary>
        <div className="inset">
          <Code text={asYaml({ name, description, kind, scheme, values: new Map(scheme.parameters.map((one) => [one.id, valueOf(one, values)])) })} what="connection as YAML" />
        </div>
      </details>
    </div>
  );
}

function Authorized({ connection }: { connection: Connection }) {
  const { name: organization, path } = useOrganization();
  const id = { service_connection_id: connection.id };
  const list = useDocument(AUTHORIZED, id);
  const [search, setSearch] = useState("");
  const found = useDocument("/api/v2/organizations/{organization}/workspaces", { organization }, { "search[name]": search, "page[size]": 20 });
  const [chosen, setChosen] = useState("");
  const add = useAction((workspace: string) => post(AUTHORIZED, id, { data: [{ type: "workspaces", id: workspace }] }), [AUTHORIZED]);
  const drop = useAction((workspace: string) => remove(AUTHORIZED, id, { data: [{ type: "workspaces", id: workspace }] }), [AUTHORIZED]);
  const all = useAction((on: boolean) => patch(ONE, id, body("service-connections", { "allow-all-workspaces": on, verify: false })), [ONE]);
  const rows = list.data?.data ?? [];
  const open = (found.data?.data ?? []).filter((one) => !rows.some((row) => row.id === one.id));
  return (
    <Sheet title="Workspaces that may use it" flush>
      <div className="body stack">
        <CheckField label="Every workspace of the project" value={connection.attributes["allow-all-workspaces"] ?? false} change={(on) => all.mutate(on)} />
        <Problem error={list.error ?? add.error ?? drop.error ?? all.error} />
        {rows.length > 0 && (
          <ul className="stack tight">
            {rows.map(({ id: workspace, attributes }) => (
              <li key={workspace} className="row apart">
                <Link href={path(`/workspaces/${encodeURIComponent(attributes.name ?? "")}`)}>{attributes.name}</Link>
                <span className="muted small grow">
                  by {attributes["authorized-by"]}, <Time at={attributes["authorized-at"]} />
                </span>
                <Button small look="quiet" onClick={() => drop.mutate(workspace)} aria-label={`Withdraw it from ${attributes.name}`}>
                  Withdraw
                </Button>
              </li>
            ))}
          </ul>
        )}
        <form
          className="stack tight"
          onSubmit={(event) => {
            event.preventDefault();
            if (chosen) add.mutate(chosen, { onSuccess: () => setChosen("") });
          }}
        >
          <TextField label="Search workspaces" value={search} change={setSearch} />
          <SelectField label="Workspace" value={chosen} change={setChosen} options={[["", open.length > 0 ? "Choose" : "None"], ...open.map((one): [string, string] => [one.id, one.attributes.name ?? one.id])]} />
          <div>
            <Button type="submit" small busy={add.isPending} disabled={!chosen}>
              Authorize
            </Button>
          </div>
        </form>
      </div>
    </Sheet>
  );
}

function Roles({ connection }: { connection: Connection }) {
  const { name: organization } = useOrganization();
  const id = { service_connection_id: connection.id };
  const list = useDocument(ROLES, id);
  const teams = useDocument("/api/v2/organizations/{organization}/teams", { organization }, { "page[size]": 100 });
  const [kind, setKind] = useState("teams");
  const [subject, setSubject] = useState("");
  const [role, setRole] = useState("user");
  const roleBody = (attributes: object) => body("service-connection-roles", attributes);
  const give = useAction(() => post(ROLES, id, roleBody({ "subject-type": kind, "subject-id": subject, role })), [ROLES]);
  const take = useAction((attributes: object) => remove(ROLES, id, roleBody(attributes)), [ROLES]);
  return (
    <Sheet title="Roles">
      <div className="stack">
        <Problem error={list.error ?? give.error ?? take.error} />
        {(list.data?.data ?? []).map(({ id: roleId, attributes }) => (
          <div className="row apart" key={roleId}>
            <span>
              {attributes["subject-name"]} <span className="muted">{attributes["subject-type"] === "teams" ? "team" : ""}</span>
            </span>
            <span>{attributes.role}</span>
            <Button small look="quiet" onClick={() => take.mutate({ "subject-type": attributes["subject-type"], "subject-id": attributes["subject-id"] })} aria-label={`Take the role of ${attributes["subject-name"]}`}>
              Take away
            </Button>
          </div>
        ))}
        <form
          className="stack tight"
          onSubmit={(event) => {
            event.preventDefault();
            give.mutate(undefined, { onSuccess: () => setSubject("") });
          }}
        >
          <SelectField label="To" value={kind} change={(value) => { setKind(value); setSubject(""); }} options={[["teams", "A team"], ["users", "A person"]]} />
          {kind === "teams" ? (
            <SelectField label="Team" value={subject} change={setSubject} required options={[["", "Choose"], ...(teams.data?.data ?? []).map((one): [string, string] => [one.id, one.attributes.name ?? one.id])]} />
          ) : (
            <TextField label="User name" value={subject} change={setSubject} required />
          )}
          <SelectField label="Role" value={role} change={setRole} options={[["reader", "Reader: sees it"], ["user", "User: uses it in workspaces"], ["administrator", "Administrator: changes it"]]} />
          <div>
            <Button type="submit" small busy={give.isPending} disabled={!subject}>
              Give the role
            </Button>
          </div>
        </form>
      </div>
    </Sheet>
  );
}

function History({ connection }: { connection: Connection }) {
  const id = { service_connection_id: connection.id };
  const list = useDocument(VERIFICATIONS, id, { "page[size]": 10 });
  const verify = useAction(() => post("/api/v2/service-connections/{service_connection_id}/actions/verify", id), [VERIFICATIONS, ONE]);
  return (
    <Sheet title="Verification" actions={<Button small look="primary" busy={verify.isPending} onClick={() => verify.mutate()}>Verify now</Button>}>
      <div className="stack">
        <Problem error={verify.error ?? list.error} />
        {(list.data?.data ?? []).slice(0, 1).map((one) => (
          <VerificationResult key={one.id} verification={one} />
        ))}
        {list.data && list.data.data.length === 0 && <p className="muted">It was never verified.</p>}
        <ol className="rail plain">
          {(list.data?.data ?? []).slice(1).map(({ id: key, attributes }) => (
            <li key={key} className={attributes.result === "failed" ? "bad" : "done"}>
              <span className="node" aria-hidden="true" />
              <div>
                <Result result={attributes.result} /> <span className="muted small"><Time at={attributes["created-at"]} /></span>
              </div>
            </li>
          ))}
        </ol>
      </div>
    </Sheet>
  );
}

function Uses({ connection }: { connection: Connection }) {
  const { path } = useOrganization();
  const list = useDocument("/api/v2/service-connections/{service_connection_id}/uses", { service_connection_id: connection.id });
  if (list.error) return <Problem error={list.error} />;
  if (list.data && list.data.data.length === 0) return <Empty title="Nothing uses it yet" />;
  return (
    <ul className="stack tight">
      {(list.data?.data ?? []).map((use) => (
        <li key={use.id}>
          <Link href={path(use.type === "workspaces" ? `/workspaces/${encodeURIComponent(use.attributes.name ?? "")}` : `/connections/${use.id}`)}>{use.attributes.name}</Link>
        </li>
      ))}
    </ul>
  );
}

export default function ConnectionPage() {
  const { path } = useOrganization();
  const { id } = useParams<{ id: string }>();
  const [deleting, setDeleting] = useState(false);
  const [left, setLeft] = useState<string[] | null>(null);
  const [, go] = useLocation();
  const found = useDocument(ONE, { service_connection_id: id });
  const crumbs: [string, string][] = [["Service connections", path("/connections")]];
  if (left) return <Leftovers left={left} />;
  if (found.isPending) return <Waiting />;
  if (found.error) {
    return (
      <Page title="Service connection" crumbs={crumbs}>
        <Problem error={found.error} again={() => void found.refetch()} />
      </Page>
    );
  }
  const connection = found.data.data;
  const { attributes } = connection;
  return (
    <Page title={attributes.name ?? ""} crumbs={crumbs} aside={<Result result={attributes["verification-result"]} />} actions={<Button look="danger" onClick={() => setDeleting(true)}>Delete</Button>}>
      <div className="columns">
        <div className="stack">
          <History connection={connection} />
          <Sheet title="Settings">
            <Change key={attributes["updated-at"]} connection={connection} />
          </Sheet>
        </div>
        <div className="stack">
          <Sheet title="About">
            <Facts
              rows={[
                ["Type", <span className="mono">{attributes["connection-type"]}</span>],
                ["Scheme", <span className="mono">{attributes.scheme}</span>],
                ["Target", <span className="mono">{attributes.target}</span>],
                ["Made", <Time at={attributes["created-at"]} />],
                ["Last used", <Time at={attributes["last-used-at"]} />],
                ["Next check", <Time at={attributes["next-verification-at"]} />],
                ["Id", <span className="mono">{connection.id}</span>],
              ]}
            />
          </Sheet>
          <Authorized connection={connection} />
          <Sheet title="Used by">
            <Uses connection={connection} />
          </Sheet>
          <Sharing connection={connection} />
          <Roles connection={connection} />
        </div>
      </div>
      <Delete connection={connection} open={deleting} close={() => setDeleting(false)} gone={(still) => (still.length > 0 ? setLeft(still) : go(path("/connections")))} />
    </Page>
  );
}
