// What every browser script starts from: one Chromium, the world the Python side made, and watchers that fail the
// script for anything the page should not do.
import { createInterface } from "node:readline";
import { join } from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { chromium } from "playwright-core";

const FLAGS = [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync",
];
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const next = async () => JSON.parse((await lines.next()).value);

export const world = await next();

/** Something outside the browser, done by the Python side. */
export async function ask(what, more = {}) {
  process.stdout.write(`${JSON.stringify({ ask: what, ...more })}\n`);
  return (await next()).answer;
}

export const problems = [];
const EXPECTED = /Failed to load resource/; // an answer of 4xx that the page shows

export async function open(options = {}) {
  const browser = await chromium.launch({ executablePath: process.env.RUNBRIDGE_CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
  const context = await browser.newContext({ viewport: { width: 1360, height: 860 }, reducedMotion: "reduce", ...options });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: world.address });
  await context.addInitScript(() => {
    window.canary = () => console.error("CANARY: markup of a provider was run");
    document.addEventListener("securitypolicyviolation", (event) =>
      console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sample} ${event.sourceFile}:${event.lineNumber}`));
  });
  const page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && !EXPECTED.test(message.text()) && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(`page error: ${error.stack ?? error}`));
  page.on("request", (request) => {
    const isOurs = [world.address, world.issuer].some((origin) => origin && request.url().startsWith(`${origin}/`));
    if (!isOurs && !/^(data|blob):/.test(request.url())) problems.push(`request to ${request.url()}`);
  });
  page.setDefaultTimeout(20_000);
  return { browser, context, page };
}

export async function picture(page, name) {
  await page.screenshot({ path: join(world.artefacts, `${name}.png`), animations: "disabled" });
}

export async function theme(page, name) {
  await page.evaluate((chosen) => localStorage.setItem("runbridge.theme", chosen), name);
  await page.reload();
}

/** Through the form, as a person does. */
export async function signIn(page) {
  await page.goto(`${world.address}/sign-in`);
  await page.getByLabel("User name or e-mail address").fill(world.admin.username);
  await page.getByLabel("Password").fill(world.admin.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Sections" }).waitFor();
}

const OF_COLOURS = ["color-contrast", "link-in-text-block"];
export const COLOURS_ONLY = (axe) => axe.withRules(OF_COLOURS);
export const ALL_BUT_COLOURS = (axe) => axe.disableRules(OF_COLOURS);

/** No violation that axe knows, in the theme that is on; `rules` narrows what is asked. */
export async function accessible(page, what, rules = (axe) => axe) {
  const { violations } = await rules(new AxeBuilder({ page }).setLegacyMode()).analyze(); // there are no frames
  for (const { id, help, nodes } of violations) {
    problems.push(`axe, ${what}: ${id}: ${help}: ${nodes.slice(0, 3).map((node) => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`).join(" | ")}`);
  }
}

/** Runs the script; a failure or anything seen on the way ends it with 1 and a picture. */
export async function main(name, script, options) {
  const { browser, page, context } = await open(options);
  try {
    await script(page, context);
  } catch (error) {
    problems.push(`${name}: ${error.stack ?? error}`);
    await picture(page, `failed-${name}`).catch(() => {});
  }
  await browser.close();
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.exit(problems.length > 0 ? 1 : 0);
}
