import { Link } from "wouter";
import { useDocument } from "../../api/hooks";
import type { OAuthClient } from "../../api/types";
import { Badge, ButtonLink, Empty, Problem, Sheet, Waiting } from "../../components/basics";
import { Table } from "../../components/table";
import { Time } from "../../components/time";
import { useOrganization } from "../../layout/organization";
import { Page } from "../../layout/page";

const TONES = new Map<string, ["good" | "warn" | "bad" | "plain", string]>([
  ["healthy", ["good", "Healthy"]],
  ["warning", ["warn", "Works, with a warning"]],
  ["failing", ["bad", "Failing"]],
  ["unhealthy", ["bad", "Failing"]],
  ["error", ["bad", "Failing"]],
]);

export function Health({ client }: { client: OAuthClient }) {
  const health = client.attributes.health ?? "";
  const [tone, word] = TONES.get(health) ?? ["plain" as const, health.replaceAll("-", " ") || "Not checked"];
  return <Badge tone={tone}>{word}</Badge>;
}

export default function Providers() {
  const { name, path } = useOrganization();
  const list = useDocument("/api/v2/organizations/{organization}/oauth-clients", { organization: name }, { "page[size]": 100 }, { refresh: 10_000 });
  const rows = list.data?.data ?? [];
  const add = (
    <ButtonLink look="primary" to={path("/providers/new")}>
      Connect a provider
    </ButtonLink>
  );
  return (
    <Page title="Providers" actions={rows.length > 0 && add}>
      <Sheet flush>
        {list.isPending && <Waiting />}
        <Problem error={list.error} again={() => void list.refetch()} />
        {list.data && rows.length === 0 && (
          <Empty title="No provider yet" action={add}>
            Azure DevOps Server, GitHub, Bitbucket: give it a token and an address, and its repositories can be followed.
          </Empty>
        )}
        {rows.length > 0 && (
          <Table columns={["Name", "Kind", "Health", "Last checked", "Token expires"]}>
            {rows.map((client) => (
              <tr key={client.id}>
                <td>
                  <Link href={path(`/providers/${client.id}`)}>{client.attributes.name}</Link>
                  <div className="muted small mono wrap">{client.attributes["http-url"]}</div>
                </td>
                <td>{client.attributes["service-provider-display-name"]}</td>
                <td>
                  <Health client={client} />
                  {client.attributes["last-error"] && <div className="small wrap">{client.attributes["last-error"]}</div>}
                </td>
                <td>
                  <Time at={client.attributes["verified-at"]} />
                </td>
                <td>{client.attributes["token-expires-at"] ? <Time at={client.attributes["token-expires-at"]} /> : <span className="muted">not told</span>}</td>
              </tr>
            ))}
          </Table>
        )}
      </Sheet>
    </Page>
  );
}
