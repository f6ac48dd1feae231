import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { document as body, patch, post, remove } from "../../api/client";
import { useAction } from "../../api/hooks";
import type { Workspace } from "../../api/types";
import { Button, Note, Problem, Sheet } from "../../components/basics";
import { ConfirmDelete } from "../../components/confirm_delete";
import { Confirm } from "../../components/dialog";
import { CheckField, TextArea, TextField } from "../../components/fields";
import { useOrganization } from "../../layout/organization";
import { BranchField } from "./branch_field";
import { BINDINGS, EFFECTIVE, TagsField, tagBindings } from "./tags";
import { TriggerPreview } from "./preview";
import { TriggerFields, triggerAttributes, triggersOf } from "./triggers";

const WORKSPACE = "/api/v2/organizations/{organization}/workspaces/{workspace_name}" as const;
const wordsOf = (text: string) => text.split("\n").map((word) => word.trim()).filter(Boolean);

function useForm(workspace: Workspace) {
  const { attributes } = workspace;
  return useState({
    name: attributes.name ?? "",
    description: attributes.description ?? "",
    branch: attributes["vcs-repo"]?.branch ?? "",
    directory: attributes["working-directory"] ?? "",
    autoApply: attributes["auto-apply"] ?? false,
    speculative: attributes["speculative-enabled"] ?? false,
    network: attributes["network-access"] ?? false,
    timeout: String(attributes["run-timeout"] ?? ""),
    memory: String(attributes["memory-limit-mb"] ?? ""),
    output: String(attributes["output-limit-mb"] ?? ""),
    plan: (attributes["plan-command"] ?? []).join("\n"),
    apply: (attributes["apply-command"] ?? []).join("\n"),
    triggers: triggersOf(attributes),
    tags: null as string | null,
  });
}

type Form = ReturnType<typeof useForm>[0];

function attributesOf(form: Form, workspace: Workspace) {
  const vcs = workspace.attributes["vcs-repo"];
  return {
    name: form.name,
    description: form.description,
    "working-directory": form.directory.trim(),
    "auto-apply": form.autoApply,
    "speculative-enabled": form.speculative,
    "network-access": form.network,
    ...(form.timeout ? { "run-timeout": Number(form.timeout) } : {}),
    ...(form.memory ? { "memory-limit-mb": Number(form.memory) } : {}),
    ...(form.output ? { "output-limit-mb": Number(form.output) } : {}),
    "plan-command": wordsOf(form.plan),
    "apply-command": wordsOf(form.apply),
    ...triggerAttributes(form.triggers),
    ...(vcs
      ? {
          "vcs-repo": {
            identifier: vcs.identifier,
            "oauth-token-id": vcs["oauth-token-id"],
            branch: form.branch,
            "tags-regex": form.triggers.mode === "tags" ? form.triggers.tagsRegex : "",
          },
        }
      : {}),
  };
}

const relationshipsOf = ({ tags }: Form) => (tags === null ? undefined : { "tag-bindings": { data: tagBindings(tags) } });

function Danger({ workspace }: { workspace: Workspace }) {
  const { path } = useOrganization();
  const [asking, setAsking] = useState<"" | "delete" | "unlock">("");
  const id = { workspace_id: workspace.id };
  const name = workspace.attributes.name ?? "";
  const may = workspace.attributes.permissions as Record<string, boolean> | undefined;
  return (
    <Sheet title="What cannot be undone">
      <div className="row wraps">
        {workspace.attributes.locked && may?.["can-force-unlock"] && <Button onClick={() => setAsking("unlock")}>Break the lock</Button>}
        <Button look="danger" onClick={() => setAsking("delete")}>
          Delete the workspace
        </Button>
      </div>
      <ConfirmDelete name={asking === "delete" ? name : null} typed close={() => setAsking("")} act={() => remove("/api/v2/workspaces/{workspace_id}", id)} then={path("/workspaces")}>
        <p>Its runs, logs, variables and state go with it. What it built stays where it is.</p>
      </ConfirmDelete>
      <Confirm title={`Break the lock of ${name}?`} action="Break the lock" name={name} open={asking === "unlock"} close={() => setAsking("")} act={() => post("/api/v2/workspaces/{workspace_id}/actions/force-unlock", id)}>
        <p>Somebody else locked it, perhaps for a reason: {workspace.attributes["locked-reason"] || "none was given"}.</p>
      </Confirm>
    </Sheet>
  );
}

