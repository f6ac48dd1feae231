import { useDocument } from "../../api/hooks";
import { useOrganization } from "../../layout/organization";
import { Page } from "../../layout/page";
import { RunTable } from "./table";

export default function Runs() {
  const { name } = useOrganization();
  const capacity = useDocument("/api/v2/organizations/{organization}/capacity", { organization: name }, {}, { refresh: 5_000 });
  const { running, pending } = capacity.data?.data.attributes ?? {};
  return (
    <Page title="Runs" aside={capacity.data && <span className="muted">{running} at work, {pending} waiting</span>}>
      <RunTable path="/api/v2/organizations/{organization}/runs" params={{ organization: name }} />
    </Page>
  );
}
