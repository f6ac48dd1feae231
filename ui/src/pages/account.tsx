import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Link } from "wouter";
import { send } from "../api/client";
import { useAction } from "../api/hooks";
import type { ApiProblem } from "../api/problem";
import { Badge, Button, Code, Note, Problem, Sheet, Waiting } from "../components/basics";
import { Confirm } from "../components/dialog";
import { TextField } from "../components/fields";
import { Table } from "../components/table";
import { Time } from "../components/time";
import { TokenList } from "../components/tokens";
import { Page } from "../layout/page";
import { SESSION_KEY, useSession, useSignOut } from "../session/session";

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

interface Enrolment {
  data: { attributes: { secret?: string; "otpauth-url"?: string; "recovery-codes"?: string[] } };
}

function TwoFactor() {
  const session = useSession();
  const queries = useQueryClient();
  const [code, setCode] = useState("");
  const [off, setOff] = useState(false);
  const begin = useAction(() => send("post", "/api/v2/account/totp") as Promise<Enrolment>);
  const confirm = useAction(() =>
    send("post", "/api/v2/account/totp/actions/confirm", { body: { data: { type: "one-time-codes", attributes: { "one-time-code": code.trim() } } }, expects401: true }) as Promise<Enrolment | undefined>,
  );
  const codes = confirm.data?.data.attributes["recovery-codes"] ?? [];
  const secret = begin.data?.data.attributes.secret;
  const uri = begin.data?.data.attributes["otpauth-url"];
  return (
    <Sheet title="One-time codes" actions={<Badge tone={session.twoFactor ? "good" : "plain"}>{session.twoFactor ? "On" : "Off"}</Badge>}>
      <div className="stack">
        {session.twoFactor && codes.length === 0 && (
          <div>
            <Button look="danger" onClick={() => setOff(true)}>
              Turn them off
            </Button>
          </div>
        )}
        {!session.twoFactor && !secret && (
          <>
            <p className="muted">A password alone can be stolen. With codes from an authenticator it is not enough.</p>
            <div>
              <Button look="primary" busy={begin.isPending} onClick={() => begin.mutate()}>
                Turn them on
              </Button>
            </div>
          </>
        )}
        <Problem error={begin.error} />
        {secret && !confirm.isSuccess && (
          <form
            className="form"
            onSubmit={(event) => {
              event.preventDefault();
              confirm.mutate(undefined, { onSuccess: () => queries.invalidateQueries({ queryKey: SESSION_KEY }) });
            }}
          >
            <p>Put this secret into your authenticator, then type the code that it shows.</p>
            <Code text={secret} what="secret" wraps />
            {uri && <Code text={uri} what="address for authenticators" wraps />}
            <TextField label="One-time code" value={code} change={setCode} required inputMode="numeric" autoComplete="one-time-code" mono />
            <Problem error={confirm.error} />
            <div>
              <Button type="submit" look="primary" busy={confirm.isPending}>
                Confirm
              </Button>
            </div>
          </form>
        )}
        {codes.length > 0 && (
          <Note tone="warn" title="Keep these codes: each signs you in once if the authenticator is lost. They are shown only now.">
            <Code text={codes.join("\n")} what="recovery codes" />
          </Note>
        )}
      </div>
      <Confirm title="Turn one-time codes off?" action="Turn off" open={off} close={() => setOff(false)} act={async () => {
        await send("delete", "/api/v2/account/totp", { body: { data: { type: "one-time-codes", attributes: { "one-time-code": code.trim() } } }, expects401: true });
        setCode("");
        await queries.invalidateQueries({ queryKey: SESSION_KEY });
      }}>
        <p>Your password alone signs in then.</p>
        <TextField label="One-time code" value={code} change={setCode} required inputMode="numeric" autoComplete="one-time-code" mono />
      </Confirm>
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
                  <Button small look="quiet" onClick={() => end.mutate(id)}>
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
      </Page>
    </main>
  );
}
