import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { send } from "../api/client";
import { type ApiProblem, asProblem } from "../api/problem";
import { Button, Problem } from "../components/basics";
import { TextField } from "../components/fields";
import { Gate } from "./gate";
import { SESSION_KEY } from "./session";
import { SignOnProblem } from "./sign_on_problem";

interface Method {
  id: string;
  attributes: { kind?: "password" | "oidc"; name?: string };
  links?: { start?: string };
}

interface Methods {
  password: boolean;
  oidc: { id: string; name: string; start: string }[];
}

/** Where the browser is sent: a place of this server only, with the way back. */
function startOf({ links }: Method): string {
  const { pathname } = new URL(links?.start ?? "/sign-in/oidc", location.origin);
  const back = location.pathname === "/sign-in" ? "/" : location.pathname + location.search;
  return `${pathname}?next=${encodeURIComponent(back)}`;
}

function readMethods(document: unknown): Methods {
  const all = (document as { data?: Method[] }).data ?? [];
  return {
    password: all.some((one) => one.attributes.kind === "password"),
    oidc: all.filter((one) => one.attributes.kind === "oidc").map((one) => ({ id: one.id, name: one.attributes.name ?? one.id, start: startOf(one) })),
  };
}

export function useMethods() {
  return useQuery<Methods, ApiProblem>({
    queryKey: ["sign-in-methods"],
    queryFn: async () => readMethods(await send("get", "/api/v2/sign-in-methods", { expects401: true })),
    staleTime: 60_000,
  });
}

export async function signIn(name: string, password: string, code?: string) {
  const who = name.includes("@") ? { email: name } : { username: name };
  const attributes = { ...who, password, ...(code ? { "one-time-code": code } : {}) };
  await send("post", "/api/v2/sessions", { body: { data: { type: "sessions", attributes } }, expects401: true });
}

interface FormProps {
  /** Whose password it is; asked for if it is not said. */
  who?: string;
  done: () => Promise<unknown>;
}

export function PasswordForm({ who, done }: FormProps) {
  const [name, setName] = useState(who ?? "");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [needsCode, setNeedsCode] = useState(false);
  const [error, setError] = useState<ApiProblem | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation(); // it may stand above another form
    setBusy(true);
    setError(null);
    try {
      await signIn(name.trim(), password, needsCode ? code.trim() : undefined);
      await done();
    } catch (caught) {
      const problem = asProblem(caught);
      if (problem.code === "one_time_code_required" && !needsCode) setNeedsCode(true);
      else setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className="form" onSubmit={submit}>
      {who === undefined && <TextField label="User name or e-mail address" value={name} change={setName} required autoComplete="username" autoFocus />}
      <TextField label="Password" type="password" value={password} change={setPassword} required autoComplete="current-password" autoFocus={who !== undefined} />
      {needsCode && (
        <TextField
          label="One-time code"
          hint="Six digits from your authenticator."
          value={code}
          change={setCode}
          required
          inputMode="numeric"
          autoComplete="one-time-code"
          autoFocus
          mono
        />
      )}
      <Problem error={error} />
      <div>
        <Button type="submit" look="primary" busy={busy}>
          Sign in
        </Button>
      </div>
    </form>
  );
}

export function SignIn() {
  const client = useQueryClient();
  const methods = useMethods();
  return (
    <Gate title="Sign in">
      <SignOnProblem />
      {(methods.data?.password ?? true) && <PasswordForm done={() => client.invalidateQueries({ queryKey: SESSION_KEY })} />}
      {methods.data?.oidc.map((provider) => (
        <div key={provider.id}>
          <a className="button" href={provider.start}>
            Continue with {provider.name}
          </a>
        </div>
      ))}
    </Gate>
  );
}
