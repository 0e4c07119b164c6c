import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { servePanel } from "../../../host-sim/panel/serve.ts";
import { inBrowser, visit } from "./chromium.ts";

inBrowser("an event is on the page within 200 ms", async (t) => {
  const { desk, page } = await visit(t);
  await page.evaluate(() => {
    const seen: Record<string, number> = {};
    Object.assign(window, { seen });
    new MutationObserver(() => {
      const text = document.querySelector(".entry .words")?.textContent?.trim();
      if (text) seen[text] ??= Date.now();
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  const delays: number[] = [];
  for (let index = 0; index < 9; index++) {
    const text = `event ${index}`;
    const sentMs = Date.now();
    desk.note({ part: "device", text, tone: "plain" });
    await page.locator(".entry").filter({ hasText: text }).waitFor();
    const shownMs = await page.evaluate(
      (key) => (window as unknown as { seen: Record<string, number> }).seen[key],
      text,
    );
    delays.push(shownMs! - sentMs);
  }
  const median = delays.sort((a, b) => a - b)[4]!;
  t.log(`median ${median} ms, worst ${delays.at(-1)} ms`);
  t.true(median <= 200);
});

inBrowser("a stopped desk is said, its controls rest, and its return is noticed", async (t) => {
  const { desk, panel, page } = await visit(t);
  await panel.close();
  await page.getByText("The desk has stopped.").waitFor();
  const plug = page.getByRole("button", { name: "Plug in the power" });
  t.true(await plug.isDisabled());
  desk.note({ part: "board", text: "missed while away", tone: "plain" });

  const again = await servePanel({ desk, port: Number(new URL(panel.url).port) });
  t.teardown(() => again.close());
  await page.getByText("missed while away").first().waitFor();
  t.is(await page.getByText("The desk has stopped.").count(), 0);
  await plug.click();
  await page.getByText("It has no owner").waitFor();
});

inBrowser("a flash write and a power cut show where they happened", async (t) => {
  const { desk, page } = await visit(t);
  await desk.act({ type: "plug" });
  await page.locator(".strip .cell.write").waitFor();
  await desk.act({ type: "unplug" });
  const system = page.locator(".strip li").filter({ hasText: "system" });
  await system.locator(".cell.cut").waitFor();
  t.is(await page.locator(".strip .cell.cut").count(), 1);
  await page.getByText("power was cut during it").waitFor();
});

inBrowser("a foreign page in the same browser reaches nothing", async (t) => {
  const { desk, panel, page } = await visit(t);
  const foreign = await page.context().newPage();
  // Another port of this machine: no browser's own rules for local addresses are in the way.
  const site = createServer((_, response) => response.end()).listen(0, "127.0.0.1");
  await new Promise((resolve) => site.once("listening", resolve));
  t.teardown(() => {
    site.close();
    site.closeAllConnections();
  });
  await foreign.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  const attempt = (url: string) =>
    foreign.evaluate(async (base) => {
      const tell = (sent: Promise<Response>) =>
        sent.then(
          () => "answered",
          () => "failed",
        );
      const post = { method: "POST", body: '{"type":"plug"}' };
      return [
        await tell(
          fetch(`${base}act`, { ...post, headers: { "content-type": "application/json" } }),
        ),
        await tell(fetch(`${base}act`, { ...post, mode: "no-cors" })),
        await tell(fetch(`${base}events`)),
      ];
    }, url);
  t.deepEqual(await attempt(panel.url), ["failed", "failed", "failed"]);
  t.deepEqual(desk.actions, []);

  // Control: without the guard the plain form gets through to the desk, though unanswered.
  const open = await servePanel({ desk, port: 0, guard: () => undefined });
  t.teardown(() => open.close());
  await attempt(open.url);
  t.deepEqual(desk.actions, [{ type: "plug" }]);
});
