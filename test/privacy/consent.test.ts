/**
 * What an owner says yes and no to, at a whole desk (EN 303 645 6-2, 6-3): nothing optional before, each
 * purpose alone, gone when it is withdrawn, the same after a restart and an update, off for a child.
 */
import test, { type ExecutionContext } from "ava";
import type { Purpose } from "../../device/privacy/datum.ts";
import { noticeVersion } from "../../device/privacy/notice.ts";
import type { Desk } from "../../host-sim/desk/desk.ts";
import { exportOf } from "../../host-sim/owner/export.ts";
import { bundleFirmware } from "../../host-sim/runtime/bundle.ts";
import { deskWith, flashOf, heard, type Sabotage } from "../desk-fixture.ts";
import { type Home, liveAgain, messagesOf, openHome, retainedOf } from "./privacy-desk.ts";

let home: Home;
test.before(async () => {
  home = await openHome();
});
test.after.always(() => home?.close());

async function life(t: ExecutionContext, sabotage?: Sabotage): Promise<Desk> {
  const at = await liveAgain(home, sabotage === undefined ? {} : { sabotage });
  t.teardown(() => {
    at.unit.unplug();
    home.desk.keeper.erase(home.desk.papers.id);
  });
  return at;
}

/** Rows of the service that hold a datum. */
const rowsWith = (name: string) =>
  home.desk.keeper.rows(home.desk.papers.id).filter(({ body }) => name in body);

async function agree(purpose: Purpose, granted = true): Promise<void> {
  const { owner, papers } = home.desk;
  const told = messagesOf(owner);
  await owner.consent(papers.id, purpose, granted);
  const event = granted ? "consent-given" : "consent-withdrawn";
  await home.clock.until(
    () => told.some(({ body }) => body.event === event && body.reason === purpose),
    event,
  );
}

async function pass(ms: number): Promise<void> {
  const end = home.clock.now() + ms;
  await home.clock.until(() => home.clock.now() >= end, "a while", ms + 1_000);
}

test.serial(
  "each purpose lets its own data out and no other's; basic function needs none",
  async (t) => {
    const at = await life(t);
    await home.desk.owner.command(home.desk.papers.id, "lit", { lamp: true });
    await home.clock.until(() => at.unit.lamp, "the lamp obeys with everything refused");
    await pass(65_000);
    t.is(rowsWith("temperature").length, 0);
    await agree("climate");
    await home.clock.until(() => rowsWith("temperature").length > 0, "climate is sent");
    t.is(rowsWith("installed").length, 0);
    t.is(home.desk.keeper.rows().filter(({ topic }) => topic === "diagnostics").length, 0);
  },
);

test.serial(
  "withdrawn: the flow stops, the broker's copy goes, the service erases and says so",
  async (t) => {
    const at = await life(t);
    const traces: string[] = [];
    at.unit.on("trace", ({ event }) => traces.push(event));
    await agree("climate");
    await agree("home-assistant");
    await home.clock.until(() => rowsWith("humidity").length > 0, "climate is sent");
    const announced = async () =>
      (await retainedOf(home.desk)).some((topic) => topic.startsWith("homeassistant/"));
    t.true(await announced());

    await agree("home-assistant", false);
    await agree("climate", false);
    await home.clock.until(() => rowsWith("humidity").length === 0, "the service has erased it");
    await home.clock.until(
      () => traces.filter((event) => event === "services-erased").length === 2,
      "and said so, for both",
    );
    t.false(await announced(), "it has disappeared from Home Assistant");
    await pass(65_000);
    t.is(rowsWith("humidity").length, 0, "and nothing new has come");
    const sight = await home.desk.owner.see(home.desk.papers.id);
    t.like(
      sight.choices.find(({ purpose }) => purpose === "climate"),
      { granted: false, notice: noticeVersion },
    );
  },
);

test.serial(
  "withdrawn while the network is down: what waited is dropped, not sent later",
  async (t) => {
    const at = await life(t);
    await agree("climate");
    await home.clock.until(() => rowsWith("temperature").length > 0, "climate is sent");
    const online = heard(at, "connected");
    home.desk.radio.setUpstream(false);
    await pass(100_000);
    home.desk.radio.setUpstream(true);
    await home.clock.until(online, "it is back", 400_000);
    await agree("climate", false);
    await home.clock.until(() => rowsWith("temperature").length === 0, "erased");
    await pass(65_000);
    t.is(rowsWith("temperature").length, 0);
    t.is(at.unit.state, "running");
  },
);

test.serial("neither a restart nor an update changes a choice", async (t) => {
  const at = await life(t);
  await agree("climate");
  const choices = async () => (await home.desk.owner.see(home.desk.papers.id)).choices;
  const before = await choices();
  at.unit.unplug();
  const { source } = await bundleFirmware({ version: "9.9.9" });
  const next = deskWith(home.desk, flashOf(at.unit.flash.image()), { firmware: source });
  t.teardown(() => next.unit.unplug());
  const online = heard(next, "connected");
  await next.unit.plug();
  await home.clock.until(online, "the new firmware is online");
  t.deepEqual(await choices(), before);
});

test.serial("a child's device keeps everything optional off, whoever asks", async (t) => {
  const at = await life(t);
  const { owner, papers } = home.desk;
  await agree("climate");
  await owner.order(papers.id, { cmd: "child-profile", args: { on: true } });
  const refused: unknown[] = [];
  at.unit.on("trace", ({ room, event, detail }) => {
    if (room === "commands" && event === "refused") refused.push(detail?.reason);
  });
  await owner.consent(papers.id, "diagnostics", true);
  await home.clock.until(() => refused.length > 0, "refused");
  t.deepEqual(refused, ["child-profile"]);
  const { owner: mine, choices } = await owner.see(papers.id);
  t.true(mine.child);
  t.deepEqual(
    choices.map(({ granted }) => granted),
    [false, false, false],
  );
});

test.serial(
  "the owner sees and takes with her what is held, where it goes and who has access",
  async (t) => {
    await life(t);
    const { owner, keeper, papers, broker } = home.desk;
    const sight = await owner.see(papers.id);
    t.is(sight.owner.ssid, "Desk");
    t.true(sight.events.some(({ event }) => event === "claimed"));
    t.true(broker.granted(papers.id).includes(owner.name));
    const all = exportOf({
      unit: papers.id,
      nowMs: home.clock.wall(),
      sight,
      accounts: broker.granted(papers.id),
      rows: keeper.rows(papers.id),
    });
    t.false(JSON.stringify(all).includes("nine lamps"), "no password leaves with it");
    t.is(all.format, "thirteen-export-1");
  },
);

test.serial("control: withdrawal that only changes the record is caught", async (t) => {
  await life(t, {
    "privacy/rights.ts": [
      "    this.parts.outlet.obey(consents);\n    this.speak();",
      "    if (consents.choices.climate?.granted) this.parts.outlet.obey(consents);",
    ],
  });
  await agree("climate");
  await home.clock.until(() => rowsWith("temperature").length > 0, "climate is sent");
  await agree("climate", false);
  await pass(65_000);
  t.true(rowsWith("temperature").length > 0);
});

test.serial("control: a purpose that is on before anybody asked is caught", async (t) => {
  await life(t, {
    "privacy/consent.ts": [
      "!child && choices[purpose]?.granted === true",
      "!child && choices[purpose]?.granted !== false",
    ],
  });
  await home.clock.until(() => rowsWith("temperature").length > 0, "sent without being agreed to");
  t.pass();
});
