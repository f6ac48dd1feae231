import { type FormEvent, useEffect, useRef, useState } from "react";
import { send, whenProofIsWanted } from "../api/client";
import { type ApiProblem, asProblem } from "../api/problem";
import { Button, Problem } from "../components/basics";
import { Window } from "../components/dialog";
import { TextField } from "../components/fields";
import { useSession } from "./session";

/** What makes or changes credentials asks for the password again; what was typed before is kept and sent after. */
export function ProveAgain() {
  const session = useSession();
  const [open, setOpen] = useState(false);
  const [secret, setSecret] = useState("");
  const [error, setError] = useState<ApiProblem | null>(null);
  const [busy, setBusy] = useState(false);
  const answer = useRef<(proven: boolean) => void>(() => {});
  useEffect(
    () =>
      whenProofIsWanted(() => {
        setOpen(true);
        return new Promise((resolve) => {
          answer.current = resolve;
        });
      }),
    [],
  );
  const finish = (proven: boolean) => {
    setOpen(false);
    setSecret("");
    setError(null);
    answer.current(proven);
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    setBusy(true);
    setError(null);
    try {
      const attributes = session.hasPassword ? { password: secret } : { "one-time-code": secret.trim() };
      await send("post", "/api/v2/sessions/current/actions/confirm", { body: { data: { type: "sessions", attributes } }, expects401: true });
      finish(true);
    } catch (caught) {
      setError(asProblem(caught));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Window title="Is it still you?" open={open} close={() => finish(false)}>
      <form className="stack" onSubmit={submit}>
        <p>This makes or changes credentials, and your sign-in was a while ago.</p>
        {session.hasPassword ? (
          <TextField label="Password" type="password" value={secret} change={setSecret} required autoComplete="current-password" autoFocus />
        ) : (
          <TextField label="One-time code" value={secret} change={setSecret} required inputMode="numeric" autoComplete="one-time-code" mono autoFocus />
        )}
        <Problem error={error} />
        <footer>
          <Button onClick={() => finish(false)}>Not now</Button>
          <Button type="submit" look="primary" busy={busy}>
            Go on
          </Button>
        </footer>
      </form>
    </Window>
  );
}
