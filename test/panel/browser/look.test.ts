import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import type { FakeDesk } from "../fake-desk.ts";
import { fakePassword } from "../fake-desk.ts";
import { desktop, inBrowser, phone, smallest, visit } from "./chromium.ts";
import { lowContrast } from "./contrast.ts";

/** With SCREENSHOTS=folder every view below is kept there. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

/** Brings the desk into a state in which every kind of thing is on the page. */
async function fill(desk: FakeDesk, page: Page): Promise<void> {
  await desk.act({ type: "plug" });
  await desk.act({ type: "press" });
  await page.getByText("The set-up window is open.").waitFor();
  await desk.act({ type: "set-up", password: fakePassword, ssid: "Desk network" });
  await page.getByText("online", { exact: true }).waitFor();
  await desk.act({ type: "lamp", on: true });
  for (const { name } of desk.view().attacks) await desk.act({ type: "attack", name });
  const broken = desk.view().lights[5]!;
  const light = { ...broken, state: "red", what: "Port 23 answered.", when: Date.now() } as const;
  desk.emit({ type: "light", light });
  desk.note({ part: "device", text: "Memory is full; it restarts.", tone: "bad", detail: "More." });
  await page.getByText("Memory is full").first().waitFor();
}

/** Elements that reach beyond the right edge. */
const overflowing = () => {
  const edge = document.documentElement.clientWidth;
  return [...document.querySelectorAll("body *")]
    .filter((element) => !(element instanceof SVGElement) && element.checkVisibility())
    .filter((element) => !element.closest(".unseen, .mat"))
    .filter((element) => element.getBoundingClientRect().right > edge + 0.5)
    .map((element) => `${element.tagName} ${element.className}`);
};

const sideways = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;

for (const [width, size] of Object.entries({ desktop, phone, smallest }))
  for (const colorScheme of ["light", "dark"] as const)
    inBrowser(`${width}, ${colorScheme}: contrast is AA and nothing runs out`, async (t) => {
      // Colours are judged at rest, not in the middle of a change.
      const { desk, page } = await visit(t, { ...size, colorScheme, reducedMotion: "reduce" });
      const inspect = async (name: string) => {
        await picture(page, `${width}-${colorScheme}-${name}`);
        t.deepEqual(await page.evaluate(lowContrast), [], name);
        t.is(await page.evaluate(sideways), 0, name);
        t.deepEqual(await page.evaluate(overflowing), [], name);
      };
      await inspect("new");
      await fill(desk, page);
      await inspect("owner");
      await page.getByRole("tab", { name: "Attacker" }).click();
      await page.getByText("Got in").waitFor();
      for (const summary of await page.locator("summary").all()) await summary.click();
      await inspect("attacker");
      await page.getByRole("tab", { name: "Maker" }).click();
      await page.getByText("What the watcher noticed").waitFor();
      await inspect("maker");
      await page.getByRole("button", { name: "Cover", exact: true }).click();
      await page.getByText("The label is covered.").waitFor();
      await page.evaluate(() => window.scrollTo(0, 0));
      await page.getByRole("button", { name: /^Promise 6,/ }).click();
      await page.locator(".story").getByText("Port 23 answered.").waitFor();
      await inspect("story");
    });

inBrowser("control: pale text and wide boxes are found", async (t) => {
  const { page } = await visit(t, smallest);
  await page.evaluate(() => {
    const pale = document.createElement("p");
    pale.textContent = "too pale";
    Object.assign(pale.style, { color: "#999", background: "#eee", width: "500px" });
    document.body.append(pale);
  });
  t.regex((await page.evaluate(lowContrast)).join(), /too pale/);
  t.true((await page.evaluate(sideways)) > 0);
  t.true((await page.evaluate(overflowing)).length > 0);
});

inBrowser("text on the lit mat keeps its contrast", async (t) => {
  const { desk, page } = await visit(t);
  await fill(desk, page);
  await desk.act({ type: "lamp", on: true });
  await page.waitForTimeout(600);
  // The glow is drawn, not a background colour, so it is measured where it falls: words made
  // invisible, the brightest pixel behind them taken.
  const words = page.locator(".mat-words");
  await words.evaluate((element) => {
    (element as HTMLElement).style.opacity = "0";
  });
  const png = (await words.screenshot()).toString("base64");
  const brightest = await page.evaluate(async (data) => {
    const image = new Image();
    image.src = `data:image/png;base64,${data}`;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), {
      width: image.width,
      height: image.height,
    });
    const context = canvas.getContext("2d")!;
    context.drawImage(image, 0, 0);
    const { data: pixels } = context.getImageData(0, 0, image.width, image.height);
    const linear = (value: number) =>
      value <= 10 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
    let most = 0;
    for (let index = 0; index < pixels.length; index += 4) {
      const [r = 0, g = 0, b = 0] = pixels.subarray(index, index + 3);
      most = Math.max(most, 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b));
    }
    return most;
  }, png);
  // #ffe9bb, the darker of the two colours of the words.
  const contrast = (0.825 + 0.05) / (brightest + 0.05);
  t.log(`worst pixel ${contrast.toFixed(2)}`);
  t.true(contrast >= 4.5);
});

inBrowser("reduced motion: nothing is animated", async (t) => {
  const { desk, page } = await visit(t, { ...desktop, reducedMotion: "reduce" });
  await fill(desk, page);
  await desk.act({ type: "unplug" });
  await page.getByText("The device has no power.").waitFor();
  t.is(await page.evaluate(() => document.getAnimations().length), 0);
});

inBrowser("control: without the wish there is motion", async (t) => {
  const { desk, page } = await visit(t);
  desk.note({ part: "board", text: "moves in", tone: "plain" });
  await page.waitForFunction(() => document.getAnimations().length > 0);
  t.pass();
});
