import { useState } from "react";
import { Link } from "wouter";
import { remove } from "../../api/client";
import { useDocument } from "../../api/hooks";
import type { Schema } from "../../api/types";
import { Note } from "../../components/basics";
import { ConfirmDelete } from "../../components/confirm_delete";
import { Dependants } from "../../components/dependants";
import { CheckField } from "../../components/fields";
import { useOrganization } from "../../layout/organization";
import { Page } from "../../layout/page";

interface Props {
  connection: Schema<"ServiceConnection">;
  open: boolean;
  close: () => void;
  /** With what is still at the service and could not be removed there. */
  gone: (left: string[]) => void;
}

export function Delete({ connection, open, close, gone }: Props) {
  const id = { service_connection_id: connection.id };
  const [force, setForce] = useState(false);
  const uses = useDocument("/api/v2/service-connections/{service_connection_id}/uses", id, {}, { enabled: open });
  const names = uses.data?.data.map((use) => use.attributes.name ?? use.id) ?? [];
  const act = async () => {
    const answer = await remove("/api/v2/service-connections/{service_connection_id}", id, undefined, { force: force || undefined });
    gone(answer?.meta["left-at-the-service"] ?? []);
  };
  return (
    <ConfirmDelete name={open ? (connection.attributes.name ?? "") : null} what="the connection" typed close={close} act={act}>
      <p>Runs that ask for it fail from now on. Its secrets are erased.</p>
      <Dependants names={uses.data ? names : undefined} unknown={uses.isError} says={(count) => `Used by ${count}`} />
      {names.length > 0 && <CheckField label="Although it is used" value={force} change={setForce} />}
    </ConfirmDelete>
  );
}

/** Instead of a connection that is no more, where its service did not let go of everything. */
export function Leftovers({ left }: { left: string[] }) {
  const { path } = useOrganization();
  return (
    <Page title="The connection is deleted" crumbs={[["Service connections", path("/connections")]]}>
      <Note tone="warn" title="Not all that it had made at its service could be removed. Remove it there:">
        <ul>
          {left.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
      </Note>
      <p>
        <Link href={path("/connections")}>All service connections</Link>
      </p>
    </Page>
  );
}
