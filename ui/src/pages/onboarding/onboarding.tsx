import { type ReactNode, useState } from "react";
import { useLocation, useParams } from "wouter";
import { useDocument } from "../../api/hooks";
import type { OAuthClient } from "../../api/types";
import { Button, ButtonLink, Problem, Waiting } from "../../components/basics";
import { hasFailed } from "../../components/checks";
import { useOrganization } from "../../layout/organization";
import { Page } from "../../layout/page";
import { ConnectStep } from "./connect";
import { HostStep } from "./host";
import { KeyStep } from "./key";
import { KindStep } from "./kind";

type State = "done" | "now" | "later";

function Step({ number, title, state, said, children }: { number: number; title: string; state: State; said?: ReactNode; children?: ReactNode }) {
  return (
    <li className={state} aria-current={state === "now" ? "step" : undefined}>
      <span className="node" aria-hidden="true">
        {state === "done" ? "✓" : number}
      </span>
      <div className="stack">
        <div>
          <h2>{title}</h2>
          {state !== "now" && said && <div className="muted wrap">{said}</div>}
        </div>
        {state === "now" && children}
      </div>
    </li>
  );
}

/** The steps after the provider is registered: they can be left and come back to by their address. */
function Registered({ client, kindName }: { client: OAuthClient; kindName: string }) {
  const { path } = useOrganization();
  const tokenId = client.relationships?.["oauth-tokens"]?.data?.[0]?.id ?? "";
  const token = useDocument("/api/v2/oauth-tokens/{oauth_token_id}", { oauth_token_id: tokenId }, {}, { enabled: tokenId !== "" });
  const [accepted, setAccepted] = useState(false);
  const [keySettled, setKeySettled] = useState<"" | "added" | "skipped">("");
  const [hostSettled, setHostSettled] = useState<"" | "tested" | "skipped">("");
  const checks = client.attributes.checks ?? [];
  const verified = checks.length > 0 && !hasFailed(checks);
  const connected = verified || accepted;
  const step = !connected ? 2 : !keySettled ? 3 : keySettled === "added" && !hostSettled ? 4 : 5;
  const stateOf = (number: number): State => (number < step ? "done" : number === step ? "now" : "later");
  return (
    <ol className="rail">
      <Step number={1} title="Kind" state="done" said={kindName} />
      <Step number={2} title="Connect" state={stateOf(2)} said={connected ? `${client.attributes["http-url"]}: the checks passed` : undefined}>
        <ConnectStep kind={client.attributes["service-provider"] ?? ""} client={client} proceed={() => setAccepted(true)} />
      </Step>
      <Step number={3} title="Key for clones" state={stateOf(3)} said={keySettled === "skipped" ? "Clones use the token" : keySettled ? "A key is in place" : "Minted here, or one you bring"}>
        {token.data ? <KeyStep client={client} token={token.data.data} settle={setKeySettled} /> : <Waiting />}
      </Step>
      <Step number={4} title="Host key and test" state={stateOf(4)} said={hostSettled === "tested" ? "A clone works" : keySettled === "skipped" ? "Not needed without an SSH key" : "So that nobody can stand in for the server"}>
        {tokenId && <HostStep client={client} tokenId={tokenId} settle={setHostSettled} />}
      </Step>
      <Step number={5} title="First workspace" state={stateOf(5)} said="From a repository of yours">
        <p>
          <strong>{client.attributes.name}</strong> is ready. Choose the repository to follow; its webhook is installed for you.
        </p>
        <div className="row wraps">
          <ButtonLink look="primary" to={`${path("/workspaces/new")}?token=${encodeURIComponent(tokenId)}`}>
            Choose a repository
          </ButtonLink>
          <ButtonLink to={path(`/providers/${client.id}`)}>Look at the provider</ButtonLink>
        </div>
      </Step>
    </ol>
  );
}

function Unregistered() {
  const { path } = useOrganization();
  const [, go] = useLocation();
  const kinds = useDocument("/api/v2/vcs-kinds");
  const [kind, setKind] = useState("");
  if (kinds.isPending) return <Waiting />;
  if (kinds.error) return <Problem error={kinds.error} again={() => void kinds.refetch()} />;
  const chosen = kinds.data.data.find((one) => one.attributes.name === kind);
  return (
    <ol className="rail">
      <Step number={1} title="Kind" state={kind ? "done" : "now"} said={chosen && <>{chosen.attributes["display-name"]} <Button small look="quiet" onClick={() => setKind("")}>Change</Button></>}>
        <KindStep kinds={kinds.data.data} choose={setKind} />
      </Step>
      <Step number={2} title="Connect" state={kind ? "now" : "later"} said="A token and an address, checked while you wait">
        <ConnectStep kind={kind} registered={(id) => go(path(`/providers/new/${id}`), { replace: true })} />
      </Step>
      <Step number={3} title="Key for clones" state="later" said="Minted here, or one you bring" />
      <Step number={4} title="Host key and test" state="later" said="So that nobody can stand in for the server" />
      <Step number={5} title="First workspace" state="later" said="From a repository of yours" />
    </ol>
  );
}

function Continued({ id }: { id: string }) {
  const client = useDocument("/api/v2/oauth-clients/{oauth_client_id}", { oauth_client_id: id });
  if (client.isPending) return <Waiting />;
  if (client.error) return <Problem error={client.error} again={() => void client.refetch()} />;
  return <Registered key={id} client={client.data.data} kindName={client.data.data.attributes["service-provider-display-name"] ?? ""} />;
}

export default function Onboarding() {
  const { id } = useParams<{ id?: string }>();
  const { path } = useOrganization();
  return (
    <Page title="Connect a provider" crumbs={[["Providers", path("/providers")]]}>
      {id ? <Continued id={id} /> : <Unregistered />}
    </Page>
  );
}

