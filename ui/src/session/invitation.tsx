import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { send } from "../api/client";
import { type ApiProblem, asProblem } from "../api/problem";
import { Button, Note, Problem } from "../components/basics";
import { TextField } from "../components/fields";
import { Gate } from "./gate";
import { SESSION_KEY } from "./session";

/** The secret stands behind '#': no server and no log sees the address it is in. It is taken out of the address at once. */
function takeSecret(): string {
  const secret = decodeURIComponent(location.hash.slice(1));
  if (secret) history.replaceState(null, "", location.pathname);
  return secret;
}

export function Invitation() {
  const client = useQueryClient();
  const [, go] = useLocation();
  const [secret] = useState(takeSecret);
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [needsCode, setNeedsCode] = useState(false);
  const [error, setError] = useState<ApiProblem | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const attributes = { secret, password, ...(needsCode ? { "one-time-code": code.trim() } : {}) };
      await send("post", "/api/v2/invitations/actions/accept", { body: { data: { type: "invitations", attributes } }, expects401: true });
      await client.invalidateQueries({ queryKey: SESSION_KEY });
      go("/", { replace: true });
    } catch (caught) {
      const problem = asProblem(caught);
      if (problem.code === "one_time_code_required" && !needsCode) setNeedsCode(true);
      else setError(problem);
    } finally {
      setBusy(false);
    }
  };
  if (!secret) {
    return (
      <Gate title="This invitation is not whole">
        <Note tone="warn">The link ends in # and a secret. Open it as it was sent to you, or ask for a new one.</Note>
      </Gate>
    );
  }
  return (
    <Gate title="Welcome" lead="Choose a password; then you are signed in.">
      <form className="form" onSubmit={submit}>
        <TextField label="Password" type="password" value={password} change={setPassword} required minLength={8} autoComplete="new-password" hint="Anything from eight characters; a few words in a row do well." wrong={error?.fields.password} autoFocus />
        {needsCode && <TextField label="One-time code" value={code} change={setCode} required inputMode="numeric" autoComplete="one-time-code" mono autoFocus />}
        {error && !error.fields.password && <Problem error={error} />}
        <div>
          <Button type="submit" look="primary" busy={busy}>
            Go on
          </Button>
        </div>
      </form>
    </Gate>
  );
}
