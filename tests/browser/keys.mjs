// Hands without a mouse: Tab, Shift, arrows, Enter, Space, Escape and letters, and what became of it at the server.
import { problems } from "./browser.mjs";

const MOST_TABS = 400; // some rounds of a long page: what is looked for may still be on its way
const MOUSE = ["click", "dblclick", "hover", "tap", "check", "uncheck", "setChecked", "fill", "clear", "selectOption", "dragTo", "focus", "press", "pressSequentially", "setInputFiles"];

/** From here on a script that reaches for the mouse, or puts text into a field without typing it, fails. */
export function withoutMouse(page) {
  const forbid = (object, names) => {
    for (const name of names) object[name] = () => { throw new Error(`keyboard alone: ${name}() is no key`); };
  };
  forbid(Object.getPrototypeOf(page.locator("body")), MOUSE);
  forbid(Object.getPrototypeOf(page), [...MOUSE, "dragAndDrop"]);
  forbid(Object.getPrototypeOf(page.mouse), ["click", "dblclick", "down", "move", "up", "wheel"]);
  forbid(Object.getPrototypeOf(page.touchscreen), ["tap"]);
}

export async function focused(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    const label = element?.labels?.[0]?.textContent || element?.getAttribute("aria-label") || element?.textContent || "";
    const style = element ? getComputedStyle(element) : null;
    const parent = element?.closest("label.button"); // a file's field stands behind its label
    const around = parent ? getComputedStyle(parent) : null;
    const shows = (one) => Boolean(one && (one.outlineStyle !== "none" || one.boxShadow !== "none"));
    return { name: label.trim(), visible: shows(style) || shows(around) };
  });
}

/** Tab until what has the focus is called so; the focus must be seen there. */
export async function tabTo(page, name) {
  const end = Date.now() + 20_000; // what is still being read comes with a later round
  for (let step = 0; step < MOST_TABS || Date.now() < end; step++) {
    const now = await focused(page);
    if (name.test(now.name)) {
      if (!now.visible) problems.push(`keyboard: the focus on "${now.name}" cannot be seen`);
      return;
    }
    await page.keyboard.press("Tab");
  }
  throw new Error(`${name} cannot be reached with Tab`);
}

export async function press(page, name, key = "Enter") {
  await tabTo(page, name);
  await page.keyboard.press(key);
}

export async function type(page, name, text) {
  await tabTo(page, name);
  await page.keyboard.press("Control+a");
  await page.keyboard.type(text);
}

/** An option of a list, by the letters that it begins with. */
export async function choose(page, name, text) {
  await tabTo(page, name);
  await page.keyboard.type(text);
  const chosen = await page.evaluate(() => document.activeElement.selectedOptions?.[0]?.textContent ?? "");
  if (!chosen.startsWith(text)) throw new Error(`typing "${text}" chose "${chosen}" of ${name}`);
}

/** A window is there and has the focus. */
export const dialogOpens = (page) => page.waitForFunction(() => document.querySelector("[role=dialog]")?.contains(document.activeElement));
export const dialogCloses = (page) => page.getByRole("dialog").waitFor({ state: "detached" });

/** A button that asks first: its window is confirmed, after the name was typed where one is asked for. */
export async function pressAndConfirm(page, name, action, typed) {
  await press(page, name);
  await dialogOpens(page);
  if (typed) await page.keyboard.type(typed); // the field has the focus
  await press(page, action);
}

/** A link of the navigation: tabs and crumbs have such names too. */
export async function section(page, name) {
  await tabTo(page, /^Skip to the content$/);
  await press(page, new RegExp(`^${name}$`));
}

export const escaped = (text) => text.replace(/[^\w ]/g, "\\$&");

/** The first row's link of a list, by the name that it has. */
export async function openFirst(page, list) {
  const link = page.getByRole("table", { name: list }).getByRole("link").first();
  const name = (await link.getAttribute("aria-label")) ?? (await link.textContent());
  await press(page, new RegExp(`^${escaped(name.trim())}`));
}

/** What the API answers to this browser's session. */
export async function api(page, path) {
  return page.evaluate(async (address) => {
    const answer = await fetch(address);
    const text = await answer.text();
    return { status: answer.status, ...(text ? JSON.parse(text) : {}) };
  }, `/api/v2${path}`);
}

export async function until(what, holds) {
  const end = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`${what}: the server does not show it`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

const calls = new Set();
/** Calls that changed something and were answered well, as "POST /api/v2/runs/run-1/actions/apply". */
export const callsThatWorked = () => [...calls];

export function watch(page) {
  page.on("response", (response) => {
    const method = response.request().method();
    if (method !== "GET" && response.ok()) calls.add(`${method} ${new URL(response.url()).pathname}`);
  });
}

/** Does something by keyboard and looks at the API whether it is so: what is called, how, and what holds after. */
export async function act(what, how, holds) {
  try {
    await how();
    if (holds) await until(what, holds);
  } catch (error) {
    throw new Error(`by keyboard, ${what}: ${error.message}`, { cause: error });
  }
}
