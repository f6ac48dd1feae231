import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { document as body, patch, post, remove } from "../../api/client";
import { useAction, useDocument } from "../../api/hooks";
import { Button, Note, Problem, Sheet } from "../../components/basics";
import { ConfirmDelete } from "../../components/confirm_delete";
import { CheckField, TextField } from "../../components/fields";
import { Table } from "../../components/table";
import { useOrganization } from "../../layout/organization";
import { Page } from "../../layout/page";

const ORGANIZATION = "/api/v2/organizations/{organization}" as const;
const PROJECTS = "/api/v2/organizations/{organization}/projects" as const;

function Projects() {
  const { name: organization } = useOrganization();
  const list = useDocument(PROJECTS, { organization }, { "page[size]": 100 });
  const [name, setName] = useState("");
  const [dropping, setDropping] = useState<{ id: string; name: string } | null>(null);
  const add = useAction(() => post(PROJECTS, { organization }, body("projects", { name })), [PROJECTS]);
  return (
    <Sheet title="Projects" flush>
      <Problem error={list.error} />
      <Table columns={["Name", "Workspaces"]} actions>
        {(list.data?.data ?? []).map(({ id, attributes }) => (
          <tr key={id}>
            <td>{attributes.name}</td>
            <td>{attributes["workspace-count"]}</td>
            <td className="end">
              {!attributes["is-default"] && (
                <Button small look="quiet" onClick={() => setDropping({ id, name: attributes.name ?? "" })} aria-label={`Delete ${attributes.name}`}>
                  Delete
                </Button>
              )}
            </td>
          </tr>
        ))}
      </Table>
      <form
        className="body stack tight"
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate(undefined, { onSuccess: () => setName("") });
        }}
      >
        <div className="form">
          <TextField label="New project" value={name} change={setName} required wrong={add.error?.fields.name} />
          <div>
            <Button type="submit" busy={add.isPending}>
              Add
            </Button>
          </div>
        </div>
        <Problem error={add.error} />
      </form>
      <ConfirmDelete name={dropping && dropping.name} what="the project" typed close={() => setDropping(null)} act={async () => {
        await remove("/api/v2/projects/{project_id}", { project_id: dropping?.id ?? "" });
        await list.refetch();
      }}>
        <p>It must hold no workspace.</p>
      </ConfirmDelete>
    </Sheet>
  );
}

export default function Settings() {
  const { name, organization, path } = useOrganization();
  const [, go] = useLocation();
  const { attributes } = organization;
  const [email, setEmail] = useState(attributes.email ?? "");
  const [newName, setNewName] = useState(name);
  const [force, setForce] = useState(attributes["allow-force-delete-workspaces"] ?? false);
  const [deleting, setDeleting] = useState(false);
  const save = useAction(
    () => patch(ORGANIZATION, { organization: name }, body("organizations", { name: newName, email, "allow-force-delete-workspaces": force })),
    [ORGANIZATION, "/api/v2/organizations"],
  );
  const drop = useAction(() => remove(ORGANIZATION, { organization: name }), ["/api/v2/organizations"]); // the first page goes by that list
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined, { onSuccess: () => newName !== name && go(`/app/${encodeURIComponent(newName)}/settings`) });
  };
  const wrong = save.error?.fields ?? {};
  return (
    <Page title="Settings" crumbs={[[name, path("/workspaces")]]}>
      <form className="form" onSubmit={submit}>
        <TextField label="Name" value={newName} change={setNewName} required wrong={wrong.name} hint="It is part of every address: links to the old name end." />
        <TextField label="E-mail address" type="email" value={email} change={setEmail} required wrong={wrong.email} />
        <CheckField label="Those who manage a workspace may delete it whatever it built" value={force} change={setForce} />
        <Problem error={save.error} />
        {save.isSuccess && <Note tone="good">Saved.</Note>}
        <div>
          <Button type="submit" look="primary" busy={save.isPending}>
            Save
          </Button>
        </div>
      </form>
      <Projects />
      <Sheet title="What cannot be undone">
        <Button look="danger" onClick={() => setDeleting(true)}>
          Delete the organization
        </Button>
      </Sheet>
      <ConfirmDelete name={deleting ? name : null} what="the organization" typed close={() => setDeleting(false)} act={() => drop.mutateAsync()} then="/">
        <p>Everything in it goes: workspaces, runs, providers, keys, people's rights.</p>
      </ConfirmDelete>
    </Page>
  );
}
