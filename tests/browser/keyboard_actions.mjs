// Every action of the page by keyboard alone, each looked up at the API afterwards.
import { accessible, ask, world } from "./browser.mjs";
import { ADMIN } from "./flows.mjs";
import {
  act, api, choose, dialogCloses, dialogOpens, escaped, focused, press, pressAndConfirm, section, tabTo, type, watch,
} from "./keys.mjs";

const ORGANIZATION = `/organizations/${ADMIN.organization}`;
const list = async (page, path) => (await api(page, path)).data ?? [];
const ofOrganization = (page, path) => list(page, ORGANIZATION + path);
const gone = (page, path) => async () => (await api(page, path)).status === 404;
const idOf = (data, attribute, value) => data.find(({ attributes }) => attributes[attribute] === value)?.id;
const heading = (page, name) => page.getByRole("heading", { name }).first().waitFor();
const row = (page, text) => page.getByRole("row").filter({ hasText: text }).first().waitFor();

async function openWorkspace(page, name, part) {
  await section(page, "Workspaces");
  await heading(page, "Workspaces");
  await press(page, new RegExp(`^${escaped(name)}$`));
  await page.getByRole("navigation", { name: /^Parts of/ }).waitFor();
  if (part) await openPart(page, part);
}

async function openPart(page, part) {
  await tabTo(page, /^Overview$/);
  await press(page, new RegExp(`^${part}$`));
}

async function theOnlyWorkspace(page) {
  const [{ id, attributes }] = await ofOrganization(page, "/workspaces");
  return { id, name: attributes.name };
}

// --- workspaces ----------------------------------------------------------------------------------------------------

export async function locks(page) {
  const { id, name } = await theOnlyWorkspace(page);
  const isLocked = (wanted) => async () => (await api(page, `/workspaces/${id}`)).data.attributes.locked === wanted;
  const lock = () => act("lock", async () => {
    await press(page, /^Lock$/);
    await dialogOpens(page);
    await type(page, /^Reason/, "by keyboard");
    await page.keyboard.press("Enter");
  }, isLocked(true));
  await openWorkspace(page, name);
  await lock();
  await act("unlock", () => pressAndConfirm(page, /^Unlock$/, /^Unlock$/), isLocked(false));
  await lock();
  await openPart(page, "Settings");
  await act("break the lock", () => pressAndConfirm(page, /^Break the lock$/, /^Break the lock$/, name), isLocked(false));
  await dialogCloses(page);
}

export async function settingsOfWorkspace(page, commands) {
  const { id, name } = await theOnlyWorkspace(page);
  await openWorkspace(page, name, "Settings");
  await act("the preview of changed rules", async () => {
    const answered = page.waitForResponse((response) => response.url().endsWith("/trigger-previews") && response.url().includes(id));
    await press(page, /^Changes in the working directory/, "ArrowDown"); // to the next of the choices
    await type(page, /^Patterns, one a line/, "infra/**");
    await answered;
  });
  await act("settings", async () => {
    await type(page, /^Description/, "changed by keyboard");
    await type(page, /^Tags/, "web\nstage=live");
    await press(page, /^Limits and programs/);
    await type(page, /^Plan command/, commands.join("\n"));
    await press(page, /^Save$/);
  }, async () => {
    const { attributes } = (await api(page, `/workspaces/${id}`)).data;
    return attributes.description === "changed by keyboard" && attributes["plan-command"].join() === commands.join();
  });
  const tags = (await list(page, `/workspaces/${id}/tag-bindings`)).map(({ attributes }) => `${attributes.key}=${attributes.value}`);
  if (tags.sort().join() !== "stage=live,web=") throw new Error(`the tags are ${tags}`);
  await openPart(page, "Overview");
  await press(page, /^stage=live$/);
  await heading(page, "Workspaces");
  await press(page, new RegExp(`^${escaped(name)}$`)); // found by its tag
  await page.getByRole("navigation", { name: /^Parts of/ }).waitFor();
}

