// How much the first page is, how soon it can be used, and whether a list of 100,000 deliveries stays smooth.
import { main, picture, problems, signIn, world } from "./browser.mjs";

const MOST_BYTES = 250 * 1024;
const MOST_MILLISECONDS = 1_000 * Number(process.env.RUNBRIDGE_BROWSER_PATIENCE ?? 1);
const LONGEST_FRAME = 250 * Number(process.env.RUNBRIDGE_BROWSER_PATIENCE ?? 1);
const MOST_ROWS = 120;

async function firstPage(page, context) {
  const client = await context.newCDPSession(page);
  await client.send("Network.enable");
  await client.send("Network.setCacheDisabled", { cacheDisabled: true });
  let bytes = 0;
  client.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  const started = Date.now();
  await page.goto(`${world.address}/app/${world.admin.organization}/workspaces`);
  await page.getByRole("link", { name: "New workspace" }).waitFor();
  const took = Date.now() - started;
  await page.waitForLoadState("networkidle");
  console.log(`first page: ${(bytes / 1024).toFixed(0)} KB, usable after ${took} ms`);
  if (bytes > MOST_BYTES) problems.push(`the first page is ${bytes} bytes`);
  if (took > MOST_MILLISECONDS) problems.push(`the first page can be used after ${took} ms`);
  await client.detach();
}

async function longList(page) {
  await page.goto(`${world.address}/app/${world.admin.organization}/deliveries`);
  const table = page.getByRole("table", { name: "Deliveries" });
  await table.getByRole("row").nth(3).waitFor();
  const count = Number(await table.getAttribute("aria-rowcount"));
  if (count !== world.count + 1) problems.push(`the list says ${count} rows, there are ${world.count}`);
  const frames = await page.evaluate(async () => {
    const port = document.querySelector(".list .port");
    const gaps = [];
    let last = performance.now();
    for (let step = 0; step < 90; step++) {
      port.scrollTop = (port.scrollHeight * step) / 90;
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      gaps.push(now - last);
      last = now;
    }
    port.scrollTop = port.scrollHeight;
    return gaps.sort((a, b) => a - b);
  });
  const slowest = frames[Math.floor(frames.length * 0.95)];
  console.log(`scrolling through ${world.count} rows: 95 of 100 frames within ${slowest.toFixed(0)} ms`);
  if (slowest > LONGEST_FRAME) problems.push(`a frame takes ${slowest} ms while scrolling`);
  await page.getByText(world.oldest).waitFor();
  const rows = await page.locator(".list .line").count();
  if (rows > MOST_ROWS) problems.push(`${rows} rows are in the page at once`);
  await picture(page, "deliveries-100000");
}

await main("speed", async (page, context) => {
  await signIn(page);
  await firstPage(page, context);
  await longList(page);
});
