import { type FormEvent, useState } from "react";
import { useParams } from "wouter";
import { document as body, patch, post, remove } from "../../api/client";
import { useAction, useDocument } from "../../api/hooks";
import type { OAuthClient } from "../../api/types";
import { Button, ButtonLink, Facts, Note, Problem, Sheet, Waiting } from "../../components/basics";
import { Checks } from "../../components/checks";
import { ConfirmDelete } from "../../components/confirm_delete";
import { Dependants } from "../../components/dependants";
import { Window } from "../../components/dialog";
import { TextField } from "../../components/fields";
import { Time } from "../../components/time";
import { useOrganization } from "../../layout/organization";
import { Page } from "../../layout/page";
import { HostStep } from "../onboarding/host";
import { KeyStep } from "../onboarding/key";
import { guideOf } from "../onboarding/kinds";
import { Health } from "./list";

const CLIENT = "/api/v2/oauth-clients/{oauth_client_id}" as const;
const LIST = "/api/v2/organizations/{organization}/oauth-clients" as const;

function Rotate({ client, open, close }: { client: OAuthClient; open: boolean; close: () => void }) {
  const [token, setToken] = useState("");
  const save = useAction(async () => {
    await patch(CLIENT, { oauth_client_id: client.id }, body("oauth-clients", { "oauth-token-string": token.trim() }));
    return post("/api/v2/oauth-clients/{oauth_client_id}/actions/verify", { oauth_client_id: client.id });
  }, [CLIENT, LIST]);
  const guide = guideOf(client.attributes["service-provider"]);
  const page = guide.tokenPage(client.attributes["http-url"] ?? "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined, { onSuccess: () => setToken("") });
  };
  return (
    <Window title="Replace the token" open={open} close={close}>
      <form className="stack" onSubmit={submit}>
        <p>Workspaces, hooks and ids stay. {page && <a href={page} target="_blank" rel="noreferrer noopener">Make one at the provider</a>}</p>
        <TextField label={guide.token} type="password" value={token} change={setToken} required mono autoComplete="off" autoFocus />
        <Problem error={save.error} />
        {save.data && <Checks checks={save.data.data.attributes.checks ?? []} />}
        <footer>
          <Button onClick={close}>{save.isSuccess ? "Close" : "Not now"}</Button>
          <Button type="submit" look="primary" busy={save.isPending} disabled={!token}>
            Replace and check
          </Button>
        </footer>
      </form>
    </Window>
  );
}

function Events({ client }: { client: OAuthClient }) {
  const { name } = useOrganization();
  const events = useDocument("/api/v2/organizations/{organization}/vcs-events", { organization: name }, { "filter[oauth_client_external_ids]": client.id, "page[size]": 20 }, { refresh: 10_000 });
  if (events.isPending) return <Waiting />;
  if (events.error) return <Problem error={events.error} />;
  if (events.data.data.length === 0) return <p className="muted">Nothing went wrong yet.</p>;
  return (
    <ol className="rail plain">
      {events.data.data.map(({ id, attributes }) => (
        <li key={id} className={attributes.level === "error" ? "bad" : "done"}>
          <span className="node" aria-hidden="true" />
          <div className="wrap">
            {attributes.message}{" "}
            <span className="muted small">
              <Time at={attributes["created-at"]} />
              {attributes.repository && <> · <span className="mono">{attributes.repository}</span></>}
            </span>
            {attributes["suggested-action"] && <div className="small">{attributes["suggested-action"]}</div>}
          </div>
        </li>
      ))}
    </ol>
  );
}

function Delete({ client, open, close }: { client: OAuthClient; open: boolean; close: () => void }) {
  const { path } = useOrganization();
  const detail = useDocument(CLIENT, { oauth_client_id: client.id }, { show_affected_workspaces: true }, { enabled: open });
  const count = detail.data?.data.attributes["affected-workspaces-count"] ?? 0;
  const names = detail.data?.data.attributes["affected-workspaces"];
  const name = client.attributes.name ?? "";
  return (
    <ConfirmDelete name={open ? name : null} what="the provider" typed close={close} act={() => remove(CLIENT, { oauth_client_id: client.id })} then={path("/providers")}>
      <p>Its token, key and hooks are removed, here and at the provider.</p>
      <Dependants names={names} count={count} unknown={detail.isError} says={(many) => `${many} ${many === 1 ? "workspace loses its" : "workspaces lose their"} repository`} />
    </ConfirmDelete>
  );
}