export async function variables(page) {
  const { id, name } = await theOnlyWorkspace(page);
  const all = () => list(page, `/workspaces/${id}/vars`);
  await openWorkspace(page, name, "Variables");
  await act("a variable is added", async () => {
    await press(page, /^Add a variable$/);
    await dialogOpens(page);
    await type(page, /^Key/, "BY_KEYBOARD");
    await type(page, /^Value/, "one");
    await press(page, /^Save$/);
  }, async () => (await all()).some(({ attributes }) => attributes.key === "BY_KEYBOARD" && attributes.value === "one"));
  await act("a variable is changed", async () => {
    await press(page, /^Change BY_KEYBOARD/);
    await dialogOpens(page);
    await type(page, /^Value/, "two");
    await press(page, /^Save$/);
  }, async () => (await all()).some(({ attributes }) => attributes.value === "two"));
  await act("a variable is removed", () => pressAndConfirm(page, /^Remove BY_KEYBOARD/, /^Remove$/), async () => (await all()).length === 0);
}

export const PUSHED = "a push for the keyboard"; // its run waits to be confirmed

// --- runs ----------------------------------------------------------------------------------------------------------

async function startRun(page, message) {
  const { id, name } = await theOnlyWorkspace(page);
  await openWorkspace(page, name);
  let run;
  await act("a run is started", async () => {
    await press(page, /^Start a run$/);
    await dialogOpens(page);
    await type(page, /^Reason/, message);
    await page.keyboard.press("Enter");
  }, async () => {
    run = idOf(await list(page, `/workspaces/${id}/runs`), "message", message);
    return run;
  });
  await heading(page, message);
  return run;
}

const statusIs = (page, run, wanted) => async () => (await api(page, `/runs/${run}`)).data.attributes.status === wanted;

async function decide(page, button, comment) {
  await press(page, button);
  await dialogOpens(page);
  await type(page, /^Comment/, comment);
  await press(page, button);
}

export async function runs(page) {
  const run = await startRun(page, "to be discarded");
  await act("a comment", async () => {
    await type(page, /^Add a comment/, "written by keyboard");
    await press(page, /^Add$/);
  }, async () => (await list(page, `/runs/${run}/comments`)).some(({ attributes }) => attributes.body === "written by keyboard"));
  for (const [message, id] of [[PUSHED, idOf(await ofOrganization(page, "/runs"), "message", PUSHED)], ["to be discarded", run]]) {
    await section(page, "Runs");
    await press(page, new RegExp(`^${message}$`));
    await act("discard", () => decide(page, /^Discard$/, "not this one"), statusIs(page, id, "discarded"));
    await page.getByText(`Discarded by ${ADMIN.username}`).waitFor();
  }
}

/** A plan that does not listen: it is asked to end, then ended. */
export async function stubbornRuns(page) {
  const run = await startRun(page, "to be canceled");
  await act("it is at work", async () => {}, statusIs(page, run, "planning"));
  await act("cancel", () => decide(page, /^Cancel$/, "enough"), async () => (await api(page, `/runs/${run}`)).data.attributes["force-cancel-available-at"] !== undefined);
  await dialogCloses(page);
  await ask("minuteLater");
  await act("cancel by force", () => decide(page, /^Cancel by force$/, "at once"), statusIs(page, run, "force_canceled"));
}

// --- hooks, keys, providers ----------------------------------------------------------------------------------------

export async function hooks(page) {
  await section(page, "Hooks");
  const [{ id, attributes }] = await ofOrganization(page, "/vcs-hooks");
  const before = attributes["installed-at"];
  await act("a hook is installed again", () => press(page, /^Install the hook of/), async () => {
    const now = (await api(page, `/vcs-hooks/${id}`)).data.attributes;
    return now.status === "installed" && now["installed-at"] !== before;
  });
}

