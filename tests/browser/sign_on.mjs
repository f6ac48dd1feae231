// Single sign-on with a real provider, and one-time codes with their QR code.
import { callsThatWorked, dialogOpens, press, watch } from "./keys.mjs";
import { accessible, ask, main, picture, problems, signIn, theme, world } from "./browser.mjs";

const expect = (good, what) => good || problems.push(`sign-on: ${what}`);
const button = (page) => page.getByRole("link", { name: "Continue with Example ID" });

await main("sign-on", async (page, context) => {
  await page.goto(`${world.address}/app/acme/runs`);
  await button(page).waitFor();
  for (const name of ["light", "dark"]) {
    await theme(page, name);
    await button(page).waitFor();
    await accessible(page, `sign-in with a provider, ${name}`);
  }
  await picture(page, "sign-on");

  // Not now: back here, with a sentence.
  await button(page).click();
  await page.getByRole("button", { name: "Not now" }).click();
  await page.getByText("The provider did not sign you in.").waitFor();
  await accessible(page, "sign-in after a sign-on that failed");

  // A person whom no user here is.
  await button(page).click();
  await page.getByLabel("User").fill("stranger");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("to no user here").waitFor();
  await context.clearCookies();

  // Linked on the account's page, which is where the browser comes back to.
  await signIn(page);
  await page.goto(`${world.address}/account`);
  await page.getByText("Linked to nobody").waitFor();
  watch(page);
  await press(page, /^Link Example ID$/);
  await page.getByLabel("User").fill("lovelace");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("cell", { name: "lovelace@example.com", exact: true }).waitFor();
  await accessible(page, "account with single sign-on");
  await picture(page, "account");

  // From now on without a password, and back at the address that was asked for.
  await context.clearCookies();
  await page.goto(`${world.address}/app/acme/runs`);
  await button(page).click();
  await page.getByLabel("User").fill("lovelace");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("navigation", { name: "Sections" }).waitFor();
  expect(page.url() === `${world.address}/app/acme/runs`, `came back to ${page.url()}`);

  // Somebody is invited, and given a link to choose a password with.
  await page.goto(`${world.address}/app/acme/people`);
  await page.getByRole("button", { name: "Invite somebody" }).click();
  await page.getByLabel("E-mail address").fill("grace@example.com");
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  await page.getByRole("button", { name: "Link to sign in for grace@example.com" }).click();
  await page.getByRole("button", { name: "Make the link" }).click();
  const link = (await page.getByRole("region", { name: "link to sign in" }).textContent()).trim();
  await accessible(page, "a link to sign in");
  const other = await page.context().browser().newContext();
  const guest = await other.newPage();
  await guest.goto(link);
  await guest.locator("input[type=password]").first().fill("a password that grace chose");
  await guest.getByRole("button").first().click();
  await guest.getByText("grace").first().waitFor();
  await other.close();

  // One-time codes: what the camera sees is the address that is written below it.
  await page.goto(`${world.address}/account`);
  await page.getByRole("button", { name: "Turn them on" }).click();
  await page.getByRole("img", { name: "The secret for your authenticator" }).waitFor();
  const uri = await page.getByRole("region", { name: "address for authenticators" }).textContent();
  for (const name of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: name });
    await accessible(page, `one-time codes, ${name}`);
  }
  await picture(page, "one-time-codes");
  await page.getByRole("textbox", { name: "One-time code" }).fill(await ask("code", { uri }));
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.getByRole("region", { name: "recovery codes" }).waitFor();

  // The person signs on no more.
  await press(page, /^Unlink lovelace@example.com/);
  await dialogOpens(page);
  await accessible(page, "before an identity is unlinked");
  await press(page, /^Unlink$/);
  await page.getByText("Linked to nobody").waitFor();
  await ask("calls", { worked: callsThatWorked() });
});
