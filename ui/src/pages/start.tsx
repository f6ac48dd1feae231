import { type FormEvent, useState } from "react";
import { Link, Redirect, useLocation, useSearch } from "wouter";
import { document as body, post } from "../api/client";
import { useAction, useDocument } from "../api/hooks";
import { Button, Note, Problem, Waiting } from "../components/basics";
import { TextField } from "../components/fields";
import { lastOrganization } from "../layout/organization";
import { Gate } from "../session/gate";

function NewOrganization() {
  const [, go] = useLocation();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const create = useAction(() => post("/api/v2/organizations", {}, body("organizations", { name, email })), ["/api/v2/organizations"]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(undefined, { onSuccess: () => go(`/app/${encodeURIComponent(name)}/providers/new`) });
  };
  return (
    <form className="form" onSubmit={submit}>
      <TextField label="Name" value={name} change={setName} required wrong={create.error?.fields.name} hint="Letters, digits, - and _. It is part of every address." />
      <TextField label="E-mail address" type="email" value={email} change={setEmail} required wrong={create.error?.fields.email} hint="For what concerns the whole organization." />
      <Problem error={create.error} />
      <div>
        <Button type="submit" look="primary" busy={create.isPending}>
          Create the organization
        </Button>
      </div>
    </form>
  );
}

export default function Start() {
  const search = useSearch();
  const all = useDocument("/api/v2/organizations", {}, { "page[size]": 100 });
  if (all.isPending) return <Waiting />;
  const names = (all.data?.data ?? []).map((one) => one.attributes.name ?? "");
  const last = lastOrganization();
  const target = last && names.includes(last) ? last : names[0];
  if (target && search === "") return <Redirect to={`/app/${encodeURIComponent(target)}/workspaces`} replace />;
  return (
    <Gate title={names.length > 0 ? "Organizations" : "No organization yet"} lead={names.length > 0 ? "Choose one, or make another." : "Everything belongs to an organization. Make one, or ask an owner to invite you."}>
      <Problem error={all.error} again={() => void all.refetch()} />
      {names.length > 0 && (
        <ul className="stack tight">
          {names.map((name) => (
            <li key={name}>
              <Link href={`/app/${encodeURIComponent(name)}/workspaces`}>{name}</Link>
            </li>
          ))}
        </ul>
      )}
      {names.length > 0 && <Note>Runs, keys and connections of one organization are invisible to every other.</Note>}
      <NewOrganization />
    </Gate>
  );
}