export function WorkspaceSettings({ workspace }: { workspace: Workspace }) {
  const { path } = useOrganization();
  const [, go] = useLocation();
  const [form, setForm] = useForm(workspace);
  const change = <K extends keyof Form>(field: K) => (value: Form[K]) => setForm((now) => ({ ...now, [field]: value }));
  const save = useAction(() => patch("/api/v2/workspaces/{workspace_id}", { workspace_id: workspace.id }, body("workspaces", attributesOf(form, workspace), relationshipsOf(form))), [WORKSPACE, BINDINGS, EFFECTIVE]);
  const wrong = save.error?.fields ?? {};
  const vcs = workspace.attributes["vcs-repo"];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined, { onSuccess: ({ data }) => data.attributes.name !== workspace.attributes.name && go(path(`/workspaces/${encodeURIComponent(data.attributes.name ?? "")}/settings`)) });
  };
  return (
    <div className="stack loose">
      <form className="form" onSubmit={submit}>
        <TextField label="Name" value={form.name} change={change("name")} wrong={wrong.name} required />
        <TextField label="Description" value={form.description} change={change("description")} wrong={wrong.description} />
        <TagsField workspaceId={workspace.id} text={form.tags} change={change("tags")} wrong={wrong["tag-bindings"]} />
        <div className="pair">
          {vcs && <BranchField token={vcs["oauth-token-id"] ?? ""} identifier={vcs.identifier ?? ""} value={form.branch} change={change("branch")} standard="" wrong={wrong.branch} />}
          <TextField label="Working directory" value={form.directory} change={change("directory")} placeholder="the repository's root" wrong={wrong["working-directory"]} mono />
        </div>
        {vcs && <TriggerFields value={form.triggers} change={change("triggers")} directory={form.directory} wrong={wrong} />}
        {vcs && <TriggerPreview workspace={workspace.id} token={vcs["oauth-token-id"] ?? ""} identifier={vcs.identifier ?? ""} branch={form.branch} directory={form.directory} triggers={form.triggers} />}
        <fieldset className="stack tight">
          <legend className="legend">Runs</legend>
          <CheckField label="Apply without asking when a plan succeeds" value={form.autoApply} change={change("autoApply")} />
          <CheckField label="Plan pull requests" value={form.speculative} change={change("speculative")} hint="Such runs never apply." />
          <CheckField label="Let runs reach the network" value={form.network} change={change("network")} hint="A plan is somebody else's code. Without it nothing outside can be reached." />
        </fieldset>
        <details>
          <summary>Limits and programs</summary>
          <div className="stack inset">
            <div className="pair">
              <TextField label="Time limit, seconds" value={form.timeout} change={change("timeout")} inputMode="numeric" wrong={wrong["run-timeout"]} />
              <TextField label="Memory limit, MB" value={form.memory} change={change("memory")} inputMode="numeric" wrong={wrong["memory-limit-mb"]} />
            </div>
            <TextField label="Output limit, MB" value={form.output} change={change("output")} inputMode="numeric" wrong={wrong["output-limit-mb"]} />
            <TextArea label="Plan command" value={form.plan} change={change("plan")} hint="The program and its arguments, one a line. Empty: OpenTofu or Terraform." wrong={wrong["plan-command"]} />
            <TextArea label="Apply command" value={form.apply} change={change("apply")} wrong={wrong["apply-command"]} />
          </div>
        </details>
        <Problem error={save.error} />
        {save.isSuccess && <Note tone="good">Saved.</Note>}
        <div>
          <Button type="submit" look="primary" busy={save.isPending}>
            Save
          </Button>
        </div>
      </form>
      <Danger workspace={workspace} />
    </div>
  );
}
