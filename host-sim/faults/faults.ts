/**
 * What can go wrong, each with a name and an end. `cost` says what a unit may need afterwards beyond
 * the usual to be back in service: an hour when its broker said that it is not authorised, twenty minutes
 * when it was hostile, and its stay in safe mode when it kept dying.
 */
import { encodeText } from "../../device/platform/text.ts";
import { pick } from "../board/entropy.ts";
import { publishPacket } from "../broker/mqtt-answers.ts";
import { signCommand } from "../owner/jws-signer.ts";
import type { World } from "./world.ts";

export type Cost = "none" | "odd" | "refused" | "loop";

export interface Fault {
  readonly name: string;
  readonly kind: "network" | "broker" | "power" | "clock" | "flash" | "memory" | "people";
  readonly cost: Cost;
  /** Takes a day or two, so it is brought about seldom. */
  readonly rare?: true;
  /** Begins; the result ends it. May take virtual time itself. */
  begin(world: World): Promise<() => void | Promise<void>>;
}

const secondMs = 1_000;
const minuteMs = 60_000;
const dayMs = 86_400_000;

/** A time between `from` and `to`, ms; short ones as likely as long ones, by their logarithm. */
export function someTime({ random }: World, from: number, to: number): number {
  return Math.round(from * (to / from) ** (pick(random, 1_000) / 1_000));
}

const nothing = () => {};

/** Something wrong for a while. */
function state(
  kind: Fault["kind"],
  name: string,
  set: (world: World) => void,
  unset: (world: World) => void,
  cost: Cost = "none",
): Fault {
  return {
    kind,
    name,
    cost,
    async begin(world) {
      set(world);
      return () => unset(world);
    },
  };
}

function brokerMood(name: string, mood: World["broker"]["mood"], cost: Cost = "none"): Fault {
  return state(
    "broker",
    name,
    ({ broker }) => {
      broker.mood = mood;
      broker.drop();
    },
    ({ broker }) => {
      broker.mood = "well";
    },
    cost,
  );
}

/** Dies again and again, soon after each start, as long as the product runs. */
function dyingOf(death: Parameters<World["die"]>[0] | "brown-out"): Fault {
  return {
    kind: death === "memory-full" ? "memory" : "power",
    name: `dies of ${death} whenever its product runs`,
    cost: "loop",
    async begin(world) {
      const { unit, clock } = world;
      let over = false;
      const strike = () => {
        if (over || unit.state !== "running" || !lit(world)) return;
        if (death === "brown-out") unit.brownOut();
        else world.die(death);
      };
      const onBoot = () => void clock.after(2 * secondMs, strike);
      unit.on("boot", onBoot);
      onBoot();
      return () => {
        over = true;
        unit.off("boot", onBoot);
      };
    },
  };
}

/** The product has published in this life: it is not in safe mode. */
const lit = ({ unit }: World) => whole.has(unit);
const whole = new WeakSet<object>();

/** Follows whether the product runs, for `dyingOf`. Call once for a unit. */
export function watchMode({ unit }: World): void {
  unit.on("boot", () => void whole.add(unit));
  unit.on("trace", ({ room, event }) => {
    if (room === "telemetry" && event === "safe-mode") whole.delete(unit);
  });
}

const foreignKey = new Uint8Array(32).fill(9);

/** What a broker in wrong hands may send. */
function poisons(world: World): Uint8Array[] {
  const { id, random, clock } = world;
  const topic = `units/${id}/command`;
  const now = Math.floor(clock.wall() / 1_000);
  const claims = { aud: id, ctr: 1e12, iat: now, exp: now + 300 };
  const wipe = signCommand(foreignKey, { ...claims, cmd: "wipe", args: {} });
  const text = (value: string) => publishPacket(topic, encodeText(value), { packetId: 77 });
  return [
    publishPacket(topic, wipe, { packetId: 71 }),
    publishPacket(topic, wipe, { packetId: 72, retain: true }),
    text("{".repeat(400)),
    text(`{"v":1,"id":"a","set":{"__proto__":{"lamp":true}}}`),
    text(`{"v":1,"id":"a","set":{"lamp":"yes"}}`),
    text(`{"v":1,"id":"${"x".repeat(900)}","set":{"lamp":true}}`),
    text(""),
    publishPacket(topic, random(700), { packetId: 73 }),
    publishPacket(topic, new Uint8Array(60_000), { packetId: 74 }),
    publishPacket("units/another/command", encodeText("{}"), { packetId: 75 }),
    publishPacket("#", encodeText("{}")),
    // A reserved type, an endless length, an acknowledgement of nothing, a second CONNACK, noise.
    new Uint8Array([0xf0, 0]),
    new Uint8Array([0x30, 0xff, 0xff, 0xff, 0xff, 0xff]),
    new Uint8Array([0x40, 2, 0x12, 0x34]),
    new Uint8Array([0x20, 2, 0, 0]),
    random(64),
  ];
}

