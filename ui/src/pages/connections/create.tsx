import { type FormEvent, useState } from "react";
import { Link, useLocation, useParams } from "wouter";
import { document as body, post } from "../../api/client";
import { useAction, useDocument } from "../../api/hooks";
import { Badge, Button, Code, Empty, Note, Problem, Sheet, Waiting } from "../../components/basics";
import { CheckField, Search, SelectField, TextField } from "../../components/fields";
import { useOrganization } from "../../layout/organization";
import { Page } from "../../layout/page";
import { SchemeFields } from "./fields";
import { SignIn } from "./sign_in";
import { type ConnectionKind, type Values, categoryName, hintsOf, kindOf, parametersOf, signInOf, valueOf } from "./types";
import { VerificationResult } from "./verification";
import { asYaml, secretPaths } from "./yaml";

const TYPES = "/api/v2/connection-types" as const;
const ORGANIZATION_LIST = "/api/v2/organizations/{organization}/service-connections" as const;

const shellQuoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

function Gallery({ kinds }: { kinds: ConnectionKind[] }) {
  const { path } = useOrganization();
  const [search, setSearch] = useState("");
  const wanted = search.trim().toLowerCase();
  const found = kinds.filter((kind) => `${kind.name} ${kind.id} ${kind.summary}`.toLowerCase().includes(wanted));
  const categories = [...new Set(found.map((kind) => kind.category))];
  return (
    <>
      <div className="toolbar">
        <Search label={`Search ${kinds.length} types`} value={search} change={setSearch} />
      </div>
      {found.length === 0 && <Empty title="No type matches">The generic type takes any address with a user name and password.</Empty>}
      {categories.map((category) => (
        <section className="stack tight" key={category}>
          <h2>{categoryName(category)}</h2>
          <div className="cards">
            {found
              .filter((kind) => kind.category === category)
              .map((kind) => (
                <Link key={kind.id} href={path(`/connections/new/${encodeURIComponent(kind.id)}`)} className="card">
                  <strong>
                    {kind.name} {kind.preview && <Badge tone="wait">Preview</Badge>} {kind.custom && <Badge>Your own</Badge>}
                  </strong>
                  <span className="muted small">{kind.summary}</span>
                </Link>
              ))}
          </div>
        </section>
      ))}
    </>
  );
}

