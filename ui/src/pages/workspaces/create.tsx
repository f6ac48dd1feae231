import { useVirtualizer } from "@tanstack/react-virtual";
import { useInfiniteQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useLocation, useSearch } from "wouter";
import { document as body, get, post } from "../../api/client";
import { useAction, useDocument } from "../../api/hooks";
import type { ApiProblem } from "../../api/problem";
import type { Repository } from "../../api/types";
import { Badge, Button, ButtonLink, Empty, Note, Problem, Waiting } from "../../components/basics";
import { CheckField, SelectField, TextArea, TextField } from "../../components/fields";
import { useSettled } from "../../components/use_settled";
import { useOrganization } from "../../layout/organization";
import { Page } from "../../layout/page";
import { BranchField } from "./branch_field";
import { TriggerPreview } from "./preview";
import { TriggerFields, type Triggers, emptyTriggers, linesOf, triggerAttributes } from "./triggers";

const REPOSITORIES = "/api/v2/oauth-tokens/{oauth_token_id}/authorized-repos" as const;

function useRepositories(token: string, search: string) {
  return useInfiniteQuery({
    queryKey: [REPOSITORIES, token, search],
    initialPageParam: {} as { number?: number; cursor?: string },
    queryFn: ({ pageParam, signal }) =>
      get(REPOSITORIES, { oauth_token_id: token }, { q: search, "page[size]": 100, "page[number]": pageParam.number, "page[cursor]": pageParam.cursor }, signal),
    getNextPageParam: ({ meta }) => (meta?.["next-cursor"] ? { cursor: meta["next-cursor"] } : meta?.["next-page"] ? { number: meta["next-page"] } : undefined),
    enabled: token !== "",
    staleTime: 60_000,
  });
}

/** Thousands of repositories: searched at the provider, read as one scrolls. Arrow keys and Enter choose. */
function RepositoryPicker({ token, choose }: { token: string; choose: (repository: Repository) => void }) {
  const [search, setSearch] = useState("");
  const list = useRepositories(token, useSettled(search.trim()));
  const port = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const rows = list.data?.pages.flatMap((page) => page.data) ?? [];
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => port.current, estimateSize: () => 44, overscan: 10 });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && last >= rows.length - 20) void fetchNextPage();
  }, [last, rows.length, hasNextPage, isFetchingNextPage, fetchNextPage]);
  const move = (to: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    setActive(next);
    virtual.scrollToIndex(next);
  };
  return (
    <div className="stack tight picker">
      <input
        className="input"
        type="search"
        role="combobox"
        aria-label="Search repositories"
        placeholder="Search repositories"
        aria-expanded="true"
        aria-controls="repositories"
        aria-activedescendant={rows[active] ? `repository-${active}` : undefined}
        autoFocus
        value={search}
        onChange={(event) => {
          setSearch(event.target.value);
          setActive(0);
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") move(active + 1);
          else if (event.key === "ArrowUp") move(active - 1);
          else if (event.key === "Enter" && rows[active]) choose(rows[active]);
          else return;
          event.preventDefault();
        }}
      />
      <Problem error={list.error as ApiProblem | null} again={() => void list.refetch()} />
      {list.isPending && <Waiting what="Asking the provider" />}
      {list.data && rows.length === 0 && (
        <Empty title="No repository">{search ? "None that this token sees has such a name." : "The token sees none. Give its owner access at the provider."}</Empty>
      )}
      {rows.length > 0 && (
        <div className="port sheet" ref={port} id="repositories" role="listbox" aria-label="Repositories" tabIndex={-1}>
          <div style={{ height: virtual.getTotalSize(), position: "relative" }} role="presentation">
            {items.map((item) => {
              const row = rows[item.index]!;
              return (
                <div
                  key={row.id}
                  id={`repository-${item.index}`}
                  role="option"
                  aria-selected={item.index === active}
                  className="choice"
                  style={{ top: item.start, height: item.size }}
                  onClick={() => choose(row)}
                >
                  <span className="clip grow mono">{row.attributes["display-identifier"] ?? row.attributes.name}</span>
                  {row.attributes.archived && <Badge>Archived</Badge>}
                  {row.attributes["can-admin"] === false && <Badge tone="warn">No right to install a webhook</Badge>}
                  <span className="muted small">{row.attributes["default-branch"]}</span>
                </div>
              );
            })}
          </div>
        </div>
      )}
      {isFetchingNextPage && <span className="muted small">Reading more…</span>}
    </div>
  );
}

/** "Project/_git/infra" → "infra": a first proposal, kept to what a name may hold. */
function proposeName(identifier: string) {
  return (identifier.split("/").pop() ?? "").replace(/[^\w-]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 90);
}

