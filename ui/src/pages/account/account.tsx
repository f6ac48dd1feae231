import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Link } from "wouter";
import { send } from "../../api/client";
import { useAction } from "../../api/hooks";
import type { ApiProblem } from "../../api/problem";
import { Badge, Button, Note, Problem, Sheet, Waiting } from "../../components/basics";
import { Confirm } from "../../components/dialog";
import { TextField } from "../../components/fields";
import { Table } from "../../components/table";
import { Time } from "../../components/time";
import { TokenList } from "../../components/tokens";
import { Page } from "../../layout/page";
import { SESSION_KEY, useSession, useSignOut } from "../../session/session";
import { Identities } from "./identities";
import { TwoFactor } from "./two_factor";

function Password() {
  const session = useSession();
  const queries = useQueryClient();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const save = useAction(() =>
    send("patch", "/api/v2/account/password", { body: { data: { type: "users", attributes: { ...(session.hasPassword ? { "current-password": current } : {}), password: next } } }, expects401: true }),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined, {
      onSuccess: () => {
        setCurrent("");
        setNext("");
        void queries.invalidateQueries({ queryKey: SESSION_KEY }); // it is a new session, with a token of its own
      },
    });
  };
  const wrong = save.error?.fields ?? {};
  return (
    <Sheet title="Password">
      <form className="form" onSubmit={submit}>
        {session.hasPassword && <TextField label="The password now" type="password" value={current} change={setCurrent} required autoComplete="current-password" wrong={wrong["current-password"]} />}
        <TextField label="The new password" type="password" value={next} change={setNext} required minLength={8} autoComplete="new-password" wrong={wrong.password} hint="Anything from eight characters; a few words in a row do well." />
        <Problem error={save.error} />
        {save.isSuccess && <Note tone="good">Changed. Every other session of yours has ended.</Note>}
        <div>
          <Button type="submit" look="primary" busy={save.isPending}>
            Change the password
          </Button>
        </div>
      </form>
    </Sheet>
  );
}

interface SessionRow {
  id: string;
  attributes: { "created-at"?: string; "last-seen-at"?: string; "user-agent"?: string; address?: string; current?: boolean };
}

function Sessions() {
  const key = ["account sessions"];
  const queries = useQueryClient();
  const signOut = useSignOut();
  const list = useQuery<SessionRow[], ApiProblem>({ queryKey: key, queryFn: async () => ((await send("get", "/api/v2/account/sessions")) as { data: SessionRow[] }).data });
  const [everywhere, setEverywhere] = useState(false);
  const end = useAction(async (id: string) => {
    await send("delete", `/api/v2/account/sessions/${encodeURIComponent(id)}`);
    await queries.invalidateQueries({ queryKey: key });
  });
  return (
    <Sheet title="Where you are signed in" actions={<Button small look="danger" onClick={() => setEverywhere(true)}>Sign out everywhere</Button>} flush>
      {list.isPending && <Waiting />}
      <Problem error={list.error ?? end.error} />
      {list.data && (
        <Table columns={["Browser", "Address", "Last used"]} actions>
          {list.data.map(({ id, attributes }) => (
            <tr key={id}>
              <td className="wrap">
                {attributes["user-agent"] || "unknown"} {attributes.current && <Badge tone="good">This one</Badge>}
              </td>
              <td className="mono">{attributes.address}</td>
              <td>
                <Time at={attributes["last-seen-at"] ?? attributes["created-at"]} />
              </td>
              <td className="end">
                {!attributes.current && (
                  <Button small look="quiet" onClick={() => end.mutate(id)} aria-label={`End the session of ${attributes["user-agent"] || "an unknown browser"}`}>
                    End
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Confirm title="Sign out everywhere?" action="Sign out everywhere" open={everywhere} close={() => setEverywhere(false)} act={async () => {
        await send("delete", "/api/v2/account/sessions");
        await signOut().catch(() => queries.invalidateQueries({ queryKey: SESSION_KEY }));
      }}>
        <p>Every session of yours ends, this one too. Tokens stay.</p>
      </Confirm>
    </Sheet>
  );
}

export default function Account() {
  const session = useSession();
  return (
    <main className="main">
      <Page title={session.username} crumbs={[["Start", "/"]]}>
        <p className="muted">
          Your account. <Link href="/">Back to the organization</Link>
        </p>
        <Sessions />
        <TokenList title="Your tokens" path="/api/v2/users/{user_id}/authentication-tokens" params={{ user_id: session.userId }} />
        <Password />
        <TwoFactor />
        <Identities />
      </Page>
    </main>
  );
}
