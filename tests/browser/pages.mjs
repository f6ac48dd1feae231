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

const { pages } = world;

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