function Details({ token, repository, back }: { token: string; repository: Repository; back: () => void }) {
  const { name: organization, path } = useOrganization();
  const [, go] = useLocation();
  const identifier = repository.attributes.name ?? "";
  const [name, setName] = useState(proposeName(identifier));
  const [branch, setBranch] = useState("");
  const [directory, setDirectory] = useState("");
  const [triggers, setTriggers] = useState<Triggers>(emptyTriggers);
  const [autoApply, setAutoApply] = useState(false);
  const [runNow, setRunNow] = useState(true);
  const [plan, setPlan] = useState("");
  const [apply, setApply] = useState("");
  const attributes = {
    name,
    "working-directory": directory.trim(),
    "auto-apply": autoApply,
    "queue-all-runs": runNow,
    ...triggerAttributes(triggers),
    ...(plan.trim() ? { "plan-command": linesOf(plan), "apply-command": linesOf(apply) } : {}),
    "vcs-repo": { identifier, "oauth-token-id": token, branch, ...(triggers.mode === "tags" ? { "tags-regex": triggers.tagsRegex } : {}) },
  };
  const create = useAction(() => post("/api/v2/organizations/{organization}/workspaces", { organization }, body("workspaces", attributes)), [
    "/api/v2/organizations/{organization}/workspaces",
  ]);
  const wrong = create.error?.fields ?? {};
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(undefined, { onSuccess: () => go(path(`/workspaces/${encodeURIComponent(name)}`)) });
  };
  return (
    <form className="form" onSubmit={submit}>
      <div className="row apart sheet pad">
        <span className="mono wrap">{repository.attributes["display-identifier"] ?? identifier}</span>
        <Button small onClick={back}>
          Choose another
        </Button>
      </div>
      <TextField label="Name" value={name} change={setName} required wrong={wrong.name} hint="Letters, digits, - and _." autoFocus />
      <div className="pair">
        <BranchField token={token} identifier={identifier} value={branch} change={setBranch} standard={repository.attributes["default-branch"] ?? ""} wrong={wrong.branch} />
        <TextField label="Working directory" value={directory} change={setDirectory} placeholder="the repository's root" wrong={wrong["working-directory"]} mono />
      </div>
      <TriggerFields value={triggers} change={setTriggers} directory={directory} wrong={wrong} />
      <TriggerPreview token={token} identifier={identifier} branch={branch} directory={directory} triggers={triggers} />
      <fieldset className="stack tight">
        <legend className="legend">Runs</legend>
        <CheckField label="Run the branch as it is now" value={runNow} change={setRunNow} hint="Otherwise the next push makes the first run." />
        <CheckField label="Apply without asking when a plan succeeds" value={autoApply} change={setAutoApply} />
      </fieldset>
      <details>
        <summary>A program of your own instead of OpenTofu or Terraform</summary>
        <div className="stack inset">
          <TextArea label="Plan command" value={plan} change={setPlan} rows={3} hint="The program and its arguments, one a line." wrong={wrong["plan-command"]} />
          <TextArea label="Apply command" value={apply} change={setApply} rows={3} wrong={wrong["apply-command"]} />
        </div>
      </details>
      {create.error && <Problem error={create.error} />}
      <div>
        <Button type="submit" look="primary" busy={create.isPending}>
          Create the workspace
        </Button>
      </div>
    </form>
  );
}

export default function NewWorkspace() {
  const { name: organization, path } = useOrganization();
  const asked = new URLSearchParams(useSearch()).get("token") ?? "";
  const clients = useDocument("/api/v2/organizations/{organization}/oauth-clients", { organization }, { "page[size]": 100 });
  const tokens = (clients.data?.data ?? []).flatMap((client) =>
    (client.relationships?.["oauth-tokens"]?.data ?? []).map((token): [string, string] => [token.id, client.attributes.name ?? client.attributes["service-provider-display-name"] ?? ""]),
  );
  const [chosen, setChosen] = useState(asked);
  const [repository, setRepository] = useState<Repository | null>(null);
  const token = chosen || tokens[0]?.[0] || "";
  return (
    <Page title="New workspace" crumbs={[["Workspaces", path("/workspaces")]]}>
      {clients.isPending && <Waiting />}
      <Problem error={clients.error} again={() => void clients.refetch()} />
      {clients.data && tokens.length === 0 && (
        <Empty title="No provider is connected" action={<ButtonLink look="primary" to={path("/providers/new")}>Connect a provider</ButtonLink>}>
          A workspace follows a repository, so the provider it is at comes first.
        </Empty>
      )}
      {token && !repository && (
        <div className="form">
          {tokens.length > 1 && <SelectField label="Provider" value={token} change={setChosen} options={tokens} />}
          <RepositoryPicker key={token} token={token} choose={setRepository} />
          <Note>The webhook is installed when the workspace is made.</Note>
        </div>
      )}
      {token && repository && <Details token={token} repository={repository} back={() => setRepository(null)} />}
    </Page>
  );
}
