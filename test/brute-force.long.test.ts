/**
 * Weeks of guessing at a whole device: real flash, real protocol over TCP, the plug pulled after every
 * answer (EN 303 645 5.1-5). Time is virtual and stands still while anything real is under way, so the
 * attacker loses none of it.
 *
 * `npm test` plays one day; the thirty of the promise take minutes: `npm run brute-force`, which is
 * `ava test/brute-force.long.test.ts --match="guessing for*" --timeout=60m -- --days=30`.
 */
import type { Socket } from "node:net";
import test from "ava";
import { decodeFrames, encodeFrame, type Frame, noBytes } from "../device/access/frames.ts";
import {
  begin,
  encodeLockOut,
  LONGEST_DELAY_MS,
  restoreLockOut,
} from "../device/access/lock-out.ts";
import { SET_UP_CONTEXT } from "../device/access/spake2plus-schedule.ts";
import { accessPointName, restMs, setUpPort } from "../device/setup/set-up.ts";
import { openKeyValue } from "../device/storage/key-value.ts";
import { VirtualClock } from "../host-sim/board/clock.ts";
import type { CutPhase } from "../host-sim/board/nor-flash.ts";
import { type Desk, openDesk } from "../host-sim/desk/desk.ts";
import { nodeEngine } from "../host-sim/engine/node-engine.ts";
import { generatePassword, stretch } from "../provisioning/set-up-password.ts";
import { startProver } from "../provisioning/spake2plus-prover.ts";
import { deskWith, flashOf, sabotaged, tapMs } from "./desk-fixture.ts";
import { NorModel } from "./nor-model.ts";

const dayMs = 24 * 60 * 60_000;
const days = Number(process.argv.find((one) => one.startsWith("--days="))?.slice(7) ?? 1);
/** What the promise allows in thirty days. */
const allowance = 5_000;

const clock = new VirtualClock(Date.now());
let desk: Desk;
let fresh: Uint8Array;
/** One wrong guess, used again and again: the device cannot know, and it saves the attacker's time. */
let share: Uint8Array;

test.before(async () => {
  desk = await openDesk({ engine: nodeEngine, clock });
  fresh = desk.unit.flash.image();
  const { serial } = desk.papers;
  const parties = { context: SET_UP_CONTEXT, idProver: "", idVerifier: serial };
  const wrong = await stretch(generatePassword(), serial);
  const { shareP } = startProver(parties, wrong, crypto.getRandomValues(new Uint8Array(40)));
  share = encodeFrame({ type: "share", shareP });
});

test.after.always(() => desk?.close());

/** Lets sockets and machines work while virtual time stands still, or passes by `stepMs` a turn. */
async function until(condition: () => boolean, what: string, stepMs = 0): Promise<void> {
  const giveUp = performance.now() + 60_000;
  while (!condition()) {
    if (performance.now() > giveUp) throw new Error(`${what}: it does not come to that`);
    await clock.advance(stepMs);
    await new Promise((resolve) => (stepMs > 0 ? setTimeout(resolve, 1) : setImmediate(resolve)));
  }
}

/** A hand on the button for `tapMs`; if the window is open already, only the time passes. */
async function openWindow({ unit }: Desk): Promise<void> {
  const press = unit.listening().length === 0;
  if (press) unit.press();
  await clock.advance(tapMs);
  if (press) unit.release();
  await until(() => unit.listening().length > 0 || unit.state === "off", "the window opens");
}

/** Sends the share; the device's first frame, or undefined when the power went first. */
async function guess({ unit, radio, papers }: Desk): Promise<Frame | undefined> {
  const link = await radio.join(accessPointName(papers.id));
  const socket: Socket = await link.connect(setUpPort);
  let bytes = noBytes();
  let answer: Frame | undefined;
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    const { pending, frames } = decodeFrames(bytes, chunk, "owner");
    bytes = pending;
    answer ??= frames[0];
  });
  socket.write(share);
  await until(() => answer !== undefined || unit.state === "off", "the device answers", restMs);
  link.leave();
  return answer;
}

interface Siege {
  /** Guesses that were answered: each tells the attacker whether one password is the right one. */
  readonly answered: number;
  readonly lastedMs: number;
}

