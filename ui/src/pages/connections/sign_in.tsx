import { useEffect, useState } from "react";
import type { Answer } from "../../api/client";
import { useAction, useDocument } from "../../api/hooks";
import { Button, Code, Note, Problem } from "../../components/basics";
import { SelectField } from "../../components/fields";
import type { SignInOf } from "./types";

type Begun = Answer<"/api/v2/projects/{project_id}/oauth-authorizations", "post">;

const SERVICES = new Map([["github", "GitHub"], ["github_enterprise_server", "GitHub Enterprise Server"], ["azure_rm", "Microsoft Entra ID"]]);

/** The registered applications that a connection of the project can be signed in with, by name. */
export function useConfigurations(project: string, source: string) {
  const list = useDocument("/api/v2/projects/{project_id}/oauth-configurations", { project_id: project }, { "filter[source-type]": source }, { enabled: project !== "" });
  return list.data?.data.map((one) => one.attributes.name ?? one.id);
}

interface Props {
  of: SignInOf;
  project: string;
  /** What the form says; another one is chosen here only where the form has no field for it. */
  configuration?: string;
  /** Begins it; the answer says where to sign in. */
  begin: (configuration: string) => Promise<Begun>;
  /** With the finished sign-in; undefined when another one begins. */
  granted: (id: string | undefined) => void;
  stored?: boolean;
  wrong?: string;
}

/** A secret that nobody types: the person signs in at the service, in another window or with a code. */
export function SignIn({ of, project, configuration, begin, granted, stored, wrong }: Props) {
  const service = SERVICES.get(of.source) ?? of.source;
  const names = useConfigurations(project, of.source);
  const [chosen, setChosen] = useState("");
  const start = useAction(begin);
  const begun = start.data?.data;
  const [settled, setSettled] = useState(false);
  const now = useDocument("/api/v2/oauth-authorizations/{oauth_authorization_id}", { oauth_authorization_id: begun?.id ?? "" }, {}, { enabled: begun !== undefined, refresh: settled ? false : 1000 * (begun?.attributes["poll-seconds"] ?? 2) });
  const state = now.data?.data.attributes ?? begun?.attributes;
  const status = now.isError ? "over" : state?.status;
  const id = begun?.id;
  useEffect(() => {
    setSettled(status !== undefined && status !== "pending");
    if (id && status === "granted") granted(id);
  }, [id, status]);
  const byCode = of.source === "azure_rm";
  const run = () => {
    granted(undefined);
    const other = byCode ? null : window.open("", "_blank");
    start.mutate(configuration ?? chosen, {
      onSuccess: ({ data }) => {
        if (!other) return;
        other.opener = null;
        other.location.href = data.attributes["authorization-url"] ?? "/";
      },
      onError: () => other?.close(),
    });
  };
  const url = begun?.attributes["authorization-url"] ?? "";
  const choices = names ?? [];
  return (
    <fieldset className="stack tight">
      <legend className="legend">{of.secret.label}</legend>
      {stored && <p className="muted small">It is set. Sign in anew to replace it.</p>}
      {names?.length === 0 && <Note tone="warn">No OAuth application is registered for {service}. A site administrator registers one on the page System.</Note>}
      {!of.configuration && choices.length > 1 && <SelectField label="OAuth configuration" value={chosen} change={setChosen} options={[["", "Choose"], ...choices.map((one): [string, string] => [one, one])]} />}
      <div>
        <Button busy={start.isPending} disabled={names?.length === 0} onClick={run}>
          {byCode ? "Sign in" : "Authorize"}
        </Button>
      </div>
      <Problem error={start.error} />
      {wrong && !start.error && <p className="wrong">{wrong}</p>}
      <div role="status" className="stack tight">
        {status === "pending" && byCode && (
          <>
            <p>
              Open <a href={url} target="_blank" rel="noopener noreferrer">{url}</a> and enter this code:
            </p>
            <Code text={begun?.attributes["user-code"] ?? ""} what="code" />
            <p className="muted small">This page goes on by itself.</p>
          </>
        )}
        {status === "pending" && !byCode && (
          <p>
            Waiting for you to sign in at {service}. <a href={url} target="_blank" rel="noopener noreferrer">Open its sign-in page</a>
          </p>
        )}
        {status === "granted" && <Note tone="good">{`Signed in${state?.account ? ` as ${state.account}` : ""}. ${state?.message ?? ""}`}</Note>}
        {status === "failed" && (
          <Note tone="bad" title="The sign-in failed">
            {state?.message}
          </Note>
        )}
        {status === "over" && <Note tone="warn">The sign-in was used, or nobody signed in in time. Begin anew.</Note>}
      </div>
    </fieldset>
  );
}
