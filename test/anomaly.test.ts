/**
 * Whole units under attack: the device notices by itself, answers, tells its owner, and is back in service
 * afterwards (EN 303 645 5.10-1). The rules alone: `telemetry/anomaly.cases.ts`. What happens when a
 * response is taken out: `conformance/mutants/telemetry.ts`.
 */
import { Buffer } from "node:buffer";
import test, { type ExecutionContext } from "ava";
import { encodeText } from "../device/platform/text.ts";
import { openDesk } from "../host-sim/desk/desk.ts";
import type { Engine } from "../host-sim/engine/engine.ts";
import { nodeEngine } from "../host-sim/engine/node-engine.ts";
import { xsAvailable, xsEngine } from "../host-sim/engine/xs-engine.ts";
import { openWorld, type World } from "../host-sim/faults/world.ts";
import { signCommand } from "../host-sim/owner/jws-signer.ts";
import { guess, openWindow } from "../host-sim/scenario/intruders.ts";
import { generatePassword } from "../provisioning/set-up-password.ts";
import { TimeLapse } from "./desk-fixture.ts";

const second = 1_000;
const minute = 60 * second;

interface Life {
  readonly world: World;
  /** Anomalies that its owner was told of. */
  readonly told: string[];
  lamp(on: boolean): Promise<boolean>;
}

/** A claimed unit that has been on its broker for a minute. */
async function live(t: ExecutionContext, engine: Engine): Promise<Life> {
  const world = await openWorld({ engine, seed: 5 });
  t.teardown(world.close);
  const { broker, unit, clock } = world;
  const told: string[] = [];
  broker.onTold = ({ part, payload }) => {
    if (part !== "event") return;
    const { event, reason } = JSON.parse(Buffer.from(payload).toString());
    if (event === "anomaly") told.push(reason);
  };
  await unit.plug();
  await clock.advance(2 * minute);
  t.true(broker.online);
  return {
    world,
    told,
    async lamp(on) {
      broker.command(encodeText(JSON.stringify({ v: 1, id: "l", set: { lamp: on } })));
      await clock.advance(500);
      return unit.lamp === on;
    },
  };
}

const xs = xsAvailable();
for (const engine of [nodeEngine, xsEngine]) {
  const onEngine = engine === xsEngine && !xs.ok ? test.skip : test.serial;
  const { name } = engine;

  onEngine(
    `${name}: after ten commands of nonsense only signed orders are heeded, for a while`,
    async (t) => {
      const { world, told, lamp } = await live(t, engine);
      const { broker, clock } = world;
      t.true(await lamp(true));
      for (let count = 0; count < 9; count++) {
        broker.command(encodeText('{"v":1'));
        await clock.advance(second);
      }
      t.true(await lamp(false), "nine may be somebody's bad afternoon");
      broker.command(encodeText('{"v":1'));
      await clock.advance(second);
      t.deepEqual(told, ["refused-commands"]);
      t.false(await lamp(true), "not heeded");
      world.unit.press();
      await clock.advance(150);
      world.unit.release();
      await clock.advance(50);
      t.true(world.unit.lamp, "the button works all along");
      await clock.advance(5 * minute);
      t.true(await lamp(false), "it is over");
    },
  );

  onEngine(
    `${name}: a broker that speaks nonsense three times is not dialled for ten minutes`,
    async (t) => {
      const { world, told, lamp } = await live(t, engine);
      const { broker, clock } = world;
      let dials = 0;
      world.unit.on("dial", () => dials++);
      broker.poison = [new Uint8Array([0xf0, 0])];
      broker.drop();
      await clock.advance(9 * minute);
      broker.poison = [];
      t.is(dials, 3);
      await clock.advance(25 * minute);
      t.deepEqual([...new Set(told)], ["odd-traffic"]);
      t.true(await lamp(true), "back in service");
    },
  );

  onEngine(`${name}: a flood of commands is hung up on, and what it was is told`, async (t) => {
    const { world, told, lamp } = await live(t, engine);
    const { broker, clock } = world;
    const on = encodeText('{"v":1,"id":"f","set":{"lamp":true}}');
    for (let count = 0; count < 140 && broker.online; count++) {
      broker.command(on);
      await clock.advance(100);
    }
    t.false(broker.online, "hung up");
    t.deepEqual(told, ["flood"], "its owner heard of it first");
    await clock.advance(9 * minute);
    t.false(broker.online, "and stays away");
    await clock.advance(15 * minute);
    t.true(await lamp(false), "back in service");
  });

  onEngine(`${name}: of forged orders one a minute is looked at`, async (t) => {
    const { world, told } = await live(t, engine);
    const { broker, clock, id } = world;
    const refused: string[] = [];
    world.unit.on("trace", ({ room, event, detail }) => {
      if (room === "commands" && event === "refused") refused.push(String(detail?.reason));
    });
    const iat = Math.floor(clock.wall() / second);
    for (let count = 1; count <= 30; count++) {
      const claims = { aud: id, ctr: count, iat, exp: iat + 3_600, cmd: "wipe", args: {} } as const;
      broker.command(signCommand(new Uint8Array(32).fill(9), claims));
      await clock.advance(5 * second);
    }
    t.deepEqual(told, ["forged-orders"]);
    const looked = refused.filter((reason) => reason === "wrong-signature").length;
    t.true(looked >= 6 && looked <= 8, `${looked} of 30 signatures were checked`);
    t.is(refused.filter((reason) => reason === "not-heeded").length, 30 - looked);
  });
}

test.serial(
  "eight guesses shut the set-up window; a hand on the button opens it again",
  async (t) => {
    const clock = new TimeLapse();
    const desk = await openDesk({ engine: nodeEngine, clock });
    t.teardown(async () => {
      await desk.close();
      clock.stop();
    });
    const { unit } = desk;
    await unit.plug();
    await openWindow(desk);
    let answered = 0;
    while (answered < 8 && unit.listening().length > 0) {
      const refusal = await guess(desk, generatePassword());
      if (refusal?.reason === "too-soon")
        await new Promise<void>((resolve) => void clock.after(refusal.retryAfterMs, resolve));
      else answered++;
    }
    t.is(answered, 8);
    await clock.until(() => unit.listening().length === 0, "the window shuts", 5_000);
    await openWindow(desk);
    t.is(unit.listening().length, 1);
  },
);