/** Guesses as fast as the device lets him, for so long or so many answers. */
async function besiege(
  at: Desk,
  lengthMs: number,
  most = Number.POSITIVE_INFINITY,
): Promise<Siege> {
  const { unit } = at;
  const begun = clock.now();
  const end = begun + lengthMs;
  let answered = 0;
  while (clock.now() < end && answered < most) {
    await unit.plug();
    await openWindow(at);
    let frame = await guess(at);
    if (frame?.type === "refusal" && frame.reason === "too-soon") {
      // He waits as long as he is told, and is at the button again when the time comes.
      await clock.advance(Math.max(0, frame.retryAfterMs - tapMs));
      if (clock.now() >= end) break;
      await openWindow(at);
      frame = await guess(at);
    }
    if (frame?.type !== "response") throw new Error(`not an answer: ${JSON.stringify(frame)}`);
    answered++;
    unit.unplug();
  }
  return { answered, lastedMs: clock.now() - begun };
}

test.serial(
  `guessing for ${days} × 24 h, the plug pulled after every answer; then the owner`,
  async (t) => {
    const at = deskWith(desk, flashOf(fresh));
    const deaths: string[] = [];
    at.unit.on("death", ({ death, detail }) => deaths.push(`${death} ${detail}`));
    const started = performance.now();
    const { answered } = await besiege(at, days * dayMs);
    const seconds = Math.round((performance.now() - started) / 100) / 10;
    t.log(
      `${answered} guesses answered in ${days} days (${seconds} s); ${allowance} allowed in 30`,
    );
    t.deepEqual(deaths, []);
    // 12 before the ceiling is reached, and 96 a day.
    t.true(answered <= Math.min(allowance, 12 + 97 * days), `${answered} answers`);
    t.true(answered >= 90 * days, "the attacker uses his chances");

    at.unit.unplug();
    await at.unit.plug();
    const arrived = clock.now();
    await openWindow(at);
    const frame = await guess(at);
    t.is(frame?.type === "refusal" && frame.reason, "too-soon");
    await clock.advance(frame?.type === "refusal" ? frame.retryAfterMs : 0);
    await openWindow(at);
    let done = false;
    const setUp = at.setUp().then(() => {
      done = true;
    });
    await until(() => done, "the owner is in", 5);
    await setUp;
    const waitedMs = clock.now() - arrived;
    t.log(`the owner waited ${Math.round(waitedMs / 1000)} s, set-up included`);
    t.true(waitedMs <= LONGEST_DELAY_MS + 30_000);
    at.unit.unplug();
  },
);

for (const phase of ["before", "during", "after"] as const satisfies readonly CutPhase[])
  test.serial(`the plug pulled ${phase} the attempt is written down: no answer`, async (t) => {
    const at = deskWith(desk, flashOf(fresh));
    t.teardown(() => at.unit.unplug());
    for (let time = 0; time < 5; time++) {
      await at.unit.plug();
      await openWindow(at);
      const { flash } = at.unit;
      flash.cutAt({ operation: flash.operations + 1, phase, seed: time });
      t.is(await guess(at).catch(() => undefined), undefined);
      t.is(at.unit.state, "off");
    }
  });

test.serial("control: a device that forgets its failures without power is caught", async (t) => {
  const firmware = await sabotaged({
    "setup/set-up.ts": ["restoreLockOut(system.read(lockOutKey),", "restoreLockOut(undefined,"],
  });
  const at = deskWith(desk, flashOf(fresh), { firmware });
  const { answered, lastedMs } = await besiege(at, dayMs, 40);
  at.unit.unplug();
  const inThirtyDays = Math.round((answered * 30 * dayMs) / lastedMs);
  t.log(`${answered} answers in ${lastedMs / 1000} s: ${inThirtyDays} in 30 days`);
  t.true(inThirtyDays > 100 * allowance);
});

test.serial("control: a device that does not write its attempts down is caught", async (t) => {
  const firmware = await sabotaged({
    "access/pairing.ts": [
      'effects: [record, { effect: "continue" }],',
      'effects: [{ effect: "continue" }],',
    ],
  });
  const at = deskWith(desk, flashOf(fresh), { firmware });
  const { answered, lastedMs } = await besiege(at, dayMs, 40);
  at.unit.unplug();
  t.true((answered * 30 * dayMs) / lastedMs > 100 * allowance);
});

test.serial("thirty days against the lock-out and its storage alone", (t) => {
  const flash = new NorModel(6);
  let answered = 0;
  for (let nowMs = 0; nowMs < 30 * dayMs; answered++) {
    const system = openKeyValue(flash);
    const restored = restoreLockOut(system.read("lock-out"), 0);
    const attempt = begin(restored, restored.notBefore);
    if (!("record" in attempt)) return t.fail("refused on time");
    system.write("lock-out", encodeLockOut(attempt.record));
    nowMs += restored.notBefore + tapMs;
  }
  t.log(`${answered} answers, ${flash.operations} flash operations`);
  t.true(answered <= allowance && answered > 2_800);
});
