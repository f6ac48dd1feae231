import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { document as body, patch, post, remove } from "../../api/client";
import { type ApiProblem, asProblem } from "../../api/problem";
import type { Check, OAuthClient } from "../../api/types";
import { Button, Note, Problem } from "../../components/basics";
import { Checks, hasFailed } from "../../components/checks";
import { TextArea, TextField } from "../../components/fields";
import { useOrganization } from "../../layout/organization";
import { type KindGuide, guideOf } from "./kinds";

interface Form {
  name: string;
  httpUrl: string;
  apiUrl: string;
  token: string;
  caBundle: string;
  proxy: string;
}

function Guide({ guide, url }: { guide: KindGuide; url: string }) {
  const page = guide.tokenPage(url);
  return (
    <aside className="stack">
      <section className="stack tight">
        <h3>Create at the provider</h3>
        <p>
          {guide.token}
          {page ? (
            <>
              {" "}
              on{" "}
              <a href={page} target="_blank" rel="noreferrer noopener">
                its tokens page
              </a>
            </>
          ) : (
            guide.needsUrl && <span className="muted">; its page is linked here once the URL is there</span>
          )}
          , with:
        </p>
        <ul className="bullets">
          {guide.rights.map((right) => (
            <li key={right}>{right}</li>
          ))}
        </ul>
      </section>
      {guide.warnings.length > 0 && (
        <Note tone="warn">
          <ul className="bullets">
            {guide.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Note>
      )}
    </aside>
  );
}

function sameAddress(client: OAuthClient, form: Form) {
  return (client.attributes["http-url"] ?? "") === form.httpUrl.trim().replace(/\/+$/, "");
}

function hostOf(url: string): string {
  try {
    return new URL(url).hostname;
  } catch {
    return "";
  }
}

function attributesOf(kind: string, form: Form) {
  const attributes: Record<string, string> = {
    "service-provider": kind,
    name: form.name.trim() || hostOf(form.httpUrl) || kind,
    "oauth-token-string": form.token.trim(),
  };
  if (form.httpUrl.trim()) attributes["http-url"] = form.httpUrl.trim();
  if (form.apiUrl.trim()) attributes["api-url"] = form.apiUrl.trim();
  if (form.caBundle.trim()) attributes["ca-bundle"] = form.caBundle;
  if (form.proxy.trim()) attributes.proxy = form.proxy.trim();
  return attributes;
}

interface Props {
  kind: string;
  /** Already registered, with checks that failed: to be mended here. */
  client?: OAuthClient;
  registered?: (id: string) => void;
  proceed?: () => void;
}

/** The token and the address; every check of the server shows here, with what to do. */
export function ConnectStep({ kind, client, registered, proceed }: Props) {
  const { name: organization } = useOrganization();
  const queries = useQueryClient();
  const guide = guideOf(kind);
  const [form, setForm] = useState<Form>({
    name: client?.attributes.name ?? "",
    httpUrl: client?.attributes["http-url"] ?? "",
    apiUrl: "",
    token: "",
    caBundle: "",
    proxy: client?.attributes.proxy ?? "",
  });
  const [error, setError] = useState<ApiProblem | null>(null);
  const [busy, setBusy] = useState("");
  const [current, setCurrent] = useState(client);
  const change = (field: keyof Form) => (value: string) => setForm((now) => ({ ...now, [field]: value }));
  const checks: Check[] = current?.attributes.checks ?? [];
  const wrong = error?.fields ?? {};

  // An address cannot be changed later, so that a token never follows a provider elsewhere: what does not work yet is
  // made anew with the other address.
  const save = async (): Promise<OAuthClient> => {
    if (current && sameAddress(current, form)) {
      const attributes: Record<string, string> = form.token ? { "oauth-token-string": form.token.trim() } : {};
      if (form.caBundle) attributes["ca-bundle"] = form.caBundle;
      attributes.proxy = form.proxy.trim();
      return (await patch("/api/v2/oauth-clients/{oauth_client_id}", { oauth_client_id: current.id }, body("oauth-clients", attributes))).data;
    }
    if (current) await remove("/api/v2/oauth-clients/{oauth_client_id}", { oauth_client_id: current.id });
    setCurrent(undefined);
    return (await post("/api/v2/organizations/{organization}/oauth-clients", { organization }, body("oauth-clients", attributesOf(kind, form)))).data;
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setError(null);
    try {
      setBusy("Saving");
      const saved = await save();
      setCurrent(saved);
      setBusy("Checking");
      const verified = await post("/api/v2/oauth-clients/{oauth_client_id}/actions/verify", { oauth_client_id: saved.id });
      setCurrent(verified.data);
      await queries.invalidateQueries({ queryKey: ["/api/v2/oauth-clients/{oauth_client_id}"] });
      if (!hasFailed(verified.data.attributes.checks)) {
        change("token")("");
        registered?.(verified.data.id);
      }
    } catch (caught) {
      setError(asProblem(caught));
    } finally {
      setBusy("");
    }
  };
  return (
    <div className="columns">
      <form className="form" onSubmit={submit}>
        {(guide.needsUrl || kind === "bitbucket_hosted") && (
          <TextField
            label="HTTP URL"
            type="url"
            value={form.httpUrl}
            change={change("httpUrl")}
            placeholder={guide.example}
            hint={guide.urlHint}
            wrong={wrong["http-url"]}
            required={guide.needsUrl}
            mono
            autoFocus
          />
        )}
        <TextField
          label={guide.token}
          type="password"
          value={form.token}
          change={change("token")}
          placeholder={guide.tokenPlaceholder}
          hint={current ? "Leave it empty to try again with the one that is stored." : "Kept encrypted; it is never shown again."}
          wrong={wrong["oauth-token-string"]}
          required={!current}
          autoComplete="off"
          mono
        />
        <details>
          <summary>Name, API URL, certificate authority, proxy</summary>
          <div className="stack inset">
            <TextField label="Name" value={form.name} change={change("name")} hint="How it is called here. Without one: its host." wrong={wrong.name} disabled={Boolean(current)} />
            {!guide.needsUrl && kind !== "bitbucket_hosted" && (
              <TextField label="HTTP URL" type="url" value={form.httpUrl} change={change("httpUrl")} placeholder={guide.example} hint="Only for an instance of your own." wrong={wrong["http-url"]} mono />
            )}
            <TextField label="API URL" type="url" value={form.apiUrl} change={change("apiUrl")} hint="Without one it is made from the HTTP URL." wrong={wrong["api-url"]} mono />
            <TextArea label="Certificate authority" value={form.caBundle} change={change("caBundle")} hint="PEM, for a certificate of your own authority." wrong={wrong["ca-bundle"]} />
            <TextField label="Proxy" value={form.proxy} change={change("proxy")} placeholder="http://proxy:3128" wrong={wrong.proxy} mono />
          </div>
        </details>
        {error && <Problem error={error} />}
        <div className="row wraps">
          <Button type="submit" look="primary" busy={busy !== ""}>
            {busy ? `${busy}…` : current ? "Check again" : "Connect and check"}
          </Button>
          {current && hasFailed(checks) && proceed && (
            <Button look="quiet" onClick={proceed}>
              Go on all the same
            </Button>
          )}
        </div>
        {checks.length > 0 && <Checks checks={checks} running={busy === "Checking"} />}
        {current && !busy && hasFailed(checks) && !proceed && (
          <div>
            <Button look="quiet" onClick={() => registered?.(current.id)}>
              Keep it and go on all the same
            </Button>
          </div>
        )}
      </form>
      <Guide guide={guide} url={form.httpUrl} />
    </div>
  );
}
