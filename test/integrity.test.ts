/**
 * A unit whose flash was changed by nobody who may (EN 303 645 5.7-1, 5.7-2): it tells its owner by her
 * own broker, and joins nothing else. What an update does, forwards or back, is no tampering.
 */
import test, { type ExecutionContext } from "ava";
import type { NorFlash } from "../host-sim/board/nor-flash.ts";
import { boardPartitions, partition } from "../host-sim/board/partitions.ts";
import { readSlot, writeSlot } from "../host-sim/bootloader/image.ts";
import { writeOtaEntry } from "../host-sim/bootloader/ota-data.ts";
import { brokerName, brokerPort, type Desk, openDesk } from "../host-sim/desk/desk.ts";
import { nodeEngine } from "../host-sim/engine/node-engine.ts";
import { areasOn } from "../host-sim/fleet/claimed.ts";
import { broken } from "../host-sim/runtime/variants.ts";
import { Recorder } from "../host-sim/surface/scan.ts";
import { claim, deskWith, flashOf, hold, longPressMs, TimeLapse, tapMs } from "./desk-fixture.ts";

/** Past the warning, until letting go is the wipe. */
const wipePressMs = 12_000;

const clock = new TimeLapse();
let desk: Desk;
let claimed: Uint8Array;

test.before(async () => {
  desk = await openDesk({ engine: nodeEngine, clock });
  await desk.unit.plug();
  await claim(desk, clock);
  claimed = desk.unit.flash.image();
  await desk.connectOwner();
  desk.unit.unplug();
});

test.after.always(async () => {
  await desk?.close();
  clock.stop();
});

interface Life {
  readonly at: Desk;
  readonly recorder: Recorder;
  /** Security events and their reasons, as the device records them. */
  readonly recorded: string[];
  /** What the owner's app heard: topic, event and reason. */
  readonly told: string[];
}

/** A life on the claimed unit's flash after `change`. */
async function lifeAfter(
  t: ExecutionContext,
  change: (flash: NorFlash) => void,
  image = claimed,
): Promise<Life> {
  const flash = flashOf(image);
  flash.powerOn();
  change(flash);
  const recorder = new Recorder();
  const at = deskWith(desk, flash, { engine: recorder.around(nodeEngine) });
  t.teardown(() => at.unit.unplug());
  const recorded: string[] = [];
  at.unit.on("trace", ({ room, event, detail }) => {
    if (room === "telemetry") recorded.push(`${event} ${detail?.reason ?? ""}`.trim());
  });
  const told: string[] = [];
  const onMessage = (_: string, topic: string, body: unknown) => {
    const { event, reason } = (body ?? {}) as { event?: string; reason?: string };
    told.push([topic, event, reason].filter(Boolean).join(" "));
  };
  desk.owner.on("message", onMessage);
  t.teardown(() => void desk.owner.off("message", onMessage));
  await at.unit.plug();
  return { at, recorder, recorded, told };
}

const pass = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));

/** The bytes of what runs, changed; with a digest that the bootloader believes. */
function rewriteImage(flash: NorFlash): void {
  const image = readSlot(flash, boardPartitions(), 0);
  if ("fault" in image) throw new Error(image.fault);
  writeSlot(flash, boardPartitions(), 0, `${image.source}\n// one more line`);
}

/** One bit of the newest record of this name falls: its checksum, or its seal, no longer holds. */
function breakRecord(flash: NorFlash, area: string, name: string): void {
  const { offset, size } = partition(boardPartitions(), area);
  const found = Buffer.from(flash.read(offset, size)).lastIndexOf(name);
  if (found < 0) throw new Error(`no ${name} in ${area}`);
  const value = offset + found + name.length;
  // Flash clears bits only: the lowest of the first byte that has one set.
  const index = flash.read(value, 12).findIndex((byte, nth) => nth >= 3 && byte !== 0);
  const [byte = 0] = flash.read(value + index, 1);
  if (index < 0) throw new Error("no bit left");
  flash.write(value + index, Uint8Array.of(byte & (byte - 1)));
}

const outside = (recorder: Recorder) => recorder.seen().filter((one) => !one.startsWith("pin "));

async function joinsOnlyItsBroker(t: ExecutionContext, life: Life): Promise<void> {
  const { at, recorder, recorded, told } = life;
  // The owner wants an update and a light, a hand wants the set-up window and the lamp.
  await desk.owner.command(desk.papers.id, "on", { lamp: true }).catch(() => {});
  await desk.owner.wishForUpdate(desk.papers.id, "look", "check").catch(() => {});
  await hold(at, tapMs);
  await hold(at, longPressMs);
  await clock.hurry(200, () => pass(60_000));
  t.deepEqual(at.unit.listening(), [], "no set-up window");
  t.deepEqual(outside(recorder), [`dials ${brokerName}:${brokerPort}`, "station"]);
  t.true(recorded.includes("pairing-refused tampered"));
  t.true(recorded.includes("command-refused tampered"));
  t.deepEqual(
    told.filter((one) => !/^(event|availability)\b/.test(one)),
    [],
    "nothing but events leaves",
  );
}

test.serial("an untouched unit is silent, start after start", async (t) => {
  const { at, recorded, told } = await lifeAfter(t, () => {});
  await clock.until(() => told.includes("state"), "it reports");
  at.unit.unplug();
  await at.unit.plug();
  await pass(5_000);
  t.deepEqual(
    recorded.filter((one) => one.startsWith("tampered")),
    [],
  );
});

