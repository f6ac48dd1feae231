import { useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import { send } from "../../api/client";
import { useAction, useDocument } from "../../api/hooks";
import { type Decision, type Delivery, relatedId } from "../../api/types";
import { Button, CopyButton, Empty, Facts, Note, Problem, Sheet, Waiting } from "../../components/basics";
import { Window } from "../../components/dialog";
import { CheckField, SelectField } from "../../components/fields";
import { Table } from "../../components/table";
import { Time } from "../../components/time";
import { colouredJson, pretty } from "../../format/json";
import { lineDiff } from "../../format/line_diff";
import { useOrganization } from "../../layout/organization";
import { Page } from "../../layout/page";
import { DecisionRows } from "./decisions";
import { DeliveryState } from "./list";

const DELIVERY = "/api/v2/deliveries/{delivery_id}" as const;
const LARGEST_COLOURED = 200_000;

function Replay({ delivery }: { delivery: Delivery }) {
  const { path } = useOrganization();
  const [, go] = useLocation();
  const [asking, setAsking] = useState(false);
  const [force, setForce] = useState(false);
  const replay = useAction(
    () => send("post", `/api/v2/deliveries/${encodeURIComponent(delivery.id)}/actions/replay`, { body: { data: { type: "deliveries", attributes: { force } } } }) as Promise<{ data?: { id?: string } } | undefined>,
    [DELIVERY, "/api/v2/organizations/{organization}/deliveries"],
  );
  return (
    <>
      <Button onClick={() => setAsking(true)}>Replay</Button>
      <Window title="Replay this delivery?" open={asking} close={() => setAsking(false)}>
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            replay.mutate(undefined, {
              onSuccess: (answer) => {
                setAsking(false);
                if (answer?.data?.id) go(path(`/deliveries/${answer.data.id}`));
              },
            });
          }}
        >
          <p>It is worked through again with today's settings. A commit that has its run does not get a second one.</p>
          <CheckField label="Make runs even where there are some already" value={force} change={setForce} />
          <Problem error={replay.error} />
          <footer>
            <Button onClick={() => setAsking(false)}>Not now</Button>
            <Button type="submit" look="primary" busy={replay.isPending}>
              Replay
            </Button>
          </footer>
        </form>
      </Window>
    </>
  );
}

function Headers({ delivery }: { delivery: Delivery }) {
  const headers = delivery.attributes.headers ?? [];
  if (headers.length === 0) return <Empty title="No header was kept" />;
  return (
    <Table columns={["Name", "Value"]}>
      {headers.map((header, index) => (
        <tr key={index}>
          <td className="mono">{header.name}</td>
          <td className="mono wrap">{header.value}</td>
        </tr>
      ))}
    </Table>
  );
}

function Body({ text, truncated }: { text: string; truncated: boolean }) {
  const formatted = pretty(text);
  return (
    <div className="stack tight">
      {truncated && <Note tone="warn">Only its beginning is shown.</Note>}
      <div className="code">
        <pre tabIndex={0} role="region" aria-label="Text of the body">
          {formatted.length > LARGEST_COLOURED ? formatted : colouredJson(formatted)}
        </pre>
        <CopyButton text={text} what="body" />
      </div>
    </div>
  );
}