export async function keys(page) {
  await section(page, "Keys");
  const all = () => ofOrganization(page, "/ssh-keys");
  await act("a key is minted", async () => {
    await press(page, /^Add a key$/);
    await dialogOpens(page);
    await type(page, /^Name/, "minted");
    await press(page, /^Store$/);
    await press(page, /^Done$/);
  }, async () => idOf(await all(), "name", "minted"));
  await act("a key is brought", async () => {
    await press(page, /^Add a key$/);
    await dialogOpens(page);
    await choose(page, /^How$/, "Bring one");
    await type(page, /^Name/, "brought");
    await type(page, /^Private key/, world.privateKey);
    await press(page, /^Store$/);
    await press(page, /^Done$/);
  }, async () => idOf(await all(), "name", "brought"));
  for (const name of ["minted", "brought"]) {
    await act("a key is removed", () => pressAndConfirm(page, new RegExp(`^Remove ${name}$`), /^Remove$/, name), async () => !idOf(await all(), "name", name));
    await dialogCloses(page);
  }
}

export async function hostKeys(page) {
  await section(page, "Keys");
  const all = () => ofOrganization(page, "/ssh-host-keys");
  const [{ attributes: { host, port } }] = await all();
  for (const { id, attributes } of await all()) {
    await act("a host's key is forgotten", () => pressAndConfirm(page, new RegExp(`^Forget ${escaped(attributes.fingerprint)}`), /^Forget$/), gone(page, `/ssh-host-keys/${id}`));
    await dialogCloses(page);
  }
  await act("a host is looked at", async () => {
    await type(page, /^Host, host:port/, `${host}:${port}`);
    await page.keyboard.press("Enter");
  }, async () => (await all()).length > 0);
  for (const { attributes: { fingerprint } } of await all()) {
    await act("a host's key is pinned", () => press(page, new RegExp(`^Pin ${escaped(fingerprint)}`)),
      async () => (await all()).find(({ attributes }) => attributes.fingerprint === fingerprint)?.attributes.state === "confirmed");
  }
}

async function openProvider(page) {
  const [{ id, attributes }] = await ofOrganization(page, "/oauth-clients");
  await section(page, "Providers");
  await press(page, new RegExp(`^${escaped(attributes.name)}`));
  await heading(page, attributes.name);
  return { id, name: attributes.name };
}

export async function provider(page) {
  const { id } = await openProvider(page);
  const verifiedAt = async () => (await api(page, `/oauth-clients/${id}`)).data.attributes["verified-at"];
  const before = await verifiedAt();
  await act("a provider is checked", () => press(page, /^Check now$/), async () => (await verifiedAt()) !== before);
  const after = await verifiedAt();
  await act("its token is replaced", async () => {
    await press(page, /^Replace the token$/);
    await dialogOpens(page);
    await type(page, /^Personal access token/, world.token);
    await press(page, /^Replace and check$/);
  }, async () => (await verifiedAt()) !== after);
  await press(page, /^Close$/);
  await dialogCloses(page);
  const token = (await api(page, `/oauth-clients/${id}`)).data.relationships["oauth-tokens"].data[0].id;
  const fingerprint = async () => (await api(page, `/oauth-tokens/${token}`)).data.attributes["ssh-key-fingerprint"];
  const minted = await fingerprint();
  await act("a key is brought to it", async () => {
    await press(page, /^Bring a key$/);
    await type(page, /^Private key/, world.privateKey);
    await press(page, /^Store the key$/);
  }, async () => (await fingerprint()) !== minted);
}

export async function providerIsDeleted(page) {
  const { id, name } = await openProvider(page);
  await act("a provider is deleted", () => pressAndConfirm(page, /^Delete$/, /^Delete the provider$/, name), gone(page, `/oauth-clients/${id}`));
}

// --- service connections -------------------------------------------------------------------------------------------

