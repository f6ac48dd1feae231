// Every page that there is and every window that it opens, in both themes, on a wide and a narrow screen: no violation
// that axe knows, nothing beside the screen, nothing run that a provider sent, no report of the Content-Security-Policy.
import { ALL_BUT_COLOURS, COLOURS_ONLY, accessible, main, picture, problems, signIn, theme, world } from "./browser.mjs";

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

const WIDE = { width: 1360, height: 860 };
const NARROW = { width: 390, height: 780 };
const MANY = 12; // buttons of one kind: rows of a list have the same

/**
 * axe in both themes and both widths; the page stands as it is, so that what was opened stays open. A theme changes
 * nothing but colours, and colours do not change with the width.
 */
async function accessibleEverywhere(page, name, keepPictures = true) {
  const views = [
    [NARROW, "light", ALL_BUT_COLOURS, `${name}-narrow`], [WIDE, "light", (axe) => axe, `${name}-light`],
    [WIDE, "dark", COLOURS_ONLY, `${name}-dark`],
  ];
  for (const [size, colours, rules, file] of views) {
    await page.setViewportSize(size);
    if (size === NARROW) await noSidewaysScrolling(page, name);
    await page.evaluate((chosen) => { document.documentElement.dataset.theme = chosen; }, colours);
    await accessible(page, file, rules);
    if (keepPictures) await picture(page, file);
  }
}

/** Nothing that is pressed changes anything: the server "has a bad day", which the page must say accessibly too. */
async function holdChangesBack(page) {
  const body = JSON.stringify({ errors: [{ status: "503", title: "not now", detail: "Nothing was changed." }] });
  await page.route("**/*", (route) =>
    route.request().method() === "GET" ? route.continue() : route.fulfill({ status: 503, contentType: "application/vnd.api+json", body }));
}

const twoFrames = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

const windowsSeen = new Set();

/** Whether pressing opened a window or a menu; it is looked at and closed. */
async function lookAtWindow(page, name) {
  const opened = page.locator("[role=dialog], [role=menu]").first();
  await twoFrames(page);
  if ((await opened.count()) === 0) return;
  const heading = opened.getByRole("heading").first();
  const title = (await heading.count()) > 0 ? await heading.textContent() : "a menu";
  windowsSeen.add(`${name}: ${title}`);
  await accessibleEverywhere(page, `${name}, ${title}`, false);
  await page.keyboard.press("Escape");
  await opened.waitFor({ state: "detached" });
}

/** Every button of the page is pressed once, those with the same words once for all pages. */
async function pressEverything(page, name, path, pressed) {
  const buttons = page.locator("button:visible:enabled");
  const names = await buttons.evaluateAll((all) => all.map((one) => one.getAttribute("aria-label") ?? one.textContent ?? ""));
  for (const label of new Set(names.filter((one) => !/^(Copy|Colours:|Try again)/.test(one)))) {
    const key = /^(Organization|Account of|Menu|Your session)/.test(label) ? label : `${name} ${label}`;
    if (pressed.has(key) || pressed.size > MANY * world.pages.length) continue;
    pressed.add(key);
    const button = page.getByRole("button", { name: label, exact: true }).first();
    if (!(await button.isVisible()) || !(await button.isEnabled())) continue;
    await button.click();
    await lookAtWindow(page, name);
    if (new URL(page.url()).pathname !== new URL(path, world.address).pathname) await look(page, name, path);
  }
  await accessible(page, `${name}, everything pressed`);
}

// A file that can open windows and of which none was seen has a window without a test.
function everyWindowWasSeen() {
  const wanted = Object.values(world.windows).reduce((sum, count) => sum + count, 0) - ELSEWHERE.length;
  if (windowsSeen.size < wanted) {
    problems.push(`of ${wanted} windows in ${Object.keys(world.windows)} these ${windowsSeen.size} were seen: ${[...windowsSeen].join("; ")}`);
  }
}

// What this world has no occasion for.
const ELSEWHERE = ["one-time codes off", "an identity that is unlinked", "a token that was just made", "a hook left over"];

const pathOf = (name) => world.pages.find(([one]) => one === name)[2];

await main("pages", async (page) => {
  for (const [name, , path] of world.outside) {
    await look(page, name, path);
    await accessibleEverywhere(page, name);
  }
  await signIn(page);
  for (const [name, , path] of world.pages) {
    await look(page, name, path);
    await accessibleEverywhere(page, name);
  }
  await theme(page, "dark"); // chosen once, it stays
  if ((await page.evaluate(() => document.documentElement.dataset.theme)) !== "dark") problems.push("the chosen colours are forgotten");
  await previewOfRules(page, pathOf("workspace-settings"));
  await narrowedLists(page, pathOf("deliveries"), pathOf("audit"));
  await dependants(page, pathOf("provider"));
  await holdChangesBack(page);
  const pressed = new Set();
  for (const [name, , path] of world.pages) {
    await look(page, name, path);
    await pressEverything(page, name, path, pressed);
  }
  everyWindowWasSeen();
  const text = await page.evaluate(() => document.title);
  if (!text.includes("runbridge")) problems.push(`the window's title is ${text}`);
});
