import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { send } from "../api/client";
import { type ApiProblem, asProblem } from "../api/problem";
import { Button, Note, Problem, Waiting } from "../components/basics";
import { TextField } from "../components/fields";
import { Gate } from "./gate";
import { SESSION_KEY } from "./session";

const SHORTEST = 15;

async function isOpen(secret: string): Promise<boolean> {
  const response = await fetch(`/setup/${encodeURIComponent(secret)}`, { method: "HEAD", cache: "no-store" });
  return response.ok;
}

function Form({ secret }: { secret: string }) {
  const client = useQueryClient();
  const [, go] = useLocation();
  const [form, setForm] = useState({ username: "", email: "", password: "", organization: "" });
  const [error, setError] = useState<ApiProblem | null>(null);
  const [busy, setBusy] = useState(false);
  const change = (name: keyof typeof form) => (value: string) => setForm((now) => ({ ...now, [name]: value }));
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await send("post", `/setup/${encodeURIComponent(secret)}`, { body: form, expects401: true });
      await client.invalidateQueries({ queryKey: SESSION_KEY });
      go(`/app/${encodeURIComponent(form.organization)}/providers/new`, { replace: true });
    } catch (caught) {
      setError(asProblem(caught));
    } finally {
      setBusy(false);
    }
  };
  const wrong = error?.fields ?? {};
  const short = form.password.length > 0 && form.password.length < SHORTEST;
  return (
    <form className="form" onSubmit={submit}>
      <TextField label="User name" value={form.username} change={change("username")} wrong={wrong.username} required maxLength={90} autoComplete="username" autoFocus />
      <TextField label="E-mail address" type="email" value={form.email} change={change("email")} wrong={wrong.email} required autoComplete="email" />
      <TextField
        label="Password"
        type="password"
        value={form.password}
        change={change("password")}
        wrong={wrong.password}
        hint={short ? "Eight characters must be; fifteen or more are much safer. A few words in a row do well." : "Anything from eight characters; a few words in a row do well."}
        required
        minLength={8}
        autoComplete="new-password"
      />
      <TextField label="Organization" value={form.organization} change={change("organization")} wrong={wrong.organization} hint="Letters, digits, - and _. It is part of every address." required maxLength={90} />
      {error && Object.keys(wrong).length === 0 && <Problem error={error} />}
      <div>
        <Button type="submit" look="primary" busy={busy}>
          Create and go on
        </Button>
      </div>
    </form>
  );
}

export function FirstStart({ secret }: { secret: string }) {
  const open = useQuery({ queryKey: ["setup", secret], queryFn: () => isOpen(secret), staleTime: Infinity });
  if (open.isPending) return <Waiting />;
  if (!open.data) {
    return (
      <Gate title="This link is not good any more">
        <Note tone="warn" title="It was used, is older than 30 minutes, or never was one.">
          While there is no administrator, the server prints a new link each time it starts.
        </Note>
        <div>
          <a className="button" href="/">
            Sign in
          </a>
        </div>
      </Gate>
    );
  }
  return (
    <Gate title="Set up runbridge" lead="This makes you the administrator, with an organization of your own. The link works once.">
      <Form secret={secret} />
    </Gate>
  );
}