export async function connections(page) {
  const workspace = await theOnlyWorkspace(page);
  await section(page, "Service connections");
  await heading(page, "Service connections");
  await press(page, /^(New|Make a) connection/);
  await type(page, /^Search \d+ types/, "generic");
  await press(page, /^Generic/);
  await type(page, /^Connection name/, "by-keyboard");
  await type(page, /^Server URL/i, world.httpUrl);
  await type(page, /^User name/, "ada");
  await type(page, /^Password/, "no mouse was used");
  await act("what is not saved yet is verified", async () => {
    const answered = page.waitForResponse((response) => response.url().endsWith("/service-connections/actions/verify"));
    await press(page, /^Verify$/);
    if (!(await answered).ok()) throw new Error("it was refused");
  });
  await press(page, /^Save only if it works/, "Space");
  let id;
  const one = async () => (await api(page, `/service-connections/${id}`)).data;
  const idsOf = (data) => data.map((other) => other.id);
  await act("a connection is made", () => press(page, /^Save$/), async () => {
    id = idOf(await ofOrganization(page, "/service-connections"), "name", "by-keyboard");
    return id;
  });
  await heading(page, "by-keyboard");
  await act("it is verified", () => press(page, /^Verify now$/), async () => (await list(page, `/service-connections/${id}/verifications`)).length > 0);
  await act("it is changed", async () => {
    await type(page, /^Description/, "by keyboard");
    await press(page, /^Save$/);
  }, async () => (await one()).attributes.description === "by keyboard");
  const authorized = async () => idsOf(await list(page, `/service-connections/${id}/relationships/authorized-workspaces`));
  await act("a workspace is authorized", async () => {
    await choose(page, /^Workspace$/, workspace.name);
    await press(page, /^Authorize$/);
  }, async () => (await authorized()).includes(workspace.id));
  await act("a workspace is not authorized any more", () => press(page, /^Withdraw it from/), async () => (await authorized()).length === 0);
  const shared = async () => (await one()).relationships["shared-projects"].data ?? [];
  await act("it is shared", async () => {
    await choose(page, /^Project$/, "second");
    await press(page, /^Share with the project$/);
  }, async () => (await shared()).length === 1);
  await act("it is shared no more", () => press(page, /^Share it with second no more/), async () => (await shared()).length === 0);
  const roles = () => list(page, `/service-connections/${id}/roles`);
  const before = (await roles()).length;
  await act("a role is given", async () => {
    await choose(page, /^Team$/, "builders");
    await press(page, /^Give the role$/);
  }, async () => (await roles()).length === before + 1);
  await act("a role is taken", () => press(page, /^Take the role of builders/), async () => (await roles()).length === before);
  await connectionOfWorkspace(page, workspace, id);
  await section(page, "Service connections");
  await press(page, /^by-keyboard$/);
  await heading(page, "by-keyboard");
  await act("a connection is deleted", () => pressAndConfirm(page, /^Delete$/, /^Delete the connection$/, "by-keyboard"), gone(page, `/service-connections/${id}`));
  await choicesOfAService(page);
}

