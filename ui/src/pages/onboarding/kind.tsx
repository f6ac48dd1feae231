import type { VcsKind } from "../../api/types";
import { guideOf } from "./kinds";

export function KindStep({ kinds, choose }: { kinds: VcsKind[]; choose: (name: string) => void }) {
  return (
    <div className="cards">
      {kinds.map((kind) => (
        <button type="button" className="card" key={kind.id} onClick={() => choose(kind.attributes.name ?? "")}>
          <strong>{kind.attributes["display-name"]}</strong>
          <span className="muted small wrap">{guideOf(kind.attributes.name).example.replace("https://", "")}</span>
        </button>
      ))}
    </div>
  );
}
