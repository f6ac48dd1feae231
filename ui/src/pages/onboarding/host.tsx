import { useEffect, useState } from "react";
import { document as body, post } from "../../api/client";
import { useAction, useDocument } from "../../api/hooks";
import type { HostKey, OAuthClient } from "../../api/types";
import { Badge, Button, CopyButton, Note, Problem, Waiting } from "../../components/basics";
import { Checks } from "../../components/checks";
import { TextField } from "../../components/fields";
import { Table } from "../../components/table";
import { useOrganization } from "../../layout/organization";
import { guideOf } from "./kinds";

const LIST = "/api/v2/organizations/{organization}/ssh-host-keys" as const;

export function HostKeyRows({ keys }: { keys: HostKey[] }) {
  return (
    <Table columns={["Host", "Algorithm", "Fingerprint", "State"]}>
      {keys.map(({ id, attributes }) => (
        <tr key={id}>
          <td className="mono">
            {attributes.host}:{attributes.port}
          </td>
          <td className="mono">{attributes.algorithm}</td>
          <td className="mono wrap">
            {attributes.fingerprint} <CopyButton text={attributes.fingerprint ?? ""} what="fingerprint" />
          </td>
          <td>
            <Badge tone={attributes.state === "confirmed" ? "good" : attributes.state === "changed" ? "bad" : "warn"}>{attributes.state}</Badge>
          </td>
        </tr>
      ))}
    </Table>
  );
}

/** The repository to try the key with: the first the token sees, unless one is named. */
function useFirstRepository(tokenId: string) {
  const list = useDocument("/api/v2/oauth-tokens/{oauth_token_id}/authorized-repos", { oauth_token_id: tokenId }, { "page[size]": 1 });
  return { pending: list.isPending, error: list.error, repository: list.data?.data[0] };
}

function Test({ tokenId, proposal, example, settle }: { tokenId: string; proposal: string; example: string; settle?: (how: "tested" | "skipped") => void }) {
  const [repository, setRepository] = useState(proposal);
  const test = useAction(() =>
    post("/api/v2/oauth-tokens/{oauth_token_id}/actions/test-ssh-key", { oauth_token_id: tokenId }, body("ssh-key-tests", { repository })),
  );
  const outcome = test.data?.data.attributes;
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        test.mutate();
      }}
    >
      <TextField label="Repository to try it with" value={repository} change={setRepository} placeholder={example} required mono wrong={test.error?.fields.repository} />
      <Problem error={test.error} />
      {outcome && <Checks checks={outcome.checks ?? []} running={test.isPending} />}
      <div className="row wraps">
        <Button type="submit" look={outcome?.passed ? undefined : "primary"} busy={test.isPending}>
          {outcome ? "Test again" : "Test the key"}
        </Button>
        {settle && outcome?.passed && (
          <Button look="primary" onClick={() => settle("tested")}>
            Go on
          </Button>
        )}
        {settle && !outcome?.passed && (
          <Button look="quiet" onClick={() => settle("skipped")}>
            Later
          </Button>
        )}
      </div>
    </form>
  );
}

/** The host's keys are looked at, compared by a person and pinned; then the key is tried against a repository. */
export function HostStep({ client, tokenId, settle }: { client: OAuthClient; tokenId: string; settle?: (how: "tested" | "skipped") => void }) {
  const { name: organization } = useOrganization();
  const { pending, error, repository } = useFirstRepository(tokenId);
  const guide = guideOf(client.attributes["service-provider"]);
  const sshUrl = repository?.attributes["ssh-clone-url"] ?? "";
  const [typed, setTyped] = useState("");
  const scan = useAction((url: string) => post("/api/v2/organizations/{organization}/ssh-host-keys/actions/scan", { organization }, body("ssh-host-keys", { url })), [LIST]);
  const confirm = useAction(
    async (keys: HostKey[]) => {
      for (const key of keys) await post("/api/v2/ssh-host-keys/{ssh_host_key_id}/actions/confirm", { ssh_host_key_id: key.id });
    },
    [LIST],
  );
  const { mutate } = scan;
  useEffect(() => {
    if (sshUrl) mutate(sshUrl);
  }, [sshUrl, mutate]);
  if (pending) return <Waiting what="Looking for a repository to test with" />;
  const found = scan.data?.data ?? [];
  const open = found.filter((key) => key.attributes.state !== "confirmed");
  const pinned = found.length > 0 && (open.length === 0 || confirm.isSuccess);
  return (
    <div className="stack">
      <Problem error={error} />
      {!sshUrl && (
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault();
            scan.mutate(typed);
          }}
        >
          <TextField label="SSH clone URL of a repository" value={typed} change={setTyped} required mono hint="No repository is visible yet that would tell it." />
          <div>
            <Button type="submit">Look at the host's keys</Button>
          </div>
        </form>
      )}
      {scan.isPending && <Waiting what="Asking the host for its keys" />}
      <Problem error={scan.error} again={() => scan.mutate(sshUrl || typed)} />
      {found.length > 0 && (
        <>
          {!pinned && <p>The host showed these keys. Compare the fingerprints with what its operator publishes; from then on only these are accepted.</p>}
          {open.some((key) => key.attributes.state === "changed") && (
            <Note tone="bad" title="The host's key is not the one that was pinned.">
              Somebody may stand between this server and the host. Confirm the new key only if its operator says that it was changed.
            </Note>
          )}
          <HostKeyRows keys={found.map((key) => (pinned ? { ...key, attributes: { ...key.attributes, state: "confirmed" } } : key))} />
          {!pinned && (
            <div className="row wraps">
              <Button look="primary" busy={confirm.isPending} onClick={() => confirm.mutate(open)}>
                They match: pin {open.length === 1 ? "it" : "them"}
              </Button>
              {settle && (
                <Button look="quiet" onClick={() => settle("skipped")}>
                  Later
                </Button>
              )}
            </div>
          )}
          <Problem error={confirm.error} />
        </>
      )}
      {pinned && <Test tokenId={tokenId} proposal={repository?.attributes.name ?? ""} example={guide.repositoryExample} settle={settle} />}
    </div>
  );
}