/** The cloud's own answers are the fakes' of other tests: here they are given to the page, a failure first. */
async function choicesOfAService(page) {
  const answers = [
    [502, { errors: [{ status: "502", title: "bad gateway", detail: "Azure refused. The service said: AuthorizationFailed." }] }],
    [200, { data: { id: "cluster", type: "service-connection-options", attributes: { complete: true, options: [{ value: "/subscriptions/a/prod", label: "prod" }, { value: "/subscriptions/a/test", label: "test" }] } } }],
  ];
  await page.route("**/service-connections/actions/options", (route) => {
    const [status, document] = answers.length > 1 ? answers.shift() : answers[0];
    return route.fulfill({ status, contentType: "application/vnd.api+json", body: JSON.stringify(document) });
  });
  const begin = async (search, kind) => {
    await section(page, "Service connections");
    await press(page, /^(New|Make a) connection/);
    await type(page, /^Search \d+ types/, search);
    await press(page, kind);
    await heading(page, /^New /);
  };
  await begin("azure_rm", /^Azure Resource Manager/);
  await choose(page, /^How to sign in/, "Service principal");
  await type(page, /^Connection name/, "cloud");
  for (const [field, text] of [[/^Subscription ID/i, "00000000-0000-0000-0000-00000000000a"], [/^Subscription name/i, "Production"], [/^Tenant ID/i, "00000000-0000-0000-0000-00000000000b"]]) await type(page, field, text);
  await type(page, /^Service Principal ID/i, "00000000-0000-0000-0000-00000000000c");
  await type(page, /^Service Principal key/i, "not a secret");
  await press(page, /^Save only if it works/, "Space");
  await act("a cloud's connection is made", () => press(page, /^Save$/), async () => idOf(await ofOrganization(page, "/service-connections"), "name", "cloud"));
  await heading(page, "cloud");
  await begin("kubernetes", /^Kubernetes/);
  await type(page, /^Connection name/, "cluster");
  await page.getByText("Choices come from the service once this is given").waitFor();
  await choose(page, /^Azure subscription/, "cloud");
  await page.getByText("The service said: AuthorizationFailed").waitFor();
  await accessible(page, "choices that a service refuses");
  await act("the service is asked again", () => press(page, /^Try again$/), async () => (await page.getByLabel("Cluster", { exact: true }).locator("option").count()) === 4);
  await accessible(page, "choices of a service");
  await choose(page, /^Cluster/, "test");
  await press(page, /^Cluster/, "End"); // the last of the list: another
  await act("a value is typed all the same", async () => {
    if (!/^Cluster/.test((await focused(page)).name)) throw new Error("the focus was lost");
    await type(page, /^Cluster/, "/subscriptions/a/typed");
  }, async () => (await page.getByLabel("Cluster", { exact: true }).inputValue()) === "/subscriptions/a/typed");
  await press(page, /^Choose from the list/);
  await page.getByLabel("Cluster", { exact: true }).locator("option", { hasText: "/subscriptions/a/typed" }).waitFor({ state: "attached" });
  await section(page, "Service connections");
  await press(page, /^cloud$/);
  await heading(page, "cloud");
  await act("the cloud's connection is deleted", () => pressAndConfirm(page, /^Delete$/, /^Delete the connection$/, "cloud"), async () => !(await ofOrganization(page, "/service-connections")).some(({ attributes }) => attributes.name === "cloud"));
  await page.unroute("**/service-connections/actions/options");
}

async function connectionOfWorkspace(page, workspace, connection) {
  const named = () => list(page, `/workspaces/${workspace.id}/relationships/service-connections`);
  await openWorkspace(page, workspace.name, "Connections");
  await act("runs are given it", async () => {
    await choose(page, /^Connection$/, "by-keyboard");
    await press(page, /^Give it to runs$/);
  }, async () => (await named()).some(({ id }) => id === connection));
  await act("it is authorized where it is used", () => press(page, /^Authorize by-keyboard here/), async () => (await named())[0].meta.authorized);
  await act("it is taken away", () => press(page, /^Take by-keyboard away/), async () => (await named()).length === 0);
}

// --- sign-ins of connections -----------------------------------------------------------------------------------------

// As a program that has a token from elsewhere would make it.
async function connectionWithAToken(page, name) {
  const [project] = await ofOrganization(page, "/projects");
  const attributes = { name, "connection-type": "github", scheme: "grant_authorization", verify: false, parameters: { oauth_configuration: "the corporate one", access_token: "from elsewhere" } };
  return page.evaluate(async ([id, body]) => {
    const session = await (await fetch("/api/v2/sessions/current")).json();
    const headers = { "Content-Type": "application/vnd.api+json", "X-CSRF-Token": session.data.attributes["csrf-token"] };
    const made = await fetch(`/api/v2/projects/${id}/service-connections`, { method: "POST", headers, body: JSON.stringify({ data: { attributes: body } }) });
    return (await made.json()).data.id;
  }, [project.id, attributes]);
}

