// From the one-time link to an applied run, as a person goes it: first start, provider, key, host key, workspace, first
// run, a push, its run confirmed, its delivery opened and replayed.
import { accessible, ask, main, picture, problems, theme, world } from "./browser.mjs";
import { Effort, button, connectProvider, firstStart, firstWorkspace, giveCloneAccess } from "./flows.mjs";

// The shortest path of an Azure DevOps Server repository: more than this and a step asks for what the server knows.
const MOST_CLICKS = 14;
const MOST_FIELDS = 6;

const status = (page, words) => page.locator(".page-head .badge", { hasText: words });

async function openLatestRun(page, effort) {
  const link = page.getByRole("region", { name: "Latest run" }).getByRole("link");
  await effort.click(link);
}

async function firstRun(page, effort) {
  await openLatestRun(page, effort);
  await status(page, /Needs confirmation|nothing to apply/i).waitFor({ timeout: 60_000 });
  await page.getByRole("log", { name: "Log of Plan" }).getByText(world.firstText).waitFor();
}

async function confirmRun(page, effort) {
  await effort.click(button(page, "Confirm and apply"));
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Comment" }).fill("looked at it");
  await effort.click(dialog.getByRole("button", { name: "Confirm and apply" }));
  await status(page, "Applied").waitFor({ timeout: 60_000 });
}

async function pushIsSeenLive(page) {
  await page.getByRole("navigation", { name: "Where this is" }).getByRole("link", { name: "Runs" }).click();
  const list = page.getByRole("table", { name: "Runs" });
  await list.getByRole("row").nth(1).waitFor();
  await ask("push", { files: { "infra/main.tf": "\u001b[32mgreen marker\u001b[0m of the push\n" }, message: "a push that is seen live" });
  await list.getByRole("link", { name: "a push that is seen live" }).click({ timeout: 60_000 });
  await status(page, "Needs confirmation").waitFor({ timeout: 60_000 });
  const green = page.getByRole("log").locator(".ansi-2", { hasText: "green marker" });
  await green.waitFor();
}

async function deliveryIsExplained(page) {
  await page.getByRole("link", { name: "the delivery that caused it" }).click();
  await page.getByRole("heading", { name: "What was decided, and why" }).waitFor();
  await page.getByRole("region", { name: "What was decided, and why" }).getByText(/Rule \d+/).waitFor();
  await picture(page, `delivery-${world.kind}`);
  await accessible(page, "a delivery");
  await button(page, "Replay").click();
  await page.getByRole("dialog").getByRole("button", { name: "Replay" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

// Runs there are in all, once the replay of the delivery in sight is worked through.
async function runsAfterReplay(page) {
  const [, organization, delivery] = /\/app\/([^/]+)\/deliveries\/([^/?]+)/.exec(page.url());
  await page.waitForFunction(async (id) => {
    const { attributes } = (await (await fetch(`/api/v2/deliveries/${id}`)).json()).data;
    return attributes.replays === 1 && attributes.state === "done";
  }, delivery);
  return page.evaluate(async (name) => {
    const list = await (await fetch(`/api/v2/organizations/${name}/runs?page[size]=1`)).json();
    return list.meta.pagination["total-count"];
  }, organization);
}

await main(`onboarding-${world.kind}`, async (page) => {
  const effort = new Effort();
  await firstStart(page, effort);
  await picture(page, `onboarding-start-${world.kind}`);
  await connectProvider(page, effort);
  await giveCloneAccess(page, effort);
  await firstWorkspace(page, effort, { command: "cat\ninfra/main.tf" });
  await firstRun(page, effort);
  console.log(`first run: ${effort.clicks} clicks, ${effort.fields} fields`);
  if (world.kind === "ado_server" && (effort.clicks > MOST_CLICKS || effort.fields > MOST_FIELDS)) {
    problems.push(`the shortest path takes ${effort.clicks} clicks and ${effort.fields} fields`);
  }
  await picture(page, `run-${world.kind}`);
  await confirmRun(page, effort);
  await accessible(page, "a run");
  await pushIsSeenLive(page);
  await confirmRun(page, effort);
  await picture(page, `run-applied-${world.kind}`);
  await deliveryIsExplained(page);
  const runs = await runsAfterReplay(page);
  if (runs !== 2) problems.push(`after the replay there are ${runs} runs, not 2`);
  await theme(page, "dark");
  await page.getByRole("heading", { name: "What was decided, and why" }).waitFor();
  await picture(page, `delivery-dark-${world.kind}`);
});