function Access({ client }: { client: OAuthClient }) {
  const tokenId = client.relationships?.["oauth-tokens"]?.data?.[0]?.id ?? "";
  const token = useDocument("/api/v2/oauth-tokens/{oauth_token_id}", { oauth_token_id: tokenId }, {}, { enabled: tokenId !== "" });
  const [testing, setTesting] = useState(false);
  if (!tokenId) return <p className="muted">There is no token.</p>;
  if (token.isPending) return <Waiting />;
  if (token.error) return <Problem error={token.error} />;
  return (
    <div className="stack">
      <KeyStep client={client} token={token.data.data} />
      {token.data.data.attributes["has-ssh-key"] && !testing && (
        <div>
          <Button onClick={() => setTesting(true)}>Host keys and test</Button>
        </div>
      )}
      {testing && <HostStep client={client} tokenId={tokenId} />}
    </div>
  );
}

export default function ProviderPage() {
  const { path } = useOrganization();
  const { id } = useParams<{ id: string }>();
  const [doing, setDoing] = useState<"" | "rotate" | "delete">("");
  const found = useDocument(CLIENT, { oauth_client_id: id }, {}, { refresh: 10_000 });
  const verify = useAction(() => post("/api/v2/oauth-clients/{oauth_client_id}/actions/verify", { oauth_client_id: id }), [CLIENT, LIST]);
  const crumbs: [string, string][] = [["Providers", path("/providers")]];
  if (found.isPending) return <Waiting />;
  if (found.error) {
    return (
      <Page title="Provider" crumbs={crumbs}>
        <Problem error={found.error} again={() => void found.refetch()} />
      </Page>
    );
  }
  const client = found.data.data;
  const { attributes } = client;
  return (
    <Page
      title={attributes.name ?? ""}
      crumbs={crumbs}
      aside={<Health client={client} />}
      actions={
        <>
          <Button onClick={() => setDoing("rotate")}>Replace the token</Button>
          <Button look="danger" onClick={() => setDoing("delete")}>
            Delete
          </Button>
          <ButtonLink look="primary" to={`${path("/workspaces/new")}?token=${encodeURIComponent(client.relationships?.["oauth-tokens"]?.data?.[0]?.id ?? "")}`}>
            New workspace
          </ButtonLink>
        </>
      }
    >
      {attributes["last-error"] && (
        <Note tone="bad" title={attributes["last-error"]}>
          <Time at={attributes["last-error-at"]} />
        </Note>
      )}
      <div className="columns">
        <div className="stack">
          <Sheet title="Checks" actions={<Button small busy={verify.isPending} onClick={() => verify.mutate()}>Check now</Button>}>
            <Problem error={verify.error} />
            {(attributes.checks ?? []).length > 0 ? <Checks checks={attributes.checks ?? []} running={verify.isPending} /> : <p className="muted">Not checked yet.</p>}
          </Sheet>
          <Sheet title="Key for clones">
            <Access client={client} />
          </Sheet>
        </div>
        <div className="stack">
          <Sheet title="About">
            <Facts
              rows={[
                ["Kind", attributes["service-provider-display-name"]],
                ["HTTP URL", <span className="mono">{attributes["http-url"]}</span>],
                ["API URL", <span className="mono">{attributes["api-url"]}</span>],
                ["Version", attributes["server-version"]],
                ["Scopes", (attributes["token-scopes"] ?? []).join(", ")],
                ["Token expires", attributes["token-expires-at"] ? <Time at={attributes["token-expires-at"]} exact /> : "the provider does not tell"],
                ["Checked", <Time at={attributes["verified-at"]} />],
                ["Proxy", attributes.proxy],
                ["Id", <span className="mono">{client.id}</span>],
              ]}
            />
          </Sheet>
          <Sheet title="What happened lately">
            <Events client={client} />
          </Sheet>
        </div>
      </div>
      <Rotate client={client} open={doing === "rotate"} close={() => setDoing("")} />
      <Delete client={client} open={doing === "delete"} close={() => setDoing("")} />
    </Page>
  );
}