export async function signInsOfConnections(page) {
  const all = () => list(page, "/admin/oauth-configurations");
  const named = (name) => async () => idOf(await all(), "name", name);
  const begins = async (path) => {
    const answered = page.waitForResponse((response) => response.url().includes(path) && response.url().endsWith("/oauth-authorizations"));
    await press(page, /^Authorize$/);
    if (!(await answered).ok()) throw new Error("it was refused");
    await page.getByRole("link", { name: /^Open its sign-in page/ }).waitFor();
  };
  page.context().on("page", (other) => other.close()); // the service's own page
  await section(page, "System");
  await act("an application is registered", async () => {
    await press(page, /^Register an application$/);
    await dialogOpens(page);
    await type(page, /^Name/, "corporate");
    await type(page, /^Client ID/, "Iv1.app");
    await type(page, /^Client secret/, "no mouse was used");
    await press(page, /^Register$/);
  }, named("corporate"));
  await dialogCloses(page);
  await act("its name is changed", async () => {
    await press(page, /^Change corporate$/);
    await dialogOpens(page);
    await type(page, /^Name/, "the corporate one");
    await press(page, /^Save$/);
  }, named("the corporate one"));
  await dialogCloses(page);
  await section(page, "Service connections");
  await heading(page, "Service connections");
  await press(page, /^(New|Make a) connection/);
  await type(page, /^Search \d+ types/, "github");
  await press(page, /^GitHub(?! Enterprise)/);
  await choose(page, /^How to sign in/, "Grant authorization");
  await choose(page, /^OAuth configuration/, "the corporate one");
  await act("a sign-in begins", () => begins("/projects/"), async () => true);
  const id = await connectionWithAToken(page, "signed-in");
  await section(page, "Service connections");
  await heading(page, "Service connections");
  await press(page, /^signed-in$/);
  await heading(page, "signed-in");
  await act("another sign-in begins", () => begins(id), async () => true);
  await act("it is deleted", () => pressAndConfirm(page, /^Delete$/, /^Delete the connection$/, "signed-in"), gone(page, `/service-connections/${id}`));
  await section(page, "System");
  await act("an application is deleted", () => pressAndConfirm(page, /^Delete the corporate one$/, /^Delete the configuration$/), async () => (await all()).length === 0);
}

// --- organization --------------------------------------------------------------------------------------------------

export async function organization(page) {
  await section(page, "Settings");
  await heading(page, "Settings");
  await act("settings of the organization", async () => {
    await type(page, /^E-mail address/, "keyboard@example.com");
    await press(page, /^Save$/);
  }, async () => (await api(page, ORGANIZATION)).data.attributes.email === "keyboard@example.com");
  const projects = () => ofOrganization(page, "/projects");
  for (const name of ["second", "third"]) {
    await act("a project is made", async () => {
      await type(page, /^New project/, name);
      await page.keyboard.press("Enter");
    }, async () => idOf(await projects(), "name", name));
    await row(page, name);
  }
  await act("a project is deleted", () => pressAndConfirm(page, /^Delete third$/, /^Delete the project$/, "third"), async () => !idOf(await projects(), "name", "third"));
}

export async function otherOrganization(page) {
  await page.goto(`${world.address}/?new`);
  await act("an organization is made", async () => {
    await type(page, /^Name/, "passing");
    await type(page, /^E-mail address/, "ops@example.com");
    await page.keyboard.press("Enter");
  }, async () => (await api(page, "/organizations/passing")).status === 200);
  await page.waitForURL(/passing\/providers\/new/);
  await section(page, "Settings");
  await heading(page, "Settings");
  await act("an organization is deleted", () => pressAndConfirm(page, /^Delete the organization$/, /^Delete the organization$/, "passing"), gone(page, "/organizations/passing"));
  await page.waitForURL(new RegExp(`/app/${ADMIN.organization}/`));
}

