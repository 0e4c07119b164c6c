/** The owner's rights at the page, with everything behind it real: what she clicks is what the device does. */
import { readFile } from "node:fs/promises";
import ajv from "ajv/dist/2020.js";
import type { Page } from "playwright-core";
import { readReceipt } from "../host-sim/owner/receipt.ts";
import { exportSchema } from "../provisioning/documents/privacy.ts";
import { desktop, inBrowser, phone } from "./panel/browser/chromium.ts";
import { lowContrast } from "./panel/browser/contrast.ts";
import { atDesk, keepPicture, QuickClock } from "./panel/browser/real-desk.ts";

const key = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const choice = (page: Page, title: string) => page.getByRole("switch", { name: `Send: ${title}` });
const light = (page: Page, guideline: number) =>
  page.getByRole("button", { name: new RegExp(`^Promise ${guideline}, .*: shown$`) });

async function setUp(page: Page): Promise<void> {
  await key(page, "Press the button").click();
  await page.getByText("The set-up window is open.").waitFor();
  await key(page, "Scan the label").click();
  await key(page, "Set up").click();
  await page.getByText("online", { exact: true }).waitFor();
}

async function download(page: Page, name: string | RegExp): Promise<string> {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name }).click(),
  ]);
  return readFile(await file.path(), "utf8");
}

async function partWith(
  page: Page,
  way: "Erase everything" | "Hand on",
  stillHers: () => void,
): Promise<void> {
  await key(page, way).click();
  await key(page, "Keep it").click();
  stillHers();
  await key(page, way).click();
  if (way === "Hand on") {
    await page.getByLabel("The next owner's code").fill("a note, and no code");
    await key(page, "Hand it on now").click();
    await page.getByRole("alert").getByText("The next owner's code has 43 letters").waitFor();
    stillHers();
    await key(page, way).click();
    await key(page, "Scan the next owner's phone").click();
  }
  await key(page, way === "Hand on" ? "Hand it on now" : "Erase it now").click();
}

const sideways = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;

for (const [width, view] of Object.entries({ desktop, phone }))
  inBrowser(`${width}: consent, sight, export, and a receipt when she parts with it`, async (t) => {
    const options = { clock: new QuickClock(6) };
    const { desk, page } = await atDesk(t, { ...view, reducedMotion: "reduce" }, options);
    await setUp(page);
    await page.getByText("The room's climate is not sent: nobody has agreed to it.").waitFor();
    for (const title of ["Climate", "Diagnostics", "Home Assistant"])
      t.is(await choice(page, title).getAttribute("aria-checked"), "false", title);

    await choice(page, "Climate").click();
    await page.locator(".climate").getByText("Temperature").waitFor();
    t.is(await choice(page, "Climate").getAttribute("aria-checked"), "true");
    t.is(await choice(page, "Diagnostics").getAttribute("aria-checked"), "false", "it alone");

    await key(page, "Show what is held").click();
    await page.getByText("Answered by the device itself").waitFor();
    await page.locator(".seen").getByText("a purpose was agreed to").waitFor();
    await page.locator(".seen").getByText(desk.owner.name).waitFor();

    await key(page, "Export").click();
    const text = await download(page, /^Download thirteen-.*\.json$/);
    const all = JSON.parse(text);
    const validate = new ajv.default().compile(JSON.parse(exportSchema()));
    t.true(validate(all), JSON.stringify(validate.errors));
    t.true(all.services.some(({ body }: { body: object }) => "temperature" in body));
    t.false(text.includes("nine lamps"), "no password leaves with it");

    t.deepEqual(await page.evaluate(lowContrast), []);
    t.is(await page.evaluate(sideways), 0);
    await key(page, "Cover").click();
    await keepPicture(page, width === "desktop" ? "owner" : "owner-phone", ".phone");

    await choice(page, "Climate").click();
    await page.getByText("The room's climate is not sent: nobody has agreed to it.").waitFor();
    t.is(await choice(page, "Climate").getAttribute("aria-checked"), "false");

    await desk.owner.order(desk.papers.id, { cmd: "child-profile", args: { on: true } });
    await choice(page, "Diagnostics").click();
    await page.getByRole("alert").getByText("The device is used by a child").waitFor();
    t.is(
      await choice(page, "Diagnostics").getAttribute("aria-checked"),
      "false",
      "not what was asked",
    );

    await partWith(page, width === "desktop" ? "Erase everything" : "Hand on", () =>
      t.true(desk.owned(), "not before she is sure"),
    );
    await page.getByText("Your device has forgotten you, by your order").waitFor();
    t.like(
      readReceipt(
        await download(page, "Keep the receipt"),
        desk.deviceAuthority.certificate,
        desk.papers.id,
      ),
      { cause: width === "desktop" ? "order" : "hand-over", sub: desk.papers.id },
    );
    await light(page, 11).waitFor();
    await key(page, "Set up").waitFor();
    t.false(desk.owned());
    t.deepEqual(desk.keeper.rows(desk.papers.id), [], "the service has erased too");
    t.deepEqual(await page.evaluate(lowContrast), []);
    t.is(await page.evaluate(sideways), 0);
  });

