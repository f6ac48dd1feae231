// Every page that there is, with data and without, in both themes and on a narrow screen: no violation that axe knows,
// nothing beside the screen, nothing run that a provider sent, no report of the Content-Security-Policy.
import { accessible, main, picture, problems, signIn, theme, world } from "./browser.mjs";

const SETTLED = "main .waiting, main .ghost";

async function look(page, name, path) {
  await page.goto(world.address + path);
  await page.locator("h1").first().waitFor();
  await page.waitForFunction((selector) => !document.querySelector(selector), SETTLED);
}

async function noSidewaysScrolling(page, name) {
  const beside = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (beside > 0) problems.push(`${name}: ${beside} pixels stand beside a narrow screen`);
}

async function seen(page, text) {
  await page.getByText(text).first().waitFor();
}

// The rules on the screen are tried on the newest commits while they are typed; nothing is saved.
async function previewOfRules(page, settings) {
  await page.goto(world.address + settings);
  await seen(page, /of the newest \d+ commits on main would make a run/);
  await page.getByLabel("Changes that match patterns").check();
  await page.getByLabel("Patterns, one a line").fill("network/**/*.tf");
  await seen(page, /matches none of the repository's files/);
  await seen(page, /^0 of the newest/);
  await accessible(page, "a preview with a warning");
}

async function narrowedLists(page, deliveries, audit) {
  await page.goto(world.address + deliveries);
  await page.getByLabel("Search the newest: event, reason, id").fill("no such event");
  await seen(page, "No delivery matches");
  await page.goto(world.address + audit + "?action=workspace.&since=24");
  await seen(page, "workspace.create");
  await page.getByLabel("Who").fill("nobody");
  await seen(page, /No change matches/);
}

// What would suffer stands in the window before anything is deleted.
async function dependants(page, provider) {
  await page.goto(world.address + provider);
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await seen(page, "1 workspace loses its repository");
  await accessible(page, "the window that deletes");
}

const { pages } = world;
const pathOf = (name) => pages.find(([one]) => one === name)[1];

await main("pages", async (page) => {
  await signIn(page);
  for (const colours of ["light", "dark"]) {
    await theme(page, colours);
    for (const [name, path] of pages) {
      await look(page, name, path);
      await accessible(page, `${name}, ${colours}`);
      await picture(page, `${name}-${colours}`);
    }
  }
  await previewOfRules(page, pathOf("workspace-settings"));
  await narrowedLists(page, pathOf("deliveries"), pathOf("audit"));
  await dependants(page, pathOf("provider"));
  await page.setViewportSize({ width: 390, height: 780 });
  for (const [name, path] of pages) {
    await look(page, name, path);
    await noSidewaysScrolling(page, name);
    await picture(page, `${name}-narrow`);
  }
  await accessible(page, "a narrow page");
  const text = await page.evaluate(() => document.title);
  if (!text.includes("runbridge")) problems.push(`the window's title is ${text}`);
});
