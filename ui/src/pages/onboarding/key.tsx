import { useState } from "react";
import { document as body, patch, post } from "../../api/client";
import { useAction } from "../../api/hooks";
import type { OAuthClient, Schema } from "../../api/types";
import { Button, Code, Note, Problem } from "../../components/basics";
import { TextArea } from "../../components/fields";
import { guideOf } from "./kinds";

const TOKEN = "/api/v2/oauth-tokens/{oauth_token_id}" as const;

interface Props {
  client: OAuthClient;
  token: Schema<"OAuthToken">;
  settle?: (how: "added" | "skipped") => void;
}

function PublicHalf({ text, client }: { text: string; client: OAuthClient }) {
  const page = guideOf(client.attributes["service-provider"]).keyPage(client.attributes["http-url"] ?? "");
  return (
    <div className="stack tight">
      <p>
        Add this public half to the account whose token you gave
        {page && (
          <>
            :{" "}
            <a href={page} target="_blank" rel="noreferrer noopener">
              its SSH keys page
            </a>
          </>
        )}
        . The private half stays here, encrypted, and is never shown.
      </p>
      <Code text={text} what="public key" wraps />
    </div>
  );
}

function Paste({ token, done }: { token: Props["token"]; done: () => void }) {
  const [key, setKey] = useState("");
  const save = useAction(() => patch(TOKEN, { oauth_token_id: token.id }, body("oauth-tokens", { "ssh-key": key })), [TOKEN]);
  const read = (file: File | undefined) => void file?.text().then(setKey);
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(undefined, { onSuccess: () => { setKey(""); done(); } });
      }}
    >
      <TextArea
        label="Private key"
        value={key}
        change={setKey}
        required
        rows={6}
        placeholder={"-----BEGIN OPENSSH PRIVATE KEY-----"}
        wrong={save.error?.fields["ssh-key"]}
        hint={
          <>
            Without a passphrase: remove one from a <em>copy</em> with <code>ssh-keygen -p -N "" -f copy_of_key</code>. Never a key that a person uses; one made for this server only.
          </>
        }
      />
      <div>
        <label className="button">
          Read it from a file
          <input type="file" className="sr" onChange={(event) => read(event.target.files?.[0])} />
        </label>
      </div>
      {save.error && !save.error.fields["ssh-key"] && <Problem error={save.error} />}
      <div>
        <Button type="submit" look="primary" busy={save.isPending}>
          Store the key
        </Button>
      </div>
    </form>
  );
}

/** Mint a key or bring one; used in onboarding and on a provider's own page. */
export function KeyStep({ client, token, settle }: Props) {
  const [mode, setMode] = useState<"" | "paste">("");
  const mint = useAction(() => post("/api/v2/oauth-tokens/{oauth_token_id}/actions/generate-ssh-key", { oauth_token_id: token.id }), [TOKEN]);
  const minted = mint.data?.data.attributes["public-key"];
  const has = token.attributes["has-ssh-key"];
  const rsa = client.attributes["service-provider"] === "ado_server";
  return (
    <div className="stack">
      {!minted && mode === "" && (
        <>
          <p className="muted">
            {has ? `There is a key: ${token.attributes["ssh-key-fingerprint"] ?? ""}. A new one replaces it.` : `The server makes ${rsa ? "an RSA key, the only kind Azure DevOps Server takes" : "a key"} and keeps its private half to itself.`}
          </p>
          <div className="row wraps">
            <Button look={has ? undefined : "primary"} busy={mint.isPending} onClick={() => mint.mutate()}>
              {has ? "Mint another key" : "Mint a key"}
            </Button>
            <Button onClick={() => setMode("paste")}>Bring a key</Button>
            {settle && has && (
              <Button look="primary" onClick={() => settle("added")}>
                Use the one that is there
              </Button>
            )}
            {settle && !has && (
              <Button look="quiet" onClick={() => settle("skipped")}>
                Clone with the token instead
              </Button>
            )}
          </div>
          <Problem error={mint.error} />
        </>
      )}
      {mode === "paste" && <Paste token={token} done={() => (settle ? settle("added") : setMode(""))} />}
      {minted && <PublicHalf text={minted} client={client} />}
      {minted && settle && (
        <div>
          <Button look="primary" onClick={() => settle("added")}>
            It is added; go on
          </Button>
        </div>
      )}
      {mode === "paste" && (
        <Note tone="warn" title="Whoever has this key reads every repository of its account.">
          Give it to an account that reads only what is to be run, and keep no other copy.
        </Note>
      )}
    </div>
  );
}
