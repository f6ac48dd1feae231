import { type FormEvent, useState } from "react";
import { document as body, post, remove } from "../api/client";
import { useAction, useDocument } from "../api/hooks";
import { Button, Code, Empty, Note, Problem, Sheet, Waiting } from "./basics";
import { ConfirmDelete } from "./confirm_delete";
import { Window } from "./dialog";
import { SelectField, TextField } from "./fields";
import { Time } from "./time";
import { Table } from "./table";

type ListPath = "/api/v2/users/{user_id}/authentication-tokens" | "/api/v2/teams/{team_id}/authentication-tokens";
const DAYS: [string, string][] = [["30", "in 30 days"], ["90", "in 90 days"], ["365", "in a year"], ["", "never"]];

/** A new token is shown this once. */
export function FreshToken({ token, done }: { token: string; done: () => void }) {
  return (
    <div className="stack">
      <Note tone="warn" title="It is shown only now.">
        Keep it in a safe place; the server has only its hash.
      </Note>
      <Code text={token} what="token" wraps />
      <footer>
        <Button look="primary" onClick={done}>
          I have it
        </Button>
      </footer>
    </div>
  );
}

export function TokenForm({ path, params, close }: { path: ListPath; params: Record<string, string>; close: () => void }) {
  const [description, setDescription] = useState("");
  const [days, setDays] = useState("90");
  const make = useAction(() => {
    const expires = days ? { "expired-at": new Date(Date.now() + Number(days) * 86_400_000).toISOString() } : {};
    return post(path, params, body("authentication-tokens", { description, ...expires }));
  }, [path]);
  const token = make.data?.data.attributes.token;
  if (token) return <FreshToken token={token} done={close} />;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <form className="stack" onSubmit={submit}>
      <TextField label="What it is for" value={description} change={setDescription} required wrong={make.error?.fields.description} autoFocus />
      <SelectField label="Expires" value={days} change={setDays} options={DAYS} />
      <Problem error={make.error} />
      <footer>
        <Button onClick={close}>Not now</Button>
        <Button type="submit" look="primary" busy={make.isPending}>
          Make the token
        </Button>
      </footer>
    </form>
  );
}

export function TokenList({ title, path, params }: { title: string; path: ListPath; params: Record<string, string> }) {
  const list = useDocument(path, params, { "page[size]": 100 });
  const [making, setMaking] = useState(false);
  const [dropping, setDropping] = useState<{ id: string; description: string } | null>(null);
  const drop = useAction((id: string) => remove("/api/v2/authentication-tokens/{authentication_token_id}", { authentication_token_id: id }), [path]);
  const rows = list.data?.data ?? [];
  return (
    <Sheet title={title} actions={<Button small onClick={() => setMaking(true)}>New token</Button>} flush>
      {list.isPending && <Waiting />}
      <Problem error={list.error} again={() => void list.refetch()} />
      {list.data && rows.length === 0 && <Empty title="No token yet">For the command line, Terraform and scripts.</Empty>}
      {rows.length > 0 && (
        <Table columns={["What for", "Made", "Last used", "Expires"]} actions>
          {rows.map(({ id, attributes }) => (
            <tr key={id}>
              <td className="wrap">{attributes.description || <span className="muted">not said</span>}</td>
              <td>
                <Time at={attributes["created-at"]} />
              </td>
              <td>
                <Time at={attributes["last-used-at"]} />
              </td>
              <td>
                <Time at={attributes["expired-at"]} />
              </td>
              <td className="end">
                <Button small look="quiet" onClick={() => setDropping({ id, description: attributes.description ?? id })} aria-label={`Revoke ${attributes.description || id}`}>
                  Revoke
                </Button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Window title="New token" open={making} close={() => setMaking(false)}>
        {making && <TokenForm path={path} params={params} close={() => setMaking(false)} />}
      </Window>
      <ConfirmDelete name={dropping && dropping.description} verb="Revoke" close={() => setDropping(null)} act={() => drop.mutateAsync(dropping?.id ?? "")}>
        <p>What uses it is refused from now on.</p>
      </ConfirmDelete>
    </Sheet>
  );
}
