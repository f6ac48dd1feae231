import { type FormEvent, useState } from "react";
import { document as body, patch, post, remove } from "../../api/client";
import { useAction, useDocument } from "../../api/hooks";
import { type Schema, relatedId } from "../../api/types";
import { Badge, Button, Code, Empty, Problem, Sheet, Waiting } from "../../components/basics";
import { ConfirmDelete } from "../../components/confirm_delete";
import { Window } from "../../components/dialog";
import { CheckField, TextField } from "../../components/fields";
import { Person } from "../../components/person";
import { Table } from "../../components/table";
import { Time } from "../../components/time";
import { useOrganization } from "../../layout/organization";
import { Page } from "../../layout/page";
import { useSession } from "../../session/session";

type Team = Schema<"Team">;
type Membership = Schema<"OrganizationMembership">;
const TEAMS = "/api/v2/organizations/{organization}/teams" as const;
const MEMBERS = "/api/v2/organizations/{organization}/organization-memberships" as const;
const RIGHTS: [string, string][] = [
  ["read-workspaces", "See all workspaces"],
  ["manage-workspaces", "Manage all workspaces"],
  ["read-projects", "See all projects"],
  ["manage-projects", "Manage projects"],
  ["manage-vcs-settings", "Manage providers, hooks and keys"],
  ["manage-membership", "Invite and remove people"],
  ["manage-teams", "Manage teams"],
  ["manage-organization-access", "Give rights to teams"],
];

function TeamEditor({ team, close }: { team: Team | null; close: () => void }) {
  const { name: organization } = useOrganization();
  const [name, setName] = useState(team?.attributes.name ?? "");
  const [access, setAccess] = useState<Record<string, boolean>>({ ...(team?.attributes["organization-access"] as Record<string, boolean>) });
  const save = useAction(
    (): Promise<unknown> =>
      team
        ? patch("/api/v2/teams/{team_id}", { team_id: team.id }, body("teams", { ...(name === team.attributes.name ? {} : { name }), "organization-access": access }))
        : post(TEAMS, { organization }, body("teams", { name, "organization-access": access })),
    [TEAMS],
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined, { onSuccess: close });
  };
  return (
    <form className="stack" onSubmit={submit}>
      <TextField label="Name" value={name} change={setName} required wrong={save.error?.fields.name} autoFocus />
      <fieldset className="stack tight">
        <legend className="legend">Rights in the whole organization</legend>
        {RIGHTS.map(([right, label]) => (
          <CheckField key={right} label={label} value={access[right] ?? false} change={(on) => setAccess({ ...access, [right]: on })} />
        ))}
      </fieldset>
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

function Members({ team, members, close }: { team: Team; members: Membership[]; close: () => void }) {
  const inside = new Set((team.relationships?.["organization-memberships"]?.data ?? []).map((one) => one.id));
  const change = useAction(
    ({ id, add }: { id: string; add: boolean }): Promise<unknown> => {
      const data = { data: [{ type: "organization-memberships", id }] };
      const path = "/api/v2/teams/{team_id}/relationships/organization-memberships" as const;
      return add ? post(path, { team_id: team.id }, data) : remove(path, { team_id: team.id }, data);
    },
    [TEAMS, MEMBERS],
  );
  return (
    <div className="stack">
      {members.map((member) => (
        <CheckField
          key={member.id}
          label={member.attributes.email ?? member.id}
          value={inside.has(member.id)}
          change={(add) => change.mutate({ id: member.id, add })}
        />
      ))}
      <Problem error={change.error} />
      <footer>
        <Button onClick={close}>Done</Button>
      </footer>
    </div>
  );
}

function Invite({ teams, close }: { teams: Team[]; close: () => void }) {
  const { name: organization } = useOrganization();
  const [email, setEmail] = useState("");
  const [chosen, setChosen] = useState<string[]>([]);
  const save = useAction(
    () => post(MEMBERS, { organization }, body("organization-memberships", { email }, { teams: { data: chosen.map((id) => ({ type: "teams", id })) } })),
    [MEMBERS, TEAMS],
  );
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(undefined, { onSuccess: close });
      }}
    >
      <TextField label="E-mail address" type="email" value={email} change={setEmail} required wrong={save.error?.fields.email} autoFocus />
      <fieldset className="stack tight">
        <legend className="legend">Teams</legend>
        {teams.map((team) => (
          <CheckField key={team.id} label={team.attributes.name ?? ""} value={chosen.includes(team.id)} change={(on) => setChosen(on ? [...chosen, team.id] : chosen.filter((id) => id !== team.id))} />
        ))}
      </fieldset>
      <Problem error={save.error} />
      <footer>
        <Button onClick={close}>Not now</Button>
        <Button type="submit" look="primary" busy={save.isPending}>
          Invite
        </Button>
      </footer>
    </form>
  );
}

