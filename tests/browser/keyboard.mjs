// Everything by keyboard alone, with Tab, arrows, Enter, Space and Escape: from sign-in to a workspace, a run confirmed, a
// delivery replayed, a connection made and deleted. No mouse.
import { ask, main, problems, world } from "./browser.mjs";

const MOST_TABS = 80;

async function focused(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    const label = element?.labels?.[0]?.textContent ?? element?.getAttribute("aria-label") ?? element?.textContent ?? "";
    const style = element ? getComputedStyle(element) : null;
    return { name: label.trim(), visible: Boolean(style && (style.outlineStyle !== "none" || style.boxShadow !== "none")) };
  });
}

/** Tab until what has the focus is called so; the focus must be seen on the way. */
async function tabTo(page, name) {
  for (let step = 0; step < MOST_TABS; step++) {
    const now = await focused(page);
    if (name.test(now.name)) {
      if (!now.visible) problems.push(`keyboard: the focus on "${now.name}" cannot be seen`);
      return;
    }
    await page.keyboard.press("Tab");
  }
  throw new Error(`${name} cannot be reached with Tab`);
}

async function press(page, name, key = "Enter") {
  await tabTo(page, name);
  await page.keyboard.press(key);
}

async function type(page, name, text) {
  await tabTo(page, name);
  await page.keyboard.press("Control+a");
  await page.keyboard.type(text);
}

const section = (page, name) => press(page, new RegExp(`^${name}`));
const badge = (page, words) => page.locator(".page-head .badge", { hasText: words });

/** A window is there and has the focus. */
const dialogOpens = (page) => page.waitForFunction(() => document.querySelector("[role=dialog]")?.contains(document.activeElement));

/** The first row's link of a list, by the name that it has. */
async function openFirst(page, list) {
  const link = page.getByRole("table", { name: list }).getByRole("link").first();
  const name = (await link.getAttribute("aria-label")) ?? (await link.textContent());
  await press(page, new RegExp(`^${name.trim().replace(/[^\w ]/g, ".")}`));
}

async function aRunIsConfirmed(page) {
  await section(page, "Runs");
  await openFirst(page, "Runs");
  await badge(page, "Needs confirmation").waitFor({ timeout: 60_000 });
  await press(page, /^Confirm and apply/);
  await dialogOpens(page);
  await type(page, /^Comment/, "no mouse was used");
  await press(page, /^Confirm and apply/);
  await badge(page, "Applied").waitFor({ timeout: 60_000 });
}

async function aDeliveryIsReplayed(page) {
  await ask("push", { files: { "infra/main.tf": "by keyboard\n" }, message: "a push for the keyboard" });
  await section(page, "Deliveries");
  await openFirst(page, "Deliveries");
  await badge(page, "Worked through").waitFor({ timeout: 60_000 });
  await press(page, /^Replay$/);
  await dialogOpens(page);
  await press(page, /^Replay$/);
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

async function aConnectionIsMadeAndDeleted(page) {
  await section(page, "(Service c|C)onnections");
  await page.getByRole("link", { name: /connection/ }).first().waitFor();
  await page.getByRole("heading", { level: 1, name: "Service connections" }).waitFor();
  await press(page, /^(New|Make a) connection/);
  await page.getByRole("heading", { name: "New connection" }).waitFor();
  await type(page, /^Search \d+ types/, "generic");
  await press(page, /^Generic/);
  await type(page, /^Connection name/, "by-keyboard");
  await type(page, /^Server URL/i, "https://service.example.com");
  await type(page, /^User name/, "ada");
  await type(page, /^Password/, "no mouse was used");
  await tabTo(page, /^Save only if it works/);
  await page.keyboard.press("Space");
  await press(page, /^Save$/);
  await page.getByRole("heading", { name: "by-keyboard" }).waitFor();
  await press(page, /^Delete/);
  await dialogOpens(page);
  await type(page, /^Type by-keyboard/, "by-keyboard");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.waitForURL(/\/connections$/);
}

await main("keyboard", async (page) => {
  await page.goto(`${world.address}/sign-in`);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await type(page, /^User name or e-mail/, world.admin.username);
  await type(page, /^Password/, world.admin.password);
  await page.keyboard.press("Enter");
  await page.getByRole("navigation", { name: "Sections" }).waitFor();
  await press(page, /^Connect a provider/);
  await press(page, /^GitHub Enterprise Server/);
  await type(page, /^HTTP URL/, world.httpUrl);
  await type(page, /^Personal access token/, world.token);
  await press(page, /^Connect and check/);
  await page.getByRole("button", { name: "Mint a key" }).waitFor();
  await press(page, /^Mint a key/);
  await ask("authorize", { key: await page.getByRole("region", { name: "public key" }).textContent() });
  await press(page, /^It is added/);
  await page.getByRole("button", { name: /They match/ }).waitFor();
  await press(page, /^They match/);
  await page.getByRole("button", { name: "Test the key" }).waitFor();
  await press(page, /^Test the key/);
  await page.getByRole("button", { name: "Go on" }).waitFor();
  await press(page, /^Go on/);
  await press(page, /^Choose a repository/);
  await page.getByRole("option").first().waitFor();
  await tabTo(page, /^Search repositories/);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Create the workspace" }).waitFor();
  await press(page, /^A program of your own/);
  await type(page, /^Plan command/, "cat");
  await page.keyboard.press("Enter");
  await page.keyboard.type("infra/main.tf");
  await type(page, /^Apply command/, "true");
  await press(page, /^Create the workspace/);
  await page.getByRole("navigation", { name: /^Parts of/ }).waitFor();
  await press(page, /^Lock$/);
  await dialogOpens(page);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  if (!/^Lock$/.test((await focused(page)).name)) problems.push("keyboard: the focus does not come back from a dialog");
  await aRunIsConfirmed(page);
  await aDeliveryIsReplayed(page);
  await aConnectionIsMadeAndDeleted(page);
});