function Form({ kind, projects }: { kind: ConnectionKind; projects: [string, string][] }) {
  const { path } = useOrganization();
  const [, go] = useLocation();
  const schemes = kind.schemes.filter((scheme) => scheme.creatable_in_ui !== false);
  const [schemeId, setSchemeId] = useState(schemes[0]?.id ?? "");
  const [values, setValues] = useState<Values>(new Map());
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [project, setProject] = useState(projects[0]?.[0] ?? "");
  const [all, setAll] = useState(false);
  const [prove, setProve] = useState(true);
  const [signedIn, setSignedIn] = useState<string>();
  const scheme = schemes.find((one) => one.id === schemeId);
  const attributes = {
    name: name.trim(),
    "connection-type": kind.id,
    scheme: schemeId,
    description,
    parameters: scheme ? parametersOf(scheme, values) : {},
    "allow-all-workspaces": all,
    ...(signedIn ? { "oauth-authorization": signedIn } : {}),
  };
  const verify = useAction(() => post("/api/v2/projects/{project_id}/service-connections/actions/verify", { project_id: project }, body("service-connections", attributes)));
  const create = useAction(() => post("/api/v2/projects/{project_id}/service-connections", { project_id: project }, body("service-connections", { ...attributes, verify: prove })), [ORGANIZATION_LIST]);
  if (!scheme) return <Empty title="This type is not made by hand">It comes about by itself.</Empty>;
  const signIn = signInOf(scheme);
  const place = { type: kind.id, project, ...(signedIn ? { signIn: { "oauth-authorization": signedIn } } : {}) };
  const problem = create.error ?? verify.error;
  const wrong = problem?.fields ?? {};
  const shown = { name, description, kind, scheme, values };
  const secrets = secretPaths(shown);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(undefined, { onSuccess: ({ data }) => go(path(`/connections/${data.id}`)) });
  };
  const projectName = projects.find(([id]) => id === project)?.[1] ?? "";
  const command = [`runbridge connection create --project ${shellQuoted(projectName)} --file connection.yaml${signIn ? " --sign-in" : ""}`, ...secrets.map((one) => `--set ${one}=@${one.split(".").pop()}.txt`)].join(" \\\n    ");
  return (
    <div className="columns">
      <form className="form" onSubmit={submit}>
        {schemes.length > 1 && <SelectField label="How to sign in" value={schemeId} change={(id) => { setSchemeId(id); setSignedIn(undefined); }} options={schemes.map((one): [string, string] => [one.id, one.name])} />}
        {hintsOf(scheme).map((hint) => (
          <Note key={hint}>{hint}</Note>
        ))}
        <TextField label="Connection name" value={name} change={setName} required maxLength={64} wrong={wrong.name} hint="The name that runs ask for." />
        <SchemeFields scheme={scheme} values={values} change={setValues} wrong={wrong} project={project} place={place} />
        {signIn && (
          <SignIn
            key={`${project} ${schemeId}`}
            of={signIn}
            project={project}
            configuration={signIn.configuration && valueOf(signIn.configuration, values)}
            begin={(configuration) => post("/api/v2/projects/{project_id}/oauth-authorizations", { project_id: project }, body("oauth-authorizations", { "connection-type": kind.id, scheme: schemeId, "oauth-configuration": configuration, parameters: parametersOf(scheme, values) }))}
            granted={setSignedIn}
            wrong={wrong[signIn.secret.id] ?? wrong["oauth-authorization"]}
          />
        )}
        <TextField label="Description" value={description} change={setDescription} wrong={wrong.description} />
        {projects.length > 1 && <SelectField label="Project" value={project} change={(id) => { setProject(id); setSignedIn(undefined); }} options={projects} />}
        <CheckField label="Every workspace of the project may use it" value={all} change={setAll} hint="Otherwise each is authorized once." />
        <CheckField label="Save only if it works" value={prove} change={setProve} />
        <Problem error={problem} />
        {verify.data && <VerificationResult verification={verify.data.data} />}
        <div className="row wraps">
          <Button type="submit" look="primary" busy={create.isPending}>
            {prove ? "Verify and save" : "Save"}
          </Button>
          <Button busy={verify.isPending} onClick={() => verify.mutate()}>
            Verify
          </Button>
        </div>
      </form>
      <div className="stack">
        <Sheet title="The same as a file">
          <div className="stack tight">
            <Code text={asYaml(shown)} what="connection as YAML" />
            <p className="muted small">connection.yaml. Secrets are never in it.</p>
            <Code text={command} what="command" wraps />
          </div>
        </Sheet>
      </div>
    </div>
  );
}

export default function NewConnection() {
  const { name: organization, path } = useOrganization();
  const { type } = useParams<{ type?: string }>();
  const types = useDocument(TYPES);
  const projects = useDocument("/api/v2/organizations/{organization}/projects", { organization }, { "page[size]": 100 });
  const kinds = (types.data?.data ?? []).map(kindOf);
  const kind = kinds.find((one) => one.id === (type && decodeURIComponent(type)));
  const crumbs: [string, string][] = [["Service connections", path("/connections")], ...(type ? [["Types", path("/connections/new")] as [string, string]] : [])];
  return (
    <Page title={kind ? `New ${kind.name} connection` : "New connection"} crumbs={crumbs}>
      {(types.isPending || projects.isPending) && <Waiting />}
      <Problem error={types.error ?? projects.error} />
      {!type && types.data && <Gallery kinds={kinds} />}
      {type && types.data && !kind && <Empty title="There is no such type" />}
      {kind && projects.data && <Form key={kind.id} kind={kind} projects={projects.data.data.map((one): [string, string] => [one.id, one.attributes.name ?? one.id])} />}
    </Page>
  );
}