/** What an administrator of the server does for somebody who has no way in yet, or lost it. */
function SignInLink({ userId, email, username, close }: { userId?: string; email: string; username: string; close: () => void }) {
  const [name, setName] = useState(username);
  const make = useAction(async () => {
    const id = userId ?? (await post("/api/v2/admin/users", {}, body("users", { username: name, email }))).data.id;
    return post("/api/v2/admin/users/{user_id}/actions/invite", { user_id: id });
  }, [MEMBERS]);
  const link = make.data?.data.attributes;
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        make.mutate();
      }}
    >
      {!link && <p>The link lets {email} choose a password and sign in. It works once, for seven days; send it by a way that only they read.</p>}
      {!link && !userId && <TextField label="User name" value={name} change={setName} required wrong={make.error?.fields.username} autoFocus />}
      {link && (
        <>
          <Code text={link.link ?? ""} what="link to sign in" wraps />
          <p className="muted">
            Good until <Time at={link["expires-at"]} />. It is shown only now.
          </p>
        </>
      )}
      <Problem error={make.error} />
      <footer>
        <Button onClick={close}>{link ? "Done" : "Not now"}</Button>
        {!link && (
          <Button type="submit" look="primary" busy={make.isPending}>
            Make the link
          </Button>
        )}
      </footer>
    </form>
  );
}

type Doing = { what: "link"; member: Membership } | { what: "team"; team: Team | null } | { what: "members"; id: string } | { what: "invite" } | { what: "drop-team"; team: Team } | { what: "drop-member"; member: Membership };

