import { useDocument } from "../../api/hooks";
import { TextField } from "../../components/fields";
import { useSettled } from "../../components/use_settled";

/** A branch, proposed from the repository's own; empty follows the default branch, whatever it is called. */
export function BranchField({ token, identifier, value, change, standard, wrong }: { token: string; identifier: string; value: string; change: (value: string) => void; standard: string; wrong?: string }) {
  const search = useSettled(value);
  const branches = useDocument(
    "/api/v2/oauth-tokens/{oauth_token_id}/branches",
    { oauth_token_id: token },
    { identifier, q: search, "page[size]": 50 },
    { enabled: token !== "" && identifier !== "", keep: true },
  );
  const names = (branches.data?.data ?? []).map((branch) => branch.attributes.name ?? "");
  const unknown = value !== "" && value === search && branches.isSuccess && !branches.isPlaceholderData && !names.includes(value);
  return (
    <>
      <TextField
        label="Branch"
        value={value}
        change={change}
        placeholder={standard ? `${standard} (default)` : "the default branch"}
        list="branches"
        wrong={wrong}
        hint={unknown ? "The repository has no such branch yet." : undefined}
        mono
      />
      <datalist id="branches">
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </>
  );
}
