/** The page that `npm start` opens, with everything behind it real: unit, TLS, broker, browser. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import type { Page } from "playwright-core";
import { engineNamed } from "../host-sim/engine/engines.ts";
import { xsAvailable } from "../host-sim/engine/xs-engine.ts";
import { attacks } from "../host-sim/scenario/attacks.ts";
import { formatPassword, generatePassword } from "../provisioning/set-up-password.ts";
import { desktop, inBrowser, phone, tabTo } from "./panel/browser/chromium.ts";
import { atDesk, keepPicture, QuickClock } from "./panel/browser/real-desk.ts";

const light = (page: Page, guideline: number, state = "shown") =>
  page.getByRole("button", { name: new RegExp(`^Promise ${guideline}, .*: ${state}$`) });
const key = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const online = (page: Page) => page.getByText("online", { exact: true }).waitFor();
const lamp = (page: Page) => page.getByRole("switch", { name: "Lamp" });

async function setUp(page: Page): Promise<void> {
  await key(page, "Press the button").click();
  await page.getByText("The set-up window is open.").waitFor();
  await key(page, "Scan the label").click();
  await key(page, "Set up").click();
  await online(page);
}

/** Every kind of wrong answer, and what the page makes of it. */
async function fumble(page: Page): Promise<void> {
  const alert = page.locator(".set-up [role=alert]");
  await key(page, "Scan the label").click();
  await key(page, "Set up").click();
  await alert.getByText("Press the button on the board").waitFor();

  await key(page, "Press the button").click();
  await page.getByText("The set-up window is open.").waitFor();
  await page.getByLabel("Password on the label").fill(formatPassword(generatePassword()));
  await key(page, "Set up").click();
  await alert.getByText("Compare it with the label").waitFor();
  await page.getByText("Somebody did not prove the label's password.").first().waitFor();

  await key(page, "Scan the label").click();
  await page.getByLabel("Wi-Fi password").fill("not the password");
  await key(page, "Set up").click();
  await alert.getByText("the Wi-Fi password is wrong").waitFor();
  await page.getByLabel("Wi-Fi password").fill("");
}

/** Guesses until the device lets everybody wait, and waits. */
async function guess(page: Page): Promise<void> {
  const alert = page.locator(".set-up [role=alert]");
  const wait = alert.getByText("Too many wrong passwords.");
  await page.getByLabel("Password on the label").fill(formatPassword(generatePassword()));
  while ((await wait.count()) === 0) {
    await key(page, "Set up").click();
    await page.getByText("Setting up your Thirteen Lamp").waitFor({ state: "hidden" });
    await alert.waitFor();
  }
  await light(page, 1).waitFor();
  const seconds = Number(/in (\d+) s/.exec(await wait.innerText())?.[1]);
  await page.waitForTimeout(1000 * seconds + 500);
  await key(page, "Scan the label").click();
}

for (const [width, view] of Object.entries({ desktop, phone }))
  inBrowser(`${width}: set up from its label, its lamp, its report, its lights`, async (t) => {
    const { desk, page } = await atDesk(t, view);
    t.is(await page.getByRole("button", { name: /: not shown yet$/ }).count(), 13);
    await fumble(page);
    if (width === "desktop") await guess(page);
    t.is(await light(page, 12).count(), 0, "nothing lights for a set-up that failed");
    await key(page, "Set up").click();
    await online(page);
    for (const guideline of [5, 6, 8, 12]) await light(page, guideline).waitFor();
    t.is(desk.unit.listening().length, 0);

    await lamp(page).click();
    await page.locator(".lamp.lit").waitFor();
    await page.getByRole("cell", { name: "lamp on" }).first().waitFor();
    t.is(await lamp(page).getAttribute("aria-checked"), "true");
    await page.getByText("carries lamp", { exact: true }).first().waitFor();
    await page.locator(".switch-cap").click();
    await page.locator(".lamp:not(.lit)").waitFor({ state: "attached" });
    t.false(desk.unit.lamp, "a tap of the board's button is the lamp's");
    t.is(await light(page, 9).count(), 0);
    await (width === "desktop" ? pullPlug(t, page) : pullCable(page));
    await light(page, 9).waitFor();
    await light(page, 9).click();
    await page.locator(".story").getByText("back at its broker by itself").waitFor();
    await page.keyboard.press("Escape");

    await key(page, "Cover").click();
    if (!desk.unit.lamp) await lamp(page).click();
    await page.locator(".lamp.lit").waitFor();
    await keepPicture(page, width === "desktop" ? "desk" : "phone");
    await page.emulateMedia({ colorScheme: "dark" });
    await keepPicture(page, width === "desktop" ? "desk-dark" : "phone-dark");
  });

async function pullPlug(t: ExecutionContext, page: Page): Promise<void> {
  await key(page, "Pull the power plug").click();
  await page.getByText("The device has no power.").waitFor();
  await page.getByText("offline", { exact: true }).waitFor();
  await lamp(page).click();
  await page.getByRole("alert").getByText("The device is offline").waitFor();
  t.is(await light(page, 9).count(), 0, "not before it is back");
  await key(page, "Plug in the power").click();
  await online(page);
}

async function pullCable(page: Page): Promise<void> {
  await key(page, "Pull the network cable").click();
  await page.getByText("The network cable is out;").waitFor();
  await lamp(page).click();
  await key(page, "Plug in the network cable").click();
  await page.locator(".lamp.lit").waitFor();
}

