import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { send } from "../../api/client";
import { useAction } from "../../api/hooks";
import type { ApiProblem } from "../../api/problem";
import { Button, Problem, Sheet, Waiting } from "../../components/basics";
import { Confirm } from "../../components/dialog";
import { Table } from "../../components/table";
import { Time } from "../../components/time";
import { useMethods } from "../../session/sign_in";
import { SignOnProblem } from "../../session/sign_on_problem";

interface Identity {
  id: string;
  attributes: { issuer?: string; subject?: string; email?: string; "created-at"?: string };
}

/** Persons of the sign-on provider that this user signs in as; nothing where there is no provider. */
export function Identities() {
  const key = ["account identities"];
  const queries = useQueryClient();
  const provider = useMethods().data?.oidc[0];
  const list = useQuery<Identity[], ApiProblem>({
    queryKey: key,
    queryFn: async () => ((await send("get", "/api/v2/account/identities")) as { data: Identity[] }).data,
    enabled: Boolean(provider),
  });
  const [leaving, setLeaving] = useState<Identity | null>(null);
  const link = useAction(async () => {
    const begun = (await send("post", "/api/v2/account/identities")) as { data: { attributes: { "authorization-url": string } } };
    location.assign(begun.data.attributes["authorization-url"]);
  });
  if (!provider) return null;
  return (
    <Sheet
      title="Single sign-on"
      actions={
        <Button small busy={link.isPending} onClick={() => link.mutate()}>
          Link {provider.name}
        </Button>
      }
      flush
    >
      <SignOnProblem />
      {list.isPending && <Waiting />}
      <Problem error={list.error ?? link.error} />
      {list.data?.length === 0 && <p className="muted body">Linked to nobody: you sign in with your password.</p>}
      {list.data && list.data.length > 0 && (
        <Table columns={["Person", "Provider", "Since"]} actions>
          {list.data.map((identity) => (
            <tr key={identity.id}>
              <td className="wrap">{identity.attributes.email || identity.attributes.subject}</td>
              <td className="wrap mono">{identity.attributes.issuer}</td>
              <td>
                <Time at={identity.attributes["created-at"]} />
              </td>
              <td className="end">
                <Button small look="quiet" onClick={() => setLeaving(identity)} aria-label={`Unlink ${identity.attributes.email || identity.attributes.subject}`}>
                  Unlink
                </Button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Confirm
        title="Unlink this person?"
        action="Unlink"
        open={leaving !== null}
        close={() => setLeaving(null)}
        act={async () => {
          await send("delete", `/api/v2/account/identities/${encodeURIComponent(leaving?.id ?? "")}`);
          await queries.invalidateQueries({ queryKey: key });
        }}
      >
        <p>{leaving?.attributes.email || leaving?.attributes.subject} signs you in no more.</p>
      </Confirm>
    </Sheet>
  );
}