export const faults: readonly Fault[] = [
  state(
    "network",
    "the Wi-Fi is gone",
    (w) => w.joinable(false),
    (w) => w.joinable(true),
  ),
  state(
    "network",
    "the cable is out",
    ({ radio }) => radio.setUpstream(false),
    ({ radio }) => radio.setUpstream(true),
  ),
  state(
    "network",
    "every connection is reset",
    ({ radio }) => radio.setUpstream(false, "reset"),
    ({ radio }) => radio.setUpstream(true),
  ),
  brokerMood("the broker is away", "refusing"),
  {
    kind: "broker",
    name: "nobody takes anything for days",
    cost: "none",
    rare: true,
    async begin(world) {
      const { broker, clock } = world;
      broker.mood = "refusing";
      broker.drop();
      await clock.advance(someTime(world, dayMs, 2 * dayMs));
      return () => {
        broker.mood = "well";
      };
    },
  },
  brokerMood("the broker is silent", "silent"),
  brokerMood("the broker is busy", "busy"),
  brokerMood("the broker does not know the unit", "strict", "refused"),
  state("broker", "the broker restarts", ({ broker }) => broker.drop(), nothing),
  {
    kind: "broker",
    name: "the broker is hostile",
    cost: "odd",
    async begin(world) {
      const { broker } = world;
      const all = poisons(world);
      broker.poison = all.filter(() => pick(world.random, 2) === 0);
      for (const bytes of broker.poison) broker.say(bytes);
      return () => {
        broker.poison = [];
        broker.drop();
      };
    },
  },
  {
    kind: "power",
    name: "the plug is out",
    cost: "none",
    async begin({ unit }) {
      unit.unplug();
      return () => unit.plug();
    },
  },
  {
    kind: "power",
    name: "the power flickers",
    cost: "none",
    async begin(world) {
      const { unit, clock } = world;
      for (let count = 2 + pick(world.random, 6); count > 0; count--) {
        unit.unplug();
        await clock.advance(someTime(world, 100, 5_000));
        await unit.plug();
        await clock.advance(someTime(world, 100, 20_000));
      }
      return nothing;
    },
  },
  {
    kind: "power",
    name: "power goes at a write",
    cost: "none",
    async begin(world) {
      const { unit, flash, random } = world;
      const phase = (["before", "during", "after"] as const)[pick(random, 3)] ?? "during";
      const operation = flash.operations + 1 + pick(random, 4);
      flash.cutAt({ operation, phase, seed: pick(random, 1_000) });
      return async () => {
        flash.cutAt(undefined);
        unit.unplug();
        await unit.plug();
      };
    },
  },
  {
    kind: "power",
    name: "the supply sags once",
    cost: "none",
    async begin({ unit }) {
      unit.brownOut();
      return nothing;
    },
  },
  dyingOf("brown-out"),
  dyingOf("exception"),
  dyingOf("watchdog"),
  dyingOf("memory-full"),
  ...(
    [
      ["1970", (now: number) => -now],
      ["2106", () => 80 * 365 * 86_400_000],
      ["a year ago", () => -365 * 86_400_000],
    ] as const
  ).map(([when, offset]) =>
    state(
      "clock",
      `the clock says ${when}`,
      ({ unit, clock }) => {
        unit.wallOffsetMs = offset(clock.wall());
      },
      ({ unit }) => {
        unit.wallOffsetMs = 0;
      },
    ),
  ),
  state(
    "clock",
    "there is no clock",
    ({ unit }) => {
      unit.wallOffsetMs = undefined;
    },
    ({ unit }) => {
      unit.wallOffsetMs = 0;
    },
  ),
  {
    kind: "flash",
    name: "the flash is full",
    cost: "none",
    async begin(world) {
      const { unit } = world;
      unit.unplug();
      world.fill(0);
      await unit.plug();
      return async () => {
        unit.unplug();
        world.fill(undefined);
        await unit.plug();
      };
    },
  },
  {
    kind: "people",
    name: "somebody plays with the button",
    cost: "none",
    async begin(world) {
      const { unit, clock } = world;
      for (let count = 1 + pick(world.random, 8); count > 0; count--) {
        unit.press();
        await clock.advance(someTime(world, 10, 8_000));
        unit.release();
        await clock.advance(someTime(world, 10, 3_000));
      }
      return nothing;
    },
  },
];

/** Under XS the heap itself can be made small; it is the firmware that then dies, wherever it is. */
export const heapPressure: Fault = {
  kind: "memory",
  name: "the heap is small",
  cost: "loop",
  async begin(world) {
    const { pressure } = world;
    const usual = pressure.heapLimit;
    // From what hardly starts to what hardly suffices: a claimed unit at work takes about a third.
    pressure.heapLimit = Math.round(usual * (0.28 + pick(world.random, 20) / 100));
    world.unit.brownOut();
    return async () => {
      pressure.heapLimit = usual;
      // The heap of a life is as it was at its start.
      world.unit.unplug();
      await world.unit.plug();
    };
  },
};

export const longestFaultMs = 3 * 60 * minuteMs;
export const shortestFaultMs = secondMs;
