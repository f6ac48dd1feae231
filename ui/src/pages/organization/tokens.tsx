import { useState } from "react";
import { ApiProblem, post, remove } from "../../api/client";
import { useAction, useDocument } from "../../api/hooks";
import { Button, Empty, Facts, Problem, Sheet, Waiting } from "../../components/basics";
import { Confirm, Window } from "../../components/dialog";
import { SelectField } from "../../components/fields";
import { Time } from "../../components/time";
import { FreshToken, TokenList } from "../../components/tokens";
import { useOrganization } from "../../layout/organization";
import { Page } from "../../layout/page";
import { useSession } from "../../session/session";

const OF_ORGANIZATION = "/api/v2/organizations/{organization}/authentication-token" as const;

function OrganizationToken() {
  const { name: organization } = useOrganization();
  const found = useDocument(OF_ORGANIZATION, { organization });
  const make = useAction(() => post(OF_ORGANIZATION, { organization }), [OF_ORGANIZATION]);
  const [asking, setAsking] = useState<"" | "make" | "revoke">("");
  const [fresh, setFresh] = useState("");
  const none = found.error instanceof ApiProblem && found.error.status === 404;
  const token = none ? undefined : found.data?.data;
  return (
    <Sheet
      title="Token of the organization"
      actions={
        <>
          <Button small onClick={() => setAsking("make")}>
            {token ? "Replace" : "Make one"}
          </Button>
          {token && (
            <Button small look="danger" onClick={() => setAsking("revoke")}>
              Revoke
            </Button>
          )}
        </>
      }
    >
      {found.isPending && <Waiting />}
      {!none && <Problem error={found.error} />}
      {none && <p className="muted">There is none. It manages the organization, and cannot start or apply runs.</p>}
      {token && <Facts rows={[["Made", <Time at={token.attributes["created-at"]} />], ["Last used", <Time at={token.attributes["last-used-at"]} />]]} />}
      <Confirm title={token ? "Replace the organization's token?" : "Make a token for the organization?"} action={token ? "Replace" : "Make"} danger={Boolean(token)} open={asking === "make"} close={() => setAsking("")} act={async () => setFresh((await make.mutateAsync()).data.attributes.token ?? "")}>
        <p>{token ? "The one that is there stops working at once." : "There is one at a time."}</p>
      </Confirm>
      <Confirm title="Revoke the organization's token?" action="Revoke" name={organization} open={asking === "revoke"} close={() => setAsking("")} act={async () => {
        await remove(OF_ORGANIZATION, { organization });
        await found.refetch();
      }}>
        <p>What uses it is refused from now on.</p>
      </Confirm>
      <Window title="The organization's token" open={fresh !== ""} close={() => setFresh("")}>
        <FreshToken token={fresh} done={() => setFresh("")} />
      </Window>
    </Sheet>
  );
}

function TeamTokens() {
  const { name: organization } = useOrganization();
  const teams = useDocument("/api/v2/organizations/{organization}/teams", { organization }, { "page[size]": 100 });
  const [chosen, setChosen] = useState("");
  const rows = teams.data?.data ?? [];
  const team = chosen || rows[0]?.id || "";
  if (teams.isPending) return <Waiting />;
  if (teams.error) return <Problem error={teams.error} />;
  if (rows.length === 0) return <Empty title="No team yet" />;
  return (
    <div className="stack">
      <div className="form">
        <SelectField label="Team" value={team} change={setChosen} options={rows.map((one): [string, string] => [one.id, one.attributes.name ?? one.id])} />
      </div>
      <TokenList key={team} title="Tokens of the team" path="/api/v2/teams/{team_id}/authentication-tokens" params={{ team_id: team }} />
    </div>
  );
}

export default function Tokens() {
  const session = useSession();
  return (
    <Page title="Tokens">
      <TokenList title="Your tokens" path="/api/v2/users/{user_id}/authentication-tokens" params={{ user_id: session.userId }} />
      <TeamTokens />
      <OrganizationToken />
    </Page>
  );
}