export async function people(page) {
  await section(page, "People and teams");
  const teams = () => ofOrganization(page, "/teams");
  const members = () => ofOrganization(page, "/organization-memberships");
  for (const name of ["builders", "passing"]) {
    await act("a team is made", async () => {
      await press(page, /^New team$/);
      await dialogOpens(page);
      await type(page, /^Name/, name);
      await page.keyboard.press("Enter");
    }, async () => idOf(await teams(), "name", name));
    await dialogCloses(page);
  }
  const builders = idOf(await teams(), "name", "builders");
  await act("its rights are changed", async () => {
    await press(page, /^Rights of builders/);
    await dialogOpens(page);
    await press(page, /^Manage projects/, "Space");
    await press(page, /^Save$/);
  }, async () => (await api(page, `/teams/${builders}`)).data.attributes["organization-access"]["manage-projects"]);
  await dialogCloses(page);
  await act("somebody is invited", async () => {
    await press(page, /^Invite somebody$/);
    await dialogOpens(page);
    await type(page, /^E-mail address/, "grace@example.com");
    await press(page, /^Invite$/);
  }, async () => idOf(await members(), "email", "grace@example.com"));
  await dialogCloses(page);
  const size = async () => (await api(page, `/teams/${builders}`)).data.attributes["users-count"];
  await press(page, /^People of builders/);
  await dialogOpens(page);
  await act("somebody joins a team", () => press(page, /^ada@example.com/, "Space"), async () => (await size()) === 1);
  await page.getByRole("checkbox", { name: /^ada@example.com/, checked: true }).waitFor(); // as its reader would
  await act("somebody leaves a team", () => press(page, /^ada@example.com/, "Space"), async () => (await size()) === 0);
  await page.keyboard.press("Escape");
  await dialogCloses(page);
  await act("a team is deleted", () => pressAndConfirm(page, /^Delete passing$/, /^Delete the team$/, "passing"), async () => !idOf(await teams(), "name", "passing"));
  await dialogCloses(page);
  await anInvitationIsAccepted(page);
  const grace = idOf(await members(), "email", "grace@example.com");
  await act("somebody is removed", () => pressAndConfirm(page, /^Remove grace@example.com/, /^Remove$/), async () => !(await members()).some(({ id }) => id === grace));
}

async function anInvitationIsAccepted(page) {
  let link;
  await act("a link to sign in is made", async () => {
    await press(page, /^Link to sign in for grace@example.com/);
    await dialogOpens(page);
    await press(page, /^Make the link$/);
    link = (await page.getByRole("region", { name: "link to sign in" }).textContent()).trim();
    await press(page, /^Done$/);
  });
  await dialogCloses(page);
  const context = await page.context().browser().newContext();
  const guest = await context.newPage();
  watch(guest);
  await guest.goto(link);
  await act("an invitation is accepted", async () => {
    await type(guest, /^Password/, "a password that grace chose");
    await guest.keyboard.press("Enter");
  }, async () => (await api(guest, "/account/details")).data?.attributes?.username === "grace");
  await context.close();
}

export async function tokens(page) {
  await section(page, "Tokens");
  const user = (await api(page, "/account/details")).data.id;
  const builders = idOf(await ofOrganization(page, "/teams"), "name", "builders");
  for (const [owner, sheet] of [[`/users/${user}`, "Your tokens"], [`/teams/${builders}`, "Tokens of the team"]]) {
    const all = () => list(page, `${owner}/authentication-tokens`);
    if (owner.startsWith("/teams")) await choose(page, /^Team$/, "builders");
    await act(`${sheet}: one is made`, async () => {
      if (owner.startsWith("/users")) await tabTo(page, /^Skip to the content$/); // the first on the page
      await press(page, /^New token$/);
      await dialogOpens(page);
      await type(page, /^What it is for/, `for ${sheet}`);
      await page.keyboard.press("Enter");
      await press(page, /^I have it$/);
    }, async () => idOf(await all(), "description", `for ${sheet}`));
    await act(`${sheet}: one is revoked`, () => pressAndConfirm(page, new RegExp(`^Revoke for ${sheet}`), /^Revoke$/), async () => !idOf(await all(), "description", `for ${sheet}`));
    await dialogCloses(page);
  }
  const one = `${ORGANIZATION}/authentication-token`;
  await act("a token of the organization is made", async () => {
    await pressAndConfirm(page, /^Make one$/, /^Make$/);
    await press(page, /^I have it$/);
  }, async () => (await api(page, one)).status === 200);
  await act("the token of the organization is revoked", () => pressAndConfirm(page, /^Revoke$/, /^Revoke$/, ADMIN.organization), gone(page, one));
}

