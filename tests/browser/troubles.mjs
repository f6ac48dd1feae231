// What goes wrong at the provider's side, as a person sees it: each with its remedy, and nothing typed is lost.
import { accessible, ask, main, picture, problems, signIn, world } from "./browser.mjs";
import { Effort, button, chooseKind, textbox } from "./flows.mjs";

const expectText = async (page, text) => page.getByText(text).first().waitFor();
const secret = (page) => page.locator("input[type=password]");

async function aBrokenToken(page, effort) {
  await chooseKind(page, effort);
  await textbox(page, "HTTP URL").fill(world.httpUrl);
  await secret(page).fill("broken");
  await button(page, "Connect and check").click();
  await expectText(page, "Azure DevOps refused the token");
  await expectText(page, "Make a new personal access token");
  if ((await textbox(page, "HTTP URL").inputValue()) !== world.httpUrl) problems.push("the address was lost");
  await picture(page, "trouble-token");
  await accessible(page, "a broken token");
}

async function aProviderThatIsDown(page) {
  await ask("down");
  await secret(page).fill(world.token);
  await button(page, "Check again").click();
  await page.locator(".checks .failed").first().waitFor();
  await picture(page, "trouble-down");
  await ask("up");
  await button(page, "Check again").click();
  await button(page, "Mint a key").waitFor();
}

async function aKeyWithAPassphrase(page) {
  await button(page, "Bring a key").click();
  await textbox(page, "Private key").fill(world.passphraseKey);
  await button(page, "Store the key").click();
  await page.locator(".wrong, .note.bad").filter({ hasText: /passphrase/i }).first().waitFor();
  await picture(page, "trouble-passphrase");
  if (!(await textbox(page, "Private key").inputValue()).includes("PRIVATE KEY")) problems.push("the key that was typed was lost");
}

async function aChangedHostKey(page) {
  await textbox(page, "Private key").fill(world.goodKey);
  await button(page, "Store the key").click();
  await page.getByRole("button", { name: /They match/ }).click();
  await button(page, "Test the key").waitFor();
  await ask("changeHostKey");
  await button(page, "Test the key").click();
  await page.locator(".checks .failed").first().waitFor();
  await picture(page, "trouble-host-key");
}

await main("troubles", async (page) => {
  await signIn(page);
  await page.goto(`${world.address}/app/${world.admin.organization}/providers/new`);
  await aBrokenToken(page, new Effort());
  await aProviderThatIsDown(page);
  await aKeyWithAPassphrase(page);
  await aChangedHostKey(page);
});
