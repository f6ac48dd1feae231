import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { renewCsrfToken, send, whenSessionEnds } from "../api/client";
import { Button, Problem } from "../components/basics";
import { Window } from "../components/dialog";
import { SESSION_KEY, useSession } from "./session";
import { PasswordForm, useMethods } from "./sign_in";

/** The session has ended while somebody was at work: he signs in above the page, and nothing that was typed is lost. */
export function SignInAgain() {
  const session = useSession();
  const queries = useQueryClient();
  const methods = useMethods();
  const [open, setOpen] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const waiting = useRef<((signedIn: boolean) => void)[]>([]);
  useEffect(
    () =>
      whenSessionEnds(() => {
        setOpen(true);
        return new Promise((resolve) => waiting.current.push(resolve));
      }),
    [],
  );
  const finish = (signedIn: boolean) => {
    setOpen(false);
    setError(null);
    for (const resolve of waiting.current.splice(0)) resolve(signedIn);
    if (!signedIn) queries.setQueryData(SESSION_KEY, null);
  };
  const goOn = async () => {
    try {
      const current = (await send("get", "/api/v2/sessions/current", { expects401: true })) as { data: { attributes: { username?: string } } };
      // Another person's page must not be sent with this one's rights.
      if (current.data.attributes.username !== session.username) return location.reload();
      await renewCsrfToken();
      finish(true);
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <Window title="Your session has ended" open={open} close={() => finish(false)}>
      <div className="stack">
        <p>
          Sign in again as <strong>{session.username}</strong>; what is on the page stays as it is.
        </p>
        {session.hasPassword && <PasswordForm who={session.username} done={goOn} />}
        {methods.data?.oidc.map((provider) => (
          <div key={provider.id} className="row">
            <a className="button" href={provider.start} target="_blank" rel="noreferrer">
              {provider.name}, in another window
            </a>
            <Button onClick={() => void goOn()}>I have signed in there</Button>
          </div>
        ))}
        <Problem error={error} />
        <div>
          <Button look="quiet" onClick={() => finish(false)}>
            Leave the page
          </Button>
        </div>
      </div>
    </Window>
  );
}
