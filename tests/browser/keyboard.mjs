// Everything by keyboard alone: from sign-in to a workspace, with Tab, arrows, Enter, Space and Escape; no mouse.
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
  await press(page, /^Create the workspace/);
  await page.getByRole("navigation", { name: /^Parts of/ }).waitFor();
  await press(page, /^Lock$/);
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  if (!/^Lock$/.test((await focused(page)).name)) problems.push("keyboard: the focus does not come back from a dialog");
});