export async function workspaceIsDeleted(page) {
  const { id, name } = await theOnlyWorkspace(page);
  await openWorkspace(page, name, "Settings");
  await act("a workspace is deleted", () => pressAndConfirm(page, /^Delete the workspace$/, /^Delete$/, name), gone(page, `/workspaces/${id}`));
}

/** The provider does not answer any more, so that its hook cannot be removed there. */
export async function aHookIsForgotten(page) {
  const [{ id }] = await ofOrganization(page, "/vcs-hooks");
  await section(page, "Hooks");
  await act("a hook is forgotten", () => pressAndConfirm(page, /^Forget the hook of/, /^Forget$/), gone(page, `/vcs-hooks/${id}`));
  await dialogCloses(page);
}

// --- the account ---------------------------------------------------------------------------------------------------

export async function signIn(page, password = ADMIN.password) {
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await act("sign in", async () => {
    await type(page, /^User name or e-mail/, ADMIN.username);
    await type(page, /^Password/, password);
    await page.keyboard.press("Enter");
  }, async () => (await api(page, "/sessions/current")).status === 200);
}

const sessions = (page) => list(page, "/account/sessions");

export async function account(page) {
  await page.goto(`${world.address}/account`);
  await heading(page, ADMIN.username);
  await ask("signInElsewhere", { password: ADMIN.password });
  await page.reload();
  const before = (await sessions(page)).length;
  await act("a session is ended", () => press(page, /^End the session/), async () => (await sessions(page)).length === before - 1);
  await act("one-time codes are turned on", async () => {
    await press(page, /^Turn them on$/);
    const uri = await page.getByRole("region", { name: "address for authenticators" }).textContent();
    await type(page, /^One-time code/, await ask("code", { uri }));
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "recovery codes" }).waitFor();
  });
  const [recovery] = (await page.getByRole("region", { name: "recovery codes" }).textContent()).split("\n");
  await page.reload();
  await act("one-time codes are turned off", async () => {
    await press(page, /^Turn them off$/);
    await dialogOpens(page);
    await type(page, /^One-time code/, recovery.trim());
    await press(page, /^Turn off$/);
    await dialogCloses(page);
    await page.getByRole("button", { name: "Turn them on" }).waitFor();
  });
  await ask("dayLater");
  await act("it is still the same person", async () => {
    await press(page, /^Turn them on$/);
    await dialogOpens(page);
    await page.keyboard.type(ADMIN.password);
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "address for authenticators" }).waitFor();
  });
  const password = "eight small bridges over the river";
  await act("the password is changed", async () => {
    await type(page, /^The password now/, ADMIN.password);
    await type(page, /^The new password/, password);
    await page.keyboard.press("Enter");
    await page.getByText("Every other session of yours has ended").waitFor();
  });
  await act("sign out everywhere", () => pressAndConfirm(page, /^Sign out everywhere$/, /^Sign out everywhere$/), async () => (await api(page, "/sessions/current")).status === 401);
  await signIn(page, password);
  await page.goto(`${world.address}/app/${ADMIN.organization}/workspaces`);
  await act("sign out", async () => {
    await press(page, new RegExp(`^Account of ${ADMIN.username}`));
    await page.getByRole("menu").waitFor();
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await heading(page, "Sign in"); // the page is loaded anew
  }, async () => (await api(page, "/sessions/current")).status === 401);
}
