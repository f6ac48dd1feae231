import { Note } from "./basics";

const SHOWN = 12;

/** What would suffer if something were deleted: said before, not found out after. */
export function Dependants({ names, count = names?.length ?? 0, says, unknown }: { names: string[] | undefined; count?: number; says: (count: number) => string; unknown?: boolean }) {
  if (unknown) return <Note tone="warn" title="What uses it could not be found out" />;
  if (names === undefined) return <p className="muted">Looking what uses it…</p>;
  if (count === 0) return <p className="muted">Nothing uses it.</p>;
  return (
    <Note tone="warn" title={says(count)}>
      <span className="mono">
        {names.slice(0, SHOWN).join(", ")}
        {count > SHOWN && ` and ${count - SHOWN} more`}
      </span>
    </Note>
  );
}
