import { Link } from "wouter";
import { useDocument } from "../../api/hooks";
import { TextArea } from "../../components/fields";
import { useOrganization } from "../../layout/organization";

export const BINDINGS = "/api/v2/workspaces/{workspace_id}/tag-bindings" as const;
/** Its own and its project's. */
export const EFFECTIVE = "/api/v2/workspaces/{workspace_id}/effective-tag-bindings" as const;

interface Tag {
  key?: string;
  value?: string;
}

/** As people write them: "web", "env=prod". */
const asText = ({ key = "", value = "" }: Tag) => (value ? `${key}=${value}` : key);

export function tagBindings(text: string) {
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  return lines.map((line) => {
    const [key = "", ...value] = line.split("=");
    return { type: "tag-bindings", attributes: { key: key.trim(), value: value.join("=").trim() } };
  });
}

/** What a list of workspaces is asked for: a name, "key=value", or "key=" with any value. */
export function tagQuery(text: string): Record<string, string> {
  const [key = "", ...value] = text.trim().split("=");
  return value.length === 0 ? { "search[tags]": key } : { "filter[tagged][0][key]": key, "filter[tagged][0][value]": value.join("=") };
}

/** `text` is null until somebody types: then nothing of them is sent either. */
export function TagsField({ workspaceId, text, change, wrong }: { workspaceId: string; text: string | null; change: (text: string) => void; wrong: string | undefined }) {
  const stored = useDocument(BINDINGS, { workspace_id: workspaceId });
  const shown = text ?? (stored.data?.data ?? []).map(({ attributes }) => asText(attributes ?? {})).join("\n");
  return <TextArea label="Tags" value={shown} change={change} disabled={stored.isPending} rows={3} wrong={wrong} hint="One a line: a name, or key=value. Its project's tags come with them." />;
}

/** Each leads to the workspaces that have it too. */
export function Tags({ workspaceId }: { workspaceId: string }) {
  const { path } = useOrganization();
  const tags = useDocument(EFFECTIVE, { workspace_id: workspaceId });
  const texts = (tags.data?.data ?? []).map(({ attributes }) => asText(attributes ?? {}));
  if (texts.length === 0) return <span className="muted">none</span>;
  return (
    <span className="row wraps tight">
      {texts.map((text) => (
        <Link key={text} className="badge plain" href={`${path("/workspaces")}?tag=${encodeURIComponent(text)}`}>
          {text}
        </Link>
      ))}
    </span>
  );
}
