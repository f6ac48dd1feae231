// Ways through the page that several scripts take.
import { accessible, ask, signIn, world } from "./browser.mjs";

/** What a person does, counted: clicks and fields. */
export class Effort {
  clicks = 0;
  fields = 0;

  async click(locator) {
    this.clicks++;
    await locator.click();
  }

  async fill(locator, text) {
    this.fields++;
    await locator.fill(text);
  }
}

export const button = (page, name) => page.getByRole("button", { name });
export const textbox = (page, name) => page.getByRole("textbox", { name });

export const ADMIN = { username: "ada", email: "ada@example.com", password: "seven small bridges over the river", organization: "acme" };

/** From the one-time link to the first page of onboarding. */
export async function firstStart(page, effort) {
  await page.goto(world.setupLink);
  await textbox(page, "User name").waitFor();
  await accessible(page, "first start");
  await effort.fill(textbox(page, "User name"), ADMIN.username);
  await effort.fill(textbox(page, "E-mail address"), ADMIN.email);
  await effort.fill(page.getByLabel("Password", { exact: true }), ADMIN.password);
  await effort.fill(textbox(page, "Organization"), ADMIN.organization);
  await effort.click(button(page, "Create and go on"));
  await page.getByRole("heading", { name: "Connect a provider" }).waitFor();
}

const KIND_NAMES = { ado_server: "Azure DevOps Server", github_enterprise: "GitHub Enterprise Server", bitbucket_data_center: "Bitbucket Data Center", bitbucket_hosted: "Bitbucket Cloud" };

export async function chooseKind(page, effort, kind = world.kind) {
  await effort.click(page.getByRole("button", { name: new RegExp(`^${KIND_NAMES[kind]}`) }));
}

/** Kind, address, token: until the checks passed and the key's step is there. */
export async function connectProvider(page, effort) {
  await chooseKind(page, effort);
  await effort.fill(textbox(page, "HTTP URL"), world.httpUrl);
  await effort.fill(page.locator("input[type=password]"), world.token);
  if (world.kind === "bitbucket_hosted") { // the real one is found without; the test's stands elsewhere
    await page.getByText("Name, API URL, certificate authority, proxy").click();
    await effort.fill(textbox(page, "API URL"), world.apiUrl);
  }
  await effort.click(button(page, "Connect and check"));
  await button(page, "Mint a key").waitFor();
}

/** A key minted, its public half at the host, the host's keys compared and pinned, the key tried. */
export async function giveCloneAccess(page, effort) {
  await effort.click(button(page, "Mint a key"));
  await ask("authorize", { key: await page.getByRole("region", { name: "public key" }).textContent() });
  await effort.click(button(page, "It is added; go on"));
  await page.getByRole("button", { name: /They match/ }).waitFor();
  for (const shown of await page.locator("td.mono", { hasText: "SHA256:" }).allTextContents()) {
    const fingerprint = shown.replace(/Copy.*/, "").trim();
    if (!world.fingerprints.includes(fingerprint)) throw new Error(`the page shows ${fingerprint}, the host has ${world.fingerprints}`);
  }
  await effort.click(page.getByRole("button", { name: /They match/ }));
  await effort.click(button(page, "Test the key"));
  await effort.click(button(page, "Go on"));
}

/** From the last step of onboarding to a workspace whose first run is there. */
export async function firstWorkspace(page, effort, settings = {}) {
  await effort.click(page.getByRole("link", { name: "Choose a repository" }));
  await effort.click(page.getByRole("option").first());
  if (settings.command) {
    await page.getByText("A program of your own").click(); // not part of the path: where OpenTofu is installed it is not needed
    await textbox(page, "Plan command").fill(settings.command);
    await textbox(page, "Apply command").fill(settings.command);
  }
  await effort.click(button(page, "Create the workspace"));
  await page.getByRole("navigation", { name: /^Parts of/ }).waitFor();
}

export { signIn };
