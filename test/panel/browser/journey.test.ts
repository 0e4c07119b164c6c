import type { Page } from "playwright-core";
import { fakePassword } from "../fake-desk.ts";
import { desktop, inBrowser, phone, smallest, tabTo, visit } from "./chromium.ts";

const light = (page: Page, guideline: number, state: string) =>
  page.getByRole("button", { name: new RegExp(`^Promise ${guideline}, .*: ${state}$`) });

for (const [name, size] of Object.entries({ desktop, phone }))
  inBrowser(`${name}: label, button, set-up, lamp, report, lights`, async (t) => {
    const { desk, page } = await visit(t, size);
    t.is(await page.getByRole("button", { name: /: not shown yet$/ }).count(), 13);
    await page.getByRole("button", { name: "Plug in the power" }).click();
    await page.getByText("It has no owner").waitFor();

    const button = page.getByRole("button", { name: /^Press the button/ });
    await button.scrollIntoViewIfNeeded();
    const box = (await button.boundingBox())!;
    await page.mouse.move(box.x + 20, box.y + 10);
    await page.mouse.down();
    await page.getByText("The set-up window is open.").waitFor();
    await page.mouse.up();

    await page.getByRole("button", { name: "Scan the label" }).click();
    t.is(await page.getByLabel("Password on the label").inputValue(), fakePassword);
    await page.getByRole("button", { name: "Set up", exact: true }).click();
    await light(page, 12, "shown").waitFor();
    await light(page, 5, "shown").waitFor();
    await page.getByText("online", { exact: true }).waitFor();

    const lamp = page.getByRole("switch", { name: "Lamp" });
    await lamp.click();
    await page.locator(".lamp.lit").waitFor();
    t.is(await lamp.getAttribute("aria-checked"), "true");
    await page.getByRole("cell", { name: "lamp on" }).first().waitFor();
    await page.getByText("carries temperature, humidity, lamp").first().waitFor();
    t.deepEqual(
      desk.actions.map(({ type }) => type),
      ["plug", "press", "release", "set-up", "lamp"],
    );
  });

inBrowser("with the keyboard alone", async (t) => {
  const { desk, page } = await visit(t);
  await tabTo(page, "Plug in the power");
  await page.keyboard.press("Enter");
  await page.getByText("It has no owner").waitFor();
  await tabTo(page, "Press the button");
  await page.keyboard.down(" ");
  await page.getByText("The set-up window is open.").waitFor();
  await page.keyboard.up(" ");
  await tabTo(page, "Password on the label");
  await page.keyboard.type(fakePassword.toLowerCase().replaceAll("-", ""));
  t.is(await page.getByLabel("Password on the label").inputValue(), fakePassword);
  await page.keyboard.press("Enter");
  await page.getByRole("switch", { name: "Lamp" }).waitFor();
  await page.getByText("online", { exact: true }).waitFor();
  await tabTo(page, "Lamp");
  await page.keyboard.press(" ");
  await page.locator(".lamp.lit").waitFor();
  await tabTo(page, "Owner");
  await page.keyboard.press("ArrowRight");
  await tabTo(page, "Try it: Guess the password");
  await page.keyboard.press("Enter");
  await page.getByText("Held", { exact: true }).waitFor();
  t.is(desk.actions.filter(({ type }) => type === "press").length, 1, "a held key presses once");
});

inBrowser("a hold that loses the focus lets the button go", async (t) => {
  const { desk, page } = await visit(t);
  await tabTo(page, "Press the button");
  await page.keyboard.down("Enter");
  await page.locator(".push.down").waitFor({ state: "attached" });
  await page.keyboard.press("Tab");
  await page.locator(".push:not(.down)").waitFor({ state: "attached" });
  t.is(desk.view().unit.buttonDown, false);
});

inBrowser("the drawn button, plug and cable can be touched", async (t) => {
  const { desk, page } = await visit(t);
  await page.locator(".plug-grip").click();
  await page.getByText("It has no owner").waitFor();
  await page.locator(".switch-cap").hover();
  await page.mouse.down();
  await page.getByText("The set-up window is open.").waitFor();
  await page.mouse.up();
  await page.locator(".plug-clear").click();
  await page.getByRole("button", { name: "Plug in the network cable" }).waitFor();
  t.deepEqual(
    desk.actions.map(({ type }) => type),
    ["plug", "press", "release", "cable"],
  );
});

inBrowser("a wrong password is refused, stands out, and can be corrected", async (t) => {
  const { desk, page } = await visit(t);
  await desk.act({ type: "plug" });
  await desk.act({ type: "press" });
  await page.getByText("The set-up window is open.").waitFor();
  const password = page.getByLabel("Password on the label");
  await password.fill("0000-1111-2222-3333");
  await page.getByRole("button", { name: "Set up", exact: true }).click();
  await page.getByRole("alert").getByText("does not match").waitFor();
  t.is(await password.inputValue(), "0000-1111-2222-3333");
  await light(page, 1, "shown").click();
  await page.getByText("test/rooms/access.suite.ts: thirty days of guessing").waitFor();
  await page.keyboard.press("Escape");
  t.is(await page.locator(".story").count(), 0);

  const entry = page.getByRole("listitem").filter({ hasText: "A wrong password was refused" });
  await entry.getByText("Refused", { exact: true }).waitFor();
  t.false(await entry.getByText("wrong-proof").isVisible());
  await entry.locator("summary").click();
  t.true(await entry.getByText("wrong-proof").isVisible());
});

inBrowser("the timeline is filtered by part and cleared", async (t) => {
  const { desk, page } = await visit(t);
  desk.note({ part: "board", text: "from the board", tone: "plain" });
  desk.note({ part: "owner", text: "from the owner", tone: "plain" });
  const filter = page.getByRole("group", { name: "Show entries of" });
  await filter.getByRole("button", { name: "owner" }).click();
  const entries = page.locator(".entry");
  t.deepEqual(await entries.locator(".words").allInnerTexts(), ["from the owner"]);
  await filter.getByRole("button", { name: "all" }).click();
  t.is(await entries.count(), 2);
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByText("Nothing yet.").waitFor();
});

inBrowser("a covered label is nowhere in the page, and cannot be scanned", async (t) => {
  const { page } = await visit(t, smallest);
  t.true((await page.content()).includes(fakePassword), "control: it is there before");
  await page.getByRole("button", { name: "Cover", exact: true }).click();
  await page.getByText("The label is covered.").waitFor();
  t.false((await page.content()).includes(fakePassword));
  t.is(await page.getByRole("button", { name: "Scan the label" }).count(), 0);
});

inBrowser("a refused action says what to do", async (t) => {
  const { page } = await visit(t);
  await page.getByRole("button", { name: "Scan the label" }).click();
  await page.getByRole("button", { name: "Set up", exact: true }).click();
  const notice = page.getByRole("alert").filter({ hasText: "Set-up is not open" });
  await notice.waitFor();
  await notice.getByRole("button", { name: "Close" }).click();
  t.is(await notice.count(), 0);
});