export default function People() {
  const { name: organization } = useOrganization();
  const session = useSession();
  const teams = useDocument(TEAMS, { organization }, { "page[size]": 100 });
  const members = useDocument(MEMBERS, { organization }, { "page[size]": 100 });
  const [doing, setDoing] = useState<Doing | null>(null);
  const close = () => setDoing(null);
  const teamRows = teams.data?.data ?? [];
  const memberRows = members.data?.data ?? [];
  const teamName = (id: string) => teamRows.find((team) => team.id === id)?.attributes.name ?? id;
  const selected = doing?.what === "members" ? teamRows.find((team) => team.id === doing.id) : undefined;
  return (
    <Page title="People and teams" actions={<Button look="primary" onClick={() => setDoing({ what: "invite" })}>Invite somebody</Button>}>
      <Sheet title="People" flush>
        {members.isPending && <Waiting />}
        <Problem error={members.error} again={() => void members.refetch()} />
        {memberRows.length > 0 && (
          <Table columns={["Who", "State", "Teams", "Since"]} actions>
            {memberRows.map((member) => (
              <tr key={member.id}>
                <td className="wrap">
                  <Person id={relatedId(member.relationships?.user)} otherwise={<span className="muted">not signed in yet</span>} />
                  <div className="muted small">{member.attributes.email}</div>
                </td>
                <td>
                  <Badge tone={member.attributes.status === "active" ? "good" : "wait"}>{member.attributes.status}</Badge>
                </td>
                <td>{(member.relationships?.teams?.data ?? []).map((team) => teamName(team.id)).join(", ") || <span className="muted">none</span>}</td>
                <td>
                  <Time at={member.attributes["created-at"]} />
                </td>
                <td className="end">
                  {session.isAdmin && (
                    <Button small look="quiet" onClick={() => setDoing({ what: "link", member })} aria-label={`Link to sign in for ${member.attributes.email}`}>
                      Link to sign in
                    </Button>
                  )}
                  <Button small look="quiet" onClick={() => setDoing({ what: "drop-member", member })} aria-label={`Remove ${member.attributes.email}`}>
                    Remove
                  </Button>
                </td>
              </tr>
            ))}
          </Table>
        )}
      </Sheet>
      <Sheet title="Teams" actions={<Button small onClick={() => setDoing({ what: "team", team: null })}>New team</Button>} flush>
        {teams.isPending && <Waiting />}
        <Problem error={teams.error} again={() => void teams.refetch()} />
        {teams.data && teamRows.length === 0 && <Empty title="No team yet" />}
        {teamRows.length > 0 && (
          <Table columns={["Name", "People", "Rights"]} actions>
            {teamRows.map((team) => {
              const access = team.attributes["organization-access"] as Record<string, boolean> | undefined;
              const owners = team.attributes.name === "owners";
              return (
                <tr key={team.id}>
                  <td>{team.attributes.name}</td>
                  <td>{team.attributes["users-count"]}</td>
                  <td className="wrap">{owners ? "Everything" : RIGHTS.filter(([right]) => access?.[right]).map(([, label]) => label).join(", ") || <span className="muted">by workspace only</span>}</td>
                  <td className="end">
                    <Button small look="quiet" onClick={() => setDoing({ what: "members", id: team.id })} aria-label={`People of ${team.attributes.name}`}>
                      People
                    </Button>
                    {!owners && (
                      <>
                        <Button small look="quiet" onClick={() => setDoing({ what: "team", team })} aria-label={`Rights of ${team.attributes.name}`}>
                          Rights
                        </Button>
                        <Button small look="quiet" onClick={() => setDoing({ what: "drop-team", team })} aria-label={`Delete ${team.attributes.name}`}>
                          Delete
                        </Button>
                      </>
                    )}
                  </td>
                </tr>
              );
            })}
          </Table>
        )}
      </Sheet>
      <Window title="Invite somebody" open={doing?.what === "invite"} close={close}>
        {doing?.what === "invite" && <Invite teams={teamRows} close={close} />}
      </Window>
      <Window title="A link to sign in" open={doing?.what === "link"} close={close}>
        {doing?.what === "link" && (
          <SignInLink
            userId={relatedId(doing.member.relationships?.user)}
            email={doing.member.attributes.email ?? ""}
            username={(doing.member.attributes.email ?? "").replace(/@.*$/, "").replace(/[^\w.-]/g, "")}
            close={close}
          />
        )}
      </Window>
      <Window title={doing?.what === "team" && doing.team ? `Rights of ${doing.team.attributes.name}` : "New team"} open={doing?.what === "team"} close={close}>
        {doing?.what === "team" && <TeamEditor team={doing.team} close={close} />}
      </Window>
      <Window title={`People of ${selected?.attributes.name ?? ""}`} open={selected !== undefined} close={close}>
        {selected && <Members team={selected} members={memberRows} close={close} />}
      </Window>
      {doing?.what === "drop-team" && (
        <ConfirmDelete name={doing.team.attributes.name ?? ""} what="the team" typed close={close} act={async () => {
          await remove("/api/v2/teams/{team_id}", { team_id: doing.team.id });
          await teams.refetch();
        }}>
          <p>Its people lose the rights they have by it alone.</p>
        </ConfirmDelete>
      )}
      {doing?.what === "drop-member" && (
        <ConfirmDelete name={doing.member.attributes.email ?? ""} verb="Remove" close={close} act={async () => {
          await remove("/api/v2/organization-memberships/{organization_membership_id}", { organization_membership_id: doing.member.id });
          await members.refetch();
        }}>
          <p>Sessions and tokens stop working in this organization at once.</p>
        </ConfirmDelete>
      )}
    </Page>
  );
}