inBrowser("with the keyboard alone", async (t) => {
  const { desk, page } = await atDesk(t);
  await tabTo(page, "Press the button");
  await page.keyboard.press(" ");
  await page.getByText("The set-up window is open.").waitFor();
  await tabTo(page, "Password on the label");
  await page.keyboard.type(desk.papers.password.toLowerCase());
  await page.keyboard.press("Enter");
  await online(page);
  await tabTo(page, "Lamp");
  await page.keyboard.press(" ");
  await page.locator(".lamp.lit").waitFor();
  await tabTo(page, "Owner");
  await page.keyboard.press("ArrowRight");
  await tabTo(page, "Try it: Read out the flash");
  await page.keyboard.press("Enter");
  await page.getByText("Held", { exact: true }).waitFor();
  await light(page, 4).focus();
  await page.keyboard.press("Enter");
  await page.locator(".story").getByText("test/raw-flash.test.ts").waitFor();
  await page.keyboard.press("Escape");
  // Held for three seconds it opens the set-up window of a device in use.
  await tabTo(page, "Press the button");
  await page.keyboard.down(" ");
  // Asked of the unit itself: held for six seconds it would mean something else.
  for (let waited = 0; desk.unit.listening().length === 0 && waited < 20_000; waited += 20)
    await new Promise((resolve) => setTimeout(resolve, 20));
  await page.keyboard.up(" ");
  await page.getByText("Its set-up network is open").waitFor();
  // The release travels to the desk as a request of its own.
  for (let waited = 0; desk.unit.buttonDown && waited < 5_000; waited += 20)
    await new Promise((resolve) => setTimeout(resolve, 20));
  t.false(desk.unit.buttonDown);
  t.true(desk.unit.lamp, "and is no tap");
});

/** What the page stamps on an attack. The page asks for another try when the device was busy. */
async function tried(page: Page, title: string, tries = 3): Promise<string> {
  const entry = page.locator(".attack").filter({ has: page.getByText(title, { exact: true }) });
  await entry.getByRole("button").click();
  // The answer of the try before stands there until the page has heard of this one.
  await page.waitForTimeout(300);
  const answer = entry.locator(".attack-answer:not(.running)");
  await answer.waitFor({ timeout: 60_000 });
  const words = await answer.innerText();
  if ((await entry.locator(".stamp").count()) === 0)
    return tries > 1 ? tried(page, title, tries - 1) : words;
  return entry.locator(".stamp").innerText();
}

inBrowser("the attacker tries everything, and the device holds", async (t) => {
  const { page } = await atDesk(t, desktop, { clock: new QuickClock(6) });
  await page.getByRole("tab", { name: "Attacker" }).click();
  await key(page, "Try it: Scan for open ports").click();
  await page.getByRole("alert").getByText("Set it up first").waitFor();
  await page.getByRole("tab", { name: "Owner" }).click();
  await setUp(page);
  await key(page, "Cover").click();
  await page.getByRole("tab", { name: "Attacker" }).click();
  // The guesser leaves the set-up window open, so it comes last.
  const last = "guess-password";
  const order = [...attacks].sort((a, b) => Number(a.name === last) - Number(b.name === last));
  for (const { title } of order) {
    await page.getByText("Connected, encrypted both ways.").waitFor();
    t.is(await tried(page, title), "HELD", title);
  }
  t.is(await page.locator(".attack .held").count(), attacks.length);
  for (const guideline of [1, 4, 5, 6, 10, 13]) await light(page, guideline).waitFor();
  t.is(await page.getByRole("button", { name: /: broken$/ }).count(), 0);
  await keepPicture(page, "attacker");

  await page.getByRole("tab", { name: "Maker" }).click();
  const signals = await page
    .locator(".maker [aria-labelledby=flags-title] li code")
    .allInnerTexts();
  for (const signal of ["forged-orders", "update-attack"])
    t.true(signals.includes(signal), signals.join());
});

inBrowser("another run finds the unit as it was; a wiped one is new again", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "thirteen-page-"));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const first = await atDesk(t, desktop, { folder });
  await setUp(first.page);
  await first.close();

  const { desk, page, serial } = await atDesk(t, desktop, { folder });
  t.is(serial, first.serial);
  await online(page);
  await lamp(page).click();
  await page.locator(".lamp.lit").waitFor();
  await desk.owner.order(desk.papers.id, { cmd: "wipe", args: {} });
  await page.getByText("It has no owner").waitFor();
  await key(page, "Set up").waitFor();
  t.false(desk.owned());
  // It says goodbye to its services first, and starts as new then.
  await page.getByText("The device starts again.").waitFor();
  await setUp(page);
  await lamp(page).click();
  await page.locator(".lamp.lit").waitFor();
});

const xs = xsAvailable();
if (!xs.ok) test.skip(`on XS (${xs.reason})`, () => {});
else
  inBrowser("on XS: the same life, with its heap in sight", async (t) => {
    const { page } = await atDesk(t, phone, { engine: engineNamed("xs") });
    await setUp(page);
    await lamp(page).click();
    await page.locator(".lamp.lit").waitFor();
    await page.getByText(/^XS engine: .* heap in use/).waitFor();
    for (const guideline of [5, 6, 8, 12]) await light(page, guideline).waitFor();
    t.pass();
  });
