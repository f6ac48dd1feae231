// Everything by keyboard alone, with Tab, arrows, Enter, Space and Escape: from the one-time link to a workspace, a run
// confirmed, a delivery replayed, and then every other action that the page has. No mouse.
import { ask, main, problems, world } from "./browser.mjs";
import { ADMIN } from "./flows.mjs";
import * as actions from "./keyboard_actions.mjs";
import { act, api, callsThatWorked, dialogCloses, dialogOpens, focused, openFirst, press, section, tabTo, type, watch, withoutMouse } from "./keys.mjs";

const badge = (page, words) => page.locator(".page-head .badge", { hasText: words });

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
  await ask("push", { files: { "infra/main.tf": "by keyboard\n" }, message: actions.PUSHED });
  await section(page, "Deliveries");
  await openFirst(page, "Deliveries");
  await badge(page, "Worked through").waitFor({ timeout: 60_000 });
  await press(page, /^Replay$/);
  await dialogOpens(page);
  await press(page, /^Replay$/);
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

async function firstStart(page) {
  await page.goto(world.setupLink);
  await page.getByRole("textbox", { name: "User name" }).waitFor();
  await type(page, /^User name/, ADMIN.username);
  await type(page, /^E-mail address/, ADMIN.email);
  await type(page, /^Password/, ADMIN.password);
  await type(page, /^Organization/, ADMIN.organization);
  await act("the first start", () => press(page, /^Create and go on/), async () => (await api(page, `/organizations/${ADMIN.organization}`)).status === 200);
}

async function onboarding(page) {
  await press(page, /^GitHub Enterprise Server/);
  await type(page, /^HTTP URL/, world.httpUrl);
  await type(page, /^Personal access token/, world.token);
  await press(page, /^Connect and check/);
  await page.getByRole("button", { name: "Mint a key" }).waitFor();
  await press(page, /^Mint a key/);
  await ask("authorize", { key: await page.getByRole("region", { name: "public key" }).textContent() });
  await press(page, /^It is added/);
  await press(page, /^They match/);
  await press(page, /^Test the key/);
  await press(page, /^Go on/);
  await press(page, /^Choose a repository/);
  await page.getByRole("option").first().waitFor();
  await tabTo(page, /^Search repositories/);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Create the workspace" }).waitFor();
  await press(page, /^A program of your own/);
  await type(page, /^Plan command/, "cat\ninfra/main.tf");
  await type(page, /^Apply command/, "true");
  await press(page, /^Create the workspace/);
  await page.getByRole("navigation", { name: /^Parts of/ }).waitFor();
}

async function theFocusComesBack(page) {
  await press(page, /^Lock$/);
  await dialogOpens(page);
  await page.keyboard.press("Escape");
  await dialogCloses(page);
  const isBack = async () => /^Lock$/.test((await focused(page)).name);
  for (let i = 0; i < 100 && !(await isBack()); i++) await page.evaluate(() => new Promise(requestAnimationFrame));
  if (!(await isBack())) problems.push("keyboard: the focus does not come back from a dialog");
}

await main("keyboard", async (page) => {
  withoutMouse(page);
  watch(page);
  await firstStart(page);
  await onboarding(page);
  await theFocusComesBack(page);
  await aRunIsConfirmed(page);
  await aDeliveryIsReplayed(page);
  await actions.locks(page);
  await actions.variables(page);
  await actions.runs(page);
  await actions.settingsOfWorkspace(page, ["sh", "-c", "trap '' TERM; sleep 60"]);
  await actions.stubbornRuns(page);
  await actions.hooks(page);
  await actions.hostKeys(page);
  await actions.keys(page);
  await actions.organization(page);
  await actions.people(page);
  await actions.connections(page);
  await actions.signInsOfConnections(page);
  await actions.tokens(page);
  await actions.provider(page);
  await ask("providerGoesDown");
  await actions.workspaceIsDeleted(page);
  await actions.aHookIsForgotten(page);
  await actions.providerIsDeleted(page);
  await actions.otherOrganization(page);
  await actions.account(page);
  await actions.signIn(page, "eight small bridges over the river");
  await ask("calls", { worked: callsThatWorked() });
});