test.serial("a full flash: what is checked for the first time kills nobody", async (t) => {
  const deaths: string[] = [];
  const { at, recorded, told } = await lifeAfter(t, (flash) => {
    const { system } = areasOn(flash);
    for (const key of ["claimed", "update.slots"]) system.delete(key);
    for (const size of [1_000, 100, 1])
      try {
        for (let filler = 0; filler < 1_000; filler++)
          system.write(`${size}/${filler}`, new Uint8Array(size));
      } catch {}
  });
  at.unit.on("death", ({ death }) => deaths.push(death));
  await clock.until(() => told.includes("state"), "it reports");
  await pass(5_000);
  t.deepEqual(deaths, []);
  t.deepEqual(
    recorded.filter((one) => /^(tampered|reset)/.test(one)),
    [],
  );
});

test.serial("an entry taken out of the journal: the owner is told", async (t) => {
  const { recorded, told } = await lifeAfter(t, (flash) =>
    areasOn(flash).system.delete("journal1"),
  );
  t.true(recorded.includes("storage-damaged journal"));
  await clock.until(() => told.includes("event storage-damaged journal"), "it tells");
  await clock.until(() => told.includes("state"), "and reports as ever");
});

test.serial("an image changed under a digest that the bootloader believes", async (t) => {
  const life = await lifeAfter(t, rewriteImage);
  await clock.until(() => life.told.includes("event tampered image"), "the owner is told");
  await joinsOnlyItsBroker(t, life);
});

test.serial("a tampered unit stays one, start after start, and still obeys a wipe", async (t) => {
  const { at, recorded, told } = await lifeAfter(t, rewriteImage);
  at.unit.unplug();
  await at.unit.plug();
  await clock.until(() => told.includes("event tampered image"), "the owner is told");
  t.is(recorded.filter((one) => one === "tampered image").length, 2);
  await desk.owner.order(desk.papers.id, { cmd: "wipe", args: {} });
  await clock.until(() => recorded.includes("wiped order"), "it forgets");
});

test.serial("another slot than the one confirmed: an older image brought back", async (t) => {
  const life = await lifeAfter(t, (flash) => {
    const image = readSlot(flash, boardPartitions(), 0);
    if ("fault" in image) throw new Error(image.fault);
    writeSlot(flash, boardPartitions(), 1, image.source);
    writeOtaEntry(flash, boardPartitions(), 1, { sequence: 2, state: "valid" });
  });
  await clock.until(() => life.told.includes("event tampered slot"), "the owner is told");
  t.deepEqual(outside(life.recorder), [`dials ${brokerName}:${brokerPort}`, "station"]);
});

test.serial("settings that no longer open: no network, no new owner, until a wipe", async (t) => {
  const { at, recorder, recorded } = await lifeAfter(t, (flash) =>
    breakRecord(flash, "owner", "claim"),
  );
  t.true(recorded.includes("tampered claim"));
  await hold(at, longPressMs);
  await pass(5_000);
  t.deepEqual(at.unit.listening(), []);
  t.deepEqual(outside(recorder), []);
  await hold(at, wipePressMs);
  await clock.until(() => recorded.includes("wiped button"), "the hand that holds it may wipe it");
  await clock.until(() => at.unit.state === "waiting", "it restarts");
  await clock.until(() => at.unit.state === "running", "as a new unit");
  await pass(1_000);
  await hold(at, tapMs);
  await clock.until(() => at.unit.listening().length > 0, "that can be set up");
  t.is(recorded.filter((one) => one === "tampered claim").length, 1);
});

test.serial("a forgotten key is no wipe", async (t) => {
  const { recorded, recorder } = await lifeAfter(t, (flash) =>
    areasOn(flash).system.purge("owner-key"),
  );
  t.true(recorded.includes("tampered claim"));
  t.deepEqual(outside(recorder), []);
});

test.serial("a damaged identity: said in the journal, and nothing joined", async (t) => {
  const { recorded, recorder } = await lifeAfter(t, (flash) =>
    breakRecord(flash, "factory", "verifier"),
  );
  t.true(recorded.includes("tampered identity"));
  await pass(5_000);
  t.deepEqual(outside(recorder), []);
});

test.serial(
  "an update, forwards and back, is no tampering; its image changed later is",
  async (t) => {
    const { at, recorded, told } = await lifeAfter(t, () => {});
    await clock.until(() => told.includes("state"), "it reports");
    for (const [edition, end] of [
      [{}, "update-confirmed"],
      [{ changes: broken["has a broken sensor"] }, "update-rolled-back"],
    ] as const) {
      await desk.updates.publish(edition);
      const looked = new Promise<void>((resolve) =>
        at.unit.on("trace", ({ room, event }) => {
          if (room === "update" && event === "looked") resolve();
        }),
      );
      await desk.owner.wishForUpdate(desk.papers.id, "look", "check");
      await looked;
      await desk.owner.wishForUpdate(desk.papers.id, "now", "install");
      await clock.hurry(100, () =>
        clock.until(() => recorded.some((one) => one.startsWith(end)), end, 3_600_000),
      );
    }
    at.unit.unplug();
    await at.unit.plug();
    await pass(5_000);
    t.deepEqual(
      recorded.filter((one) => one.startsWith("tampered")),
      [],
    );
    at.unit.unplug();
    const later = await lifeAfter(
      t,
      (flash) => {
        const image = readSlot(flash, boardPartitions(), 1);
        if ("fault" in image) throw new Error(image.fault);
        writeSlot(flash, boardPartitions(), 1, image.source.replace("tampered", "tempered"));
      },
      at.unit.flash.image(),
    );
    t.true(later.recorded.some((one) => /^t.mpered image$/.test(one)));
  },
);
