import { Suspense, lazy, useEffect } from "react";
import { Redirect, Route, Switch } from "wouter";
import { useDocument } from "./api/hooks";
import { Problem, Waiting } from "./components/basics";
import { OrganizationContext, rememberOrganization } from "./layout/organization";
import { Page } from "./layout/page";
import { Shell } from "./layout/shell";
import { FirstStart } from "./session/first_start";
import { Invitation } from "./session/invitation";
import { ProveAgain } from "./session/prove_again";
import { SessionProvider, useCurrentSession } from "./session/session";
import { SignIn } from "./session/sign_in";
import { SignInAgain } from "./session/sign_in_again";

const Start = lazy(() => import("./pages/start"));
const Account = lazy(() => import("./pages/account/account"));
const Workspaces = lazy(() => import("./pages/workspaces/list"));
const NewWorkspace = lazy(() => import("./pages/workspaces/create"));
const Workspace = lazy(() => import("./pages/workspaces/one"));
const Runs = lazy(() => import("./pages/runs/list"));
const Run = lazy(() => import("./pages/runs/one"));
const Deliveries = lazy(() => import("./pages/deliveries/list"));
const Delivery = lazy(() => import("./pages/deliveries/one"));
const Providers = lazy(() => import("./pages/providers/list"));
const NewProvider = lazy(() => import("./pages/onboarding/onboarding"));
const Provider = lazy(() => import("./pages/providers/one"));
const Hooks = lazy(() => import("./pages/providers/hooks"));
const Keys = lazy(() => import("./pages/keys/keys"));
const Connections = lazy(() => import("./pages/connections/list"));
const NewConnection = lazy(() => import("./pages/connections/create"));
const Connection = lazy(() => import("./pages/connections/one"));
const People = lazy(() => import("./pages/organization/people"));
const Tokens = lazy(() => import("./pages/organization/tokens"));
const Audit = lazy(() => import("./pages/organization/audit"));
const System = lazy(() => import("./pages/organization/system"));
const Settings = lazy(() => import("./pages/organization/settings"));

function NotHere() {
  return (
    <Page title="There is no such page">
      <p>The address may be mistyped, or what it named is gone.</p>
    </Page>
  );
}

const OF_ORGANIZATION: [string, React.ComponentType][] = [
  ["/workspaces", Workspaces],
  ["/workspaces/new", NewWorkspace],
  ["/workspaces/:workspace", Workspace],
  ["/workspaces/:workspace/runs/:run", Run],
  ["/workspaces/:workspace/:part", Workspace],
  ["/runs", Runs],
  ["/deliveries", Deliveries],
  ["/deliveries/:id", Delivery],
  ["/providers", Providers],
  ["/providers/new", NewProvider],
  ["/providers/new/:id", NewProvider],
  ["/providers/:id", Provider],
  ["/hooks", Hooks],
  ["/keys", Keys],
  ["/connections", Connections],
  ["/connections/new", NewConnection],
  ["/connections/new/:type", NewConnection],
  ["/connections/:id", Connection],
  ["/people", People],
  ["/tokens", Tokens],
  ["/audit", Audit],
  ["/system", System],
  ["/settings", Settings],
];

function OrganizationPages({ name }: { name: string }) {
  const found = useDocument("/api/v2/organizations/{organization}", { organization: name });
  useEffect(() => {
    if (found.data) rememberOrganization(name);
  }, [found.data, name]);
  if (found.isPending) return <Waiting />;
  if (found.error) {
    return (
      <main className="main">
        <Page title={`Organization ${name}`} crumbs={[["Start", "/?choose"]]}>
          <Problem error={found.error} again={() => void found.refetch()} />
        </Page>
      </main>
    );
  }
  const base = "/app/:organization";
  return (
    <OrganizationContext.Provider value={{ name, organization: found.data.data }}>
      <Shell>
        <Suspense fallback={<Waiting />}>
          <Switch>
            <Route path={base}>
              <Redirect to={`/app/${encodeURIComponent(name)}/workspaces`} replace />
            </Route>
            {OF_ORGANIZATION.map(([path, component]) => (
              <Route key={path} path={base + path} component={component} />
            ))}
            <Route>
              <NotHere />
            </Route>
          </Switch>
        </Suspense>
      </Shell>
    </OrganizationContext.Provider>
  );
}

function SignedIn() {
  return (
    <Suspense fallback={<Waiting />}>
      <Switch>
        <Route path="/" component={Start} />
        <Route path="/sign-in">
          <Redirect to="/" replace />
        </Route>
        <Route path="/account" component={Account} />
        <Route path="/app/:organization/*?">{(params) => <OrganizationPages key={params.organization} name={decodeURIComponent(params.organization)} />}</Route>
        <Route>
          <main className="main">
            <NotHere />
          </main>
        </Route>
      </Switch>
    </Suspense>
  );
}

function Protected() {
  const session = useCurrentSession();
  if (session.isPending) return <Waiting />;
  if (session.error) {
    return (
      <main className="main">
        <Problem error={session.error} again={() => void session.refetch()} />
      </main>
    );
  }
  // Signing in happens at the address that was asked for: there is no "next" to be abused.
  if (!session.data) return <SignIn />;
  return (
    <SessionProvider session={session.data}>
      <SignedIn />
      <ProveAgain />
      <SignInAgain />
    </SessionProvider>
  );
}

export function App() {
  return (
    <Switch>
      <Route path="/setup/:secret">{(params) => <FirstStart secret={params.secret} />}</Route>
      <Route path="/invitation" component={Invitation} />
      <Route>
        <Protected />
      </Route>
    </Switch>
  );
}
