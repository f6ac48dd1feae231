// A service connection as a person goes its way: the type found, a wrong token seen with its remedy, the right one saved,
// authorized for a workspace, used by a run, masked in its log; shared with another project. And: a session that ends in
// the middle of a form loses nothing.
import { accessible, ask, main, picture, problems, signIn, world } from "./browser.mjs";
import { button, textbox } from "./flows.mjs";

const here = `${world.address}/app/${world.admin.organization}`;
const token = (page) => page.getByLabel(/token/i).and(page.locator("input[type=password], textarea"));

async function aConnectionIsMade(page) {
  await page.goto(`${here}/connections`);
  await page.getByRole("link", { name: /(New|Make a) connection/ }).first().click();
  await page.getByRole("searchbox").fill("npm");
  await accessible(page, "types of connections, searched");
  await page.getByRole("link", { name: /^npm/ }).click();
  await page.getByLabel("How to sign in").selectOption("external_azure_pipelines");
  await textbox(page, "Connection name").fill("feed");
  await page.getByLabel(/URL/).first().fill(world.registry);
  await token(page).fill("not the token");
  await button(page, "Verify").last().click();
  await page.getByText("refused the credentials").waitFor();
  await page.getByText("Check user name, password or token").waitFor();
  await picture(page, "connection-refused");
  await accessible(page, "a connection that does not work");
  await token(page).fill(world.registryToken);
  await button(page, "Verify and save").click();
  await page.getByRole("heading", { level: 1, name: "feed" }).waitFor();
  await accessible(page, "a connection");
  await picture(page, "connection");
  if ((await page.content()).includes(world.registryToken)) problems.push("the token is in the page after it was saved");
}

async function itIsShared(page) {
  const sheet = page.getByRole("region", { name: "Other projects that share it" });
  await sheet.getByLabel("Project").selectOption({ label: "second" });
  await button(sheet, "Share with the project").click();
  await button(sheet, "Share it with second no more").click();
  await sheet.getByText("Only workspaces of its own project").waitFor();
}

async function aRunUsesIt(page) {
  await page.goto(`${here}/workspaces/prod/connections`);
  await page.getByLabel("Connection", { exact: true }).selectOption({ label: "feed" });
  await button(page, "Give it to runs").click();
  await page.getByText("Waits for authorization").waitFor();
  await picture(page, "connection-waits");
  await button(page, "Authorize feed here").click();
  await page.getByText("Authorized", { exact: true }).waitFor();
  await accessible(page, "connections of a workspace");
  await ask("push", { files: { "infra/main.tf": "with a connection\n" }, message: "use the connection" });
  await page.goto(`${here}/runs`);
  await page.getByRole("link", { name: "use the connection" }).click({ timeout: 60_000 });
  const log = page.getByRole("log");
  await log.getByText("token ***").waitFor({ timeout: 60_000 });
  if ((await page.content()).includes(world.registryToken)) problems.push("the token is in the log");
  await picture(page, "connection-used");
  await page.goto(`${here}/connections`);
  await page.getByRole("link", { name: "feed" }).click();
  await page.getByRole("region", { name: "Used by" }).getByRole("link", { name: "prod" }).waitFor();
}

// Nobody accepts at the service: what the page says while it waits, and when the browser comes back in vain.
async function aSignInIsRefused(page) {
  await page.goto(`${here}/connections/new/github`);
  await page.getByLabel("How to sign in").selectOption("grant_authorization");
  await page.getByLabel("OAuth configuration").selectOption("corporate");
  const opened = page.waitForEvent("popup");
  await button(page, "Authorize").click();
  const href = await page.getByRole("link", { name: "Open its sign-in page" }).getAttribute("href");
  await accessible(page, "a sign-in that waits");
  await picture(page, "sign-in-waits");
  const service = await opened;
  await service.waitForLoadState().catch(() => undefined); // there is no such service here
  const state = encodeURIComponent(new URL(href).searchParams.get("state"));
  await service.goto(`${world.address}/oauth2/callback?error=access_denied&state=${state}`);
  await service.getByRole("heading", { name: "The sign-in failed" }).waitFor();
  await accessible(service, "the page where a browser lands");
  await picture(service, "sign-in-landing");
  await service.close();
  await page.getByText("The authorization was refused at the service.").waitFor();
  await accessible(page, "a sign-in that failed");
}

// It is refused as long as a workspace has it; and what the service keeps is told. Only the last answer is ours: it takes a
// cluster that does not let go.
async function itIsDeleted(page) {
  await page.goto(`${here}/connections`);
  await page.getByRole("link", { name: "feed" }).click();
  await page.getByRole("heading", { level: 1, name: "feed" }).waitFor();
  await button(page, /^Delete$/).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Used by 1").waitFor();
  await dialog.getByRole("textbox").fill("feed");
  await button(dialog, "Delete the connection").click();
  await dialog.getByRole("alert").getByText("is used by workspace 'prod'").waitFor();
  await page.route(/force=true/, async (route) => {
    if ((await route.fetch()).status() !== 204) problems.push("a connection that is used is not deleted, although forced");
    const json = { meta: { "left-at-the-service": ["ServiceAccount web/runbridge-0: the cluster cannot be reached"] } };
    await route.fulfill({ json, contentType: "application/vnd.api+json" });
  });
  await dialog.getByLabel("Although it is used").check();
  await button(dialog, "Delete the connection").click();
  await page.getByText("ServiceAccount web/runbridge-0").waitFor();
  await accessible(page, "a connection whose service kept something");
  await page.getByRole("link", { name: "All service connections" }).click();
  await page.getByRole("heading", { level: 1, name: "Service connections" }).waitFor();
  await page.getByRole("link", { name: "feed" }).waitFor({ state: "detached" });
}

// U14: what was typed outlives the session.
async function aSessionEndsInTheMiddle(page) {
  await page.goto(`${here}/workspaces/prod/variables`);
  await button(page, /variable/i).first().click();
  await textbox(page, /^(Key|Name)/).fill("TYPED_BEFORE");
  await page.getByLabel(/^Value/).fill("still here");
  await ask("endSessions");
  await button(page, /^(Save|Add|Create)/).last().click();
  const dialog = page.getByRole("dialog", { name: "Your session has ended" });
  await dialog.waitFor();
  await accessible(page, "a session that ended");
  await picture(page, "session-ended");
  await dialog.getByLabel("Password").fill("a wrong password");
  await button(dialog, "Sign in").click();
  await dialog.getByRole("alert").waitFor();
  await dialog.getByLabel("Password").fill(world.admin.password);
  await button(dialog, "Sign in").click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText("TYPED_BEFORE").waitFor();
}

await main("connections", async (page) => {
  await signIn(page);
  await aConnectionIsMade(page);
  await itIsShared(page);
  await aRunUsesIt(page);
  await aSignInIsRefused(page);
  await aSessionEndsInTheMiddle(page);
  await itIsDeleted(page);
});