inBrowser(
  "a release: published, told with why and risk, postponed, installed, confirmed",
  async (t) => {
    const { page } = await atDesk(
      t,
      { ...desktop, reducedMotion: "reduce" },
      { clock: new QuickClock(6) },
    );
    await setUp(page);
    await page.getByRole("tab", { name: "Maker" }).click();
    await key(page, "Halt the newest").click();
    await page.getByRole("alert").getByText("Publish a release first").waitFor();
    await key(page, "Publish a good release").click();
    await page.getByText("Offered to 100 in 100 units; confirmed by 0").waitFor();

    await page.getByRole("tab", { name: "Owner" }).click();
    // In use, so that it does not restart by itself when the test runs in the quiet hours.
    await page.getByRole("switch", { name: "Lamp" }).click();
    await page.locator(".lamp.lit").waitFor();
    await key(page, "Look for an update").click();
    const note = page.getByRole("article", { name: /^Update / });
    await note.getByText("Mends how a report is queued").waitFor();
    await note.getByText("Without it: A report may be lost").waitFor();
    await note.getByText("important").waitFor();
    await note.getByText(/^It is ready|^It waits/).waitFor();
    await key(page, "Postpone a day").click();
    await note.getByText("It waits, as you asked.").waitFor();
    await page.getByRole("switch", { name: "Lamp" }).click();
    await page.locator(".lamp:not(.lit)").waitFor({ state: "attached" });
    await key(page, "Install now").click();
    await note
      .getByText("Installed; the device has found itself well.")
      .waitFor({ timeout: 90_000 });
    await light(page, 3).waitFor();
    await page.getByRole("tab", { name: "Maker" }).click();
    await page.getByText("Offered to 100 in 100 units; confirmed by 1").waitFor();
    await key(page, "Cover").click();
    await keepPicture(page, "maker", ".maker");
    await key(page, "Halt the newest").click();
    await page.getByText("Offered to nobody").waitFor();
    t.pass();
  },
);

inBrowser("a bad release: tried, given up by the device itself, and both are told", async (t) => {
  const { page } = await atDesk(
    t,
    { ...desktop, reducedMotion: "reduce" },
    { clock: new QuickClock(6) },
  );
  const lamp = page.getByRole("switch", { name: "Lamp" });
  await setUp(page);
  await page.getByRole("tab", { name: "Maker" }).click();
  await key(page, "Publish a bad release").click();
  await page.getByText("Offered to 100 in 100 units; confirmed by 0").waitFor();
  await page.getByRole("tab", { name: "Owner" }).click();
  await lamp.click();
  await page.locator(".lamp.lit").waitFor();
  await key(page, "Look for an update").click();
  const note = page.getByRole("article", { name: /^Update / });
  await note.getByText("Meant to start faster.").waitFor();
  await note.getByText(/^It is ready|^It waits/).waitFor();
  await key(page, "Postpone a day").click();
  await note.getByText("It waits, as you asked.").waitFor();
  await lamp.click();
  await page.locator(".lamp:not(.lit)").waitFor({ state: "attached" });
  await key(page, "Install now").click();
  const end = note.getByText(/^The device gave it up|the device has found itself well/);
  await end.waitFor({ timeout: 90_000 });
  t.is(await end.innerText(), "The device gave it up (crashed) and runs what it ran before.");
  // What it ran before obeys its owner.
  await page.getByText("online", { exact: true }).waitFor();
  await lamp.click();
  await page.locator(".lamp.lit").waitFor();
  await page.getByRole("tab", { name: "Maker" }).click();
  await page.getByText("confirmed by 0, given up by 1.").waitFor();
  t.pass();
});
