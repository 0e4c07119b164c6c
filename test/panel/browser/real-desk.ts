/** What `npm start` shows: a real unit at a real desk, and its page in a real browser. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { ExecutionContext } from "ava";
import type { BrowserContextOptions, Page } from "playwright-core";
import { RealClock } from "../../../host-sim/board/clock.ts";
import { type Desk, type DeskOptions, openDesk } from "../../../host-sim/desk/desk.ts";
import { connectHousehold } from "../../../host-sim/desk/owner-side.ts";
import { pageDesk } from "../../../host-sim/desk/page-desk.ts";
import { engineNamed } from "../../../host-sim/engine/engines.ts";
import { servePanel } from "../../../host-sim/panel/serve.ts";
import { desktop, openPage } from "./chromium.ts";

export interface RealDesk {
  readonly desk: Desk;
  readonly page: Page;
  readonly serial: string;
  /** What ends with the test ends now. */
  close(): Promise<void>;
}

/** The steps of `host-sim/desk/start.ts`. */
export async function atDesk(
  t: ExecutionContext,
  view: BrowserContextOptions = desktop,
  options: Partial<DeskOptions> = {},
): Promise<RealDesk> {
  const desk = await openDesk({ engine: engineNamed("node"), ...options });
  const shown = pageDesk(desk);
  const panel = await servePanel({ desk: shown, port: 0 });
  let closed: Promise<void> | undefined;
  const end = async () => {
    await panel.close();
    shown.close();
    await desk.close();
  };
  const close = () => {
    closed ??= end();
    return closed;
  };
  t.teardown(close);
  if (desk.owned()) await connectHousehold(desk);
  await desk.unit.plug();
  const page = await openPage(t, panel, view);
  await page.getByRole("heading", { name: "Thirteen Lamp", exact: true }).waitFor();
  return { desk, page, serial: desk.papers.serial, close };
}

/** Time that passes `times` faster, for whoever waits by the desk's clock. */
export class QuickClock extends RealClock {
  readonly #times: number;

  constructor(times: number) {
    super();
    this.#times = times;
  }

  override now(): number {
    return super.now() * this.#times;
  }

  override after(delayMs: number, callback: () => void): () => void {
    return super.after(delayMs / this.#times, callback);
  }
}

/**
 * With SCREENSHOTS=folder the view, or all of one part of it, is kept there; the label's password is not
 * in it.
 */
export async function keepPicture(page: Page, name: string, part?: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  await mkdir(folder, { recursive: true });
  await page.evaluate(() => {
    window.scrollTo(0, 0);
    (document.activeElement as HTMLElement | null)?.blur();
  });
  await page.getByText("The label is covered.").waitFor();
  // Colours and squares at rest.
  await page.waitForTimeout(1_200);
  // What sticks to the window would lie over a part that is longer than it.
  if (part !== undefined)
    await page.evaluate(() => {
      for (const element of document.querySelectorAll<HTMLElement>("body *"))
        if (getComputedStyle(element).position === "sticky") element.style.position = "static";
    });
  const shown = part === undefined ? page : page.locator(part);
  await shown.screenshot({ path: join(folder, `${name}.png`) });
}
