import { existsSync } from "node:fs";
import test, { type ExecutionContext } from "ava";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { type Panel, servePanel } from "../../../host-sim/panel/serve.ts";
import { type FakeDesk, type FakeDeskOptions, fakeDesk } from "../fake-desk.ts";

const { CHROMIUM } = process.env;
const usualPlaces = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** A browser that was asked for is not silently exchanged for another. */
const executablePath = (CHROMIUM ? [CHROMIUM] : usualPlaces).find((place) => existsSync(place));

const switches = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

let launched: Promise<Browser> | undefined;

function browser(): Promise<Browser> {
  launched ??= chromium.launch({ executablePath: executablePath!, args: switches });
  return launched;
}

/** A test in a real browser; without one it is listed as skipped, with the reason in its name. */
export function inBrowser(name: string, run: (t: ExecutionContext) => Promise<void>): void {
  if (executablePath) test.serial(name, run);
  else test.skip(`${name} (no Chromium found: install it or set CHROMIUM to its path)`, run);
}

test.after.always(async () => (await launched)?.close());

export const desktop = { viewport: { width: 1280, height: 900 } };
export const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
export const smallest = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };

/**
 * The panel in a fresh browser profile. When the test ends it is a failure if the page asked for
 * anything from elsewhere, broke its own policy, or threw.
 */
export async function openPage(
  t: ExecutionContext,
  panel: Panel,
  options: BrowserContextOptions = desktop,
): Promise<Page> {
  const context = await (await browser()).newContext(options);
  // tsx wraps inner functions in esbuild's __name, which page.evaluate does not take along.
  await context.addInitScript("globalThis.__name = (named) => named");
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(panel.url) && !url.startsWith("data:")) complaints.push(`asked for ${url}`);
  });
  page.on("console", (message) => {
    // The browser itself reports refused actions and a stopped desk; both are part of some tests.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  t.teardown(async () => {
    await context.close();
    if (complaints.length > 0) throw new Error(complaints.join("\n"));
  });
  await page.goto(panel.url);
  return page;
}

export interface Visit {
  desk: FakeDesk;
  panel: Panel;
  page: Page;
}

/** A fresh desk without a device, and the page that shows it. */
export async function visit(
  t: ExecutionContext,
  options: BrowserContextOptions = desktop,
  pace: FakeDeskOptions = {},
): Promise<Visit> {
  const desk = fakeDesk(pace);
  const panel = await servePanel({ desk, port: 0 });
  t.teardown(async () => {
    desk.stop();
    await panel.close();
  });
  const page = await openPage(t, panel, options);
  await page.getByRole("heading", { name: "Sample Lamp", exact: true }).waitFor();
  return { desk, panel, page };
}

/** Presses Tab until the element with this name has the focus. */
export async function tabTo(page: Page, name: string): Promise<void> {
  const target = page
    .getByRole("button", { name, exact: true })
    .or(page.getByRole("switch", { name, exact: true }))
    .or(page.getByRole("tab", { name, exact: true }))
    .or(page.getByLabel(name, { exact: true }));
  for (let presses = 0; presses < 120; presses++) {
    await page.keyboard.press("Tab");
    if (await target.evaluateAll((found) => found.includes(document.activeElement as never)))
      return;
  }
  throw new Error(`Tab does not reach "${name}"`);
}