function Comparison({ delivery }: { delivery: Delivery }) {
  const { name } = useOrganization();
  const [other, setOther] = useState("");
  const list = useDocument("/api/v2/organizations/{organization}/deliveries", { organization: name }, { "page[size]": 50, "filter[repository]": delivery.attributes.repository ?? "" });
  const chosen = useDocument(DELIVERY, { delivery_id: other }, {}, { enabled: other !== "" });
  const options = (list.data?.data ?? []).filter((one) => one.id !== delivery.id);
  if (list.data && options.length === 0) return <p className="muted">There is no other delivery of this repository.</p>;
  const lines = chosen.data ? lineDiff(pretty(chosen.data.data.attributes.body ?? ""), pretty(delivery.attributes.body ?? "")) : [];
  return (
    <div className="stack">
      <SelectField
        label="Compare with"
        value={other}
        change={setOther}
        options={[["", "Choose another delivery"], ...options.map((one): [string, string] => [one.id, `${one.attributes["event-name"]} · ${one.attributes["received-at"]}`])]}
      />
      {other && chosen.isPending && <Waiting />}
      <Problem error={chosen.error} />
      {lines.length > 0 && (
        <div className="diff" tabIndex={0} role="region" aria-label="The other delivery on the left, this one on the right">
          {lines.map((line, index) => (
            <DiffLine key={index} left={line.left} right={line.right} />
          ))}
        </div>
      )}
    </div>
  );
}

function DiffLine({ left, right }: { left: string | null; right: string | null }) {
  return (
    <>
      <span className={right === null ? "gone" : undefined}>{left ?? ""}</span>
      <span className={left === null ? "new" : undefined}>{right ?? ""}</span>
    </>
  );
}

export default function DeliveryPage() {
  const { path } = useOrganization();
  const { id } = useParams<{ id: string }>();
  const found = useDocument(DELIVERY, { delivery_id: id }, {}, { refresh: 3_000 });
  const crumbs: [string, string][] = [["Deliveries", path("/deliveries")]];
  if (found.isPending) return <Waiting />;
  if (found.error) {
    return (
      <Page title="Delivery" crumbs={crumbs}>
        <Problem error={found.error} again={() => void found.refetch()} />
      </Page>
    );
  }
  const delivery = found.data.data;
  const { attributes } = delivery;
  const decisions = (found.data.included ?? []).filter((one) => one.type === "trigger-decisions") as unknown as Decision[];
  const client = relatedId(delivery.relationships?.["oauth-client"]);
  return (
    <Page title={attributes["event-name"] || "Delivery"} crumbs={crumbs} aside={<DeliveryState state={attributes.state} />} actions={<Replay delivery={delivery} />}>
      {attributes.reason && <Note tone={attributes.state === "failed" ? "bad" : attributes.state === "parked" ? "warn" : ""}>{attributes.reason}</Note>}
      <Sheet title="What was decided, and why" flush>
        {decisions.length > 0 ? <DecisionRows decisions={decisions} withWorkspace /> : <Empty title="No workspace was looked at">{attributes.state === "received" ? "It is not worked through yet." : "None follows this repository, or the event is not one that makes runs."}</Empty>}
      </Sheet>
      <Sheet title="Facts">
        <Facts
          rows={[
            ["Repository", <span className="mono">{attributes.repository}</span>],
            ["Provider", client ? <Link href={path(`/providers/${client}`)}>{attributes["service-provider"]}</Link> : attributes["service-provider"]],
            ["Verified", attributes.verification],
            ["Received", <Time at={attributes["received-at"]} exact />],
            ["Finished", attributes["finished-at"] && <Time at={attributes["finished-at"]} exact />],
            ["Attempts", attributes.attempts],
            ["From", <span className="mono">{attributes["sender-address"]}</span>],
            ["Its id there", <span className="mono">{attributes["delivery-id"]}</span>],
            ["Size", `${attributes["body-size"] ?? 0} bytes`],
            ["SHA-256", <span className="mono">{attributes["body-sha256"]}</span>],
          ]}
        />
      </Sheet>
      <Sheet title="Headers" flush>
        <Headers delivery={delivery} />
      </Sheet>
      <Sheet title="Body">{attributes.body ? <Body text={attributes.body} truncated={attributes["body-truncated"] ?? false} /> : <p className="muted">{attributes["body-base64"] ? "It is not text." : "It is empty, or was removed because of its age."}</p>}</Sheet>
      <Sheet title="Comparison">
        <Comparison delivery={delivery} />
      </Sheet>
    </Page>
  );
}
