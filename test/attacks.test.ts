/**
 * What the page's attacker does, and the rest of the zoo, against a whole device: every promise holds,
 * the device neither resets nor spins; and the same attacks get through where a guard was taken out.
 */
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import test, { type ExecutionContext } from "ava";
import { accessPointName, setUpPort } from "../device/setup/set-up.ts";
import { startGenuine, zoo } from "../host-sim/broker/zoo/zoo.ts";
import { type Desk, home, openDesk } from "../host-sim/desk/desk.ts";
import { nodeEngine } from "../host-sim/engine/node-engine.ts";
import { bundleFirmware } from "../host-sim/runtime/bundle.ts";
import { attacks } from "../host-sim/scenario/attacks.ts";
import { impersonate, impostors } from "../host-sim/scenario/impostors.ts";
import { openWindow } from "../host-sim/scenario/intruders.ts";
import type { Attack } from "../host-sim/scenario/scenario.ts";
import { claim, deskWith, flashOf, type Sabotage, sabotaged, TimeLapse } from "./desk-fixture.ts";

const clock = new TimeLapse();
let desk: Desk;
/** Flash of the unit when it was new, and when it was claimed. */
let fresh: Uint8Array;
let claimed: Uint8Array;
const deaths: string[] = [];
/** The unit with the id of the desk's is on its broker, and subscribed. */
let online = false;

test.before(async () => {
  desk = await openDesk({ engine: nodeEngine, clock });
  fresh = desk.unit.flash.image();
  watchLink(desk);
  desk.unit.on("death", ({ death, detail }) => deaths.push(`${death}: ${detail}`));
});

test.after.always(async () => {
  await desk?.close();
  clock.stop();
});

function watchLink({ unit }: Desk): void {
  unit.on("trace", ({ room, event }) => {
    if (room === "link") online = event === "connected" || (online && event === "refused");
  });
  unit.on("boot", () => {
    online = false;
  });
}

/** Ports of this process that listen, as the system lists them; undefined where it has no such list. */
function listeningPorts(): number[] | undefined {
  if (!existsSync("/proc/self/net/tcp")) return undefined;
  const mine = new Set<string>();
  for (const name of readdirSync("/proc/self/fd"))
    try {
      mine.add(/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${name}`))?.[1] ?? "");
    } catch {
      // Closed between the list and the look.
    }
  return ["tcp", "tcp6"]
    .filter((file) => existsSync(`/proc/self/net/${file}`))
    .flatMap((file) => readFileSync(`/proc/self/net/${file}`, "utf8").split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter((row) => row[3] === "0A" && mine.has(row[9] ?? "-"))
    .map((row) => Number.parseInt(row[1]?.split(":")[1] ?? "", 16));
}

/** What of this process listens besides the broker: the unit, if anything. */
function unitsPorts(): { system: number; node: number } {
  const node = process.getActiveResourcesInfo().filter((name) => name === "TCPServerWrap").length;
  const ports = listeningPorts();
  const servers = new Set([desk.broker.port, desk.broker.ownersPort, desk.updates.server.port]);
  const system = ports?.filter((port) => !servers.has(port)).length;
  return { node: node - servers.size, system: system ?? node - servers.size };
}

/** Every port open in every network of the air. */
async function scanAir(): Promise<{ SSID: string; port: number }[]> {
  const found: { SSID: string; port: number }[] = [];
  for (const SSID of desk.radio.air) {
    const link = await desk.radio.join(SSID, SSID === home.ssid ? home.password : undefined);
    for (const { port } of await link.scan()) found.push({ SSID, port });
    link.leave();
  }
  return found;
}

async function onlySetUpIsOpen(t: ExecutionContext): Promise<void> {
  const SSID = accessPointName(desk.papers.id);
  t.deepEqual(await scanAir(), [{ SSID, port: setUpPort }]);
  t.deepEqual(unitsPorts(), { node: 1, system: 1 });
}

test.serial("a new unit listens on nothing, with power and without", async (t) => {
  t.deepEqual([await scanAir(), unitsPorts()], [[], { node: 0, system: 0 }]);
  await desk.unit.plug();
  t.is(desk.unit.state, "running");
  t.deepEqual([await scanAir(), unitsPorts()], [[], { node: 0, system: 0 }]);
});

test.serial("in set-up it listens on one port, in its own network only", async (t) => {
  await openWindow(desk);
  await onlySetUpIsOpen(t);
});

test.serial("claimed and connected, it listens on nothing", async (t) => {
  await claim(desk, clock);
  await desk.connectOwner();
  claimed = desk.unit.flash.image();
  t.deepEqual([await scanAir(), unitsPorts()], [[], { node: 0, system: 0 }]);
  t.is(desk.unit.connections().length, 1, "the one to its broker");
});

test.serial("set up anew, it is still not to be reached from its owner's network", async (t) => {
  await openWindow(desk);
  t.is(desk.unit.connections().length, 1, "and it stays on its broker meanwhile");
  await onlySetUpIsOpen(t);
  await desk.setUp();
  await clock.until(() => desk.unit.listening().length === 0, "the set-up window closes");
  t.deepEqual([await scanAir(), unitsPorts()], [[], { node: 0, system: 0 }]);
});

/** Plays an attack once the unit is on its broker. */
async function play(at: Desk, run: Attack["run"]) {
  await clock.until(() => online, "the unit is on its broker", 600_000);
  return run(at);
}

const shown = new Set<string>(impostors.map(({ name }) => name));
const hidden = Object.entries(zoo)
  .map(([exhibit, { explain }]) => ({
    name: `impostor-${exhibit.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    title: explain,
    run: (at: Desk) => impersonate(at, zoo[exhibit as keyof typeof zoo]),
  }))
  .filter(({ name }) => !shown.has(name));

// Orders first: the replayed one carries the real time, and the longer a test runs the further its clock is ahead.
const all = [...attacks].sort((a, b) => b.guideline - a.guideline);
for (const { name, title, run } of [...all, ...hidden])
  test.serial(`${name}: ${title}`, async (t) => {
    const before = deaths.length;
    const started = performance.now();
    const answer = await play(desk, run);
    t.log(`${answer.reason}: ${answer.saw} (${Math.round(performance.now() - started)} ms)`);
    t.true(answer.held, answer.saw);
    t.deepEqual(deaths.slice(before), [], "the device does not reset");
  });

test.serial("after all of it the unit obeys its owner as on the first day", async (t) => {
  // Guessing has left the window open.
  desk.unit.unplug();
  await desk.unit.plug();
  await clock.until(() => online, "the unit is on its broker");
  t.is(desk.unit.state, "running");
  await desk.owner.command(desk.papers.id, "still-there", { lamp: true });
  await clock.until(() => desk.unit.lamp, "the lamp is lit");
  t.deepEqual([await scanAir(), unitsPorts()], [[], { node: 0, system: 0 }]);
  t.deepEqual(deaths, []);
});

test.serial("whom else the unit dials meanwhile is not taken for the impostor", async (t) => {
  const { unit } = desk;
  unit.once("dial", ({ id }) => {
    const elsewhere = { id, direction: "dialled", host: "updates.example", port: 443 } as const;
    unit.emit("connected", { ...elsewhere, protocol: "TLSv1.3" });
  });
  const answer = await play(desk, (at) => impersonate(at, zoo.expired));
  t.true(answer.held, answer.saw);
});

test.serial(
  "control: a server that is genuine is trusted, and that counts as broken",
  async (t) => {
    const genuine = { ...zoo.wrongName, start: startGenuine };
    const answer = await play(desk, (at) => impersonate(at, genuine));
    t.deepEqual([answer.held, answer.reason], [false, "trusted"]);
  },
);

/** Attack → the guard whose absence it must notice, and how. */
const controls: readonly (readonly [
  attack: string,
  what: string,
  sabotage: Sabotage,
  reason: string,
])[] = [
  [
    "impostor-wrong-authority",
    "a unit that dials again at once",
    {
      "link/link.ts": [
        "this.waitMs = waitMs ?? nextWait(limits, held ? 0 : this.waitMs, uniform);",
        "this.waitMs = held ? 0 : 1; uniform; nextWait;",
      ],
    },
    "spins",
  ],
  [
    "impostor-garbage",
    "a unit that trusts its broker's manners",
    {
      "link/link.ts": ['this.lose(effect.reason, "");', "throw new Error(effect.reason);"],
    },
    "reset",
  ],
  [
    "forged-wipe",
    "a unit that believes any signature",
    {
      "commands/jws.ts": [
        "return signatures.verifyEd25519(",
        "return true || signatures.verifyEd25519(",
      ],
    },
    "obeyed",
  ],
  [
    "another-units-wipe",
    "a unit that does not look for whom an order is",
    { "commands/admit.ts": ["if (claims.aud !== unitId)", "if (false)"] },
    "wrong-signature",
  ],
  [
    "replayed-order",
    "a unit that does not count orders",
    { "commands/admit.ts": ["claims.ctr <= authority.counterFloor()", "false"] },
    "obeyed",
  ],
  [
    "guess-password",
    "a unit that does not slow guessing down",
    { "access/lock-out.ts": ["if (attempts < FREE_ATTEMPTS) return 0;", "return 0 * attempts;"] },
    "not-slowed",
  ],
  [
    "update-wrong-board",
    "a unit that does not look for which board a release is",
    {
      "device/update/policy.ts": ['if (board !== unit.board) return refuse("wrong-board");', ""],
    },
    "taken",
  ],
  [
    "update-swapped-image",
    "a unit that does not compare what it wrote",
    {
      "device/update/spare-writer.ts": [
        "toHex(digest.close()) === image.sha256;",
        "digest.close().length > 0;",
      ],
    },
    "taken",
  ],
  [
    "update-truncated",
    "a unit that believes the web host's word for the length",
    {
      "device/update/http.ts": [
        'length !== undefined && total !== length) ? "wrong-length"',
        'false && length !== total) ? "wrong-length"',
      ],
    },
    "image: too-short",
  ],
  [
    "port-scan",
    "a unit whose set-up window only seems to close",
    { "setup/set-up.ts": ["window.listener.close();", ""] },
    "listening",
  ],
];

for (const [attack, what, sabotage, reason] of controls)
  test.serial(`control: ${attack} notices ${what}`, async (t) => {
    desk.unit.unplug();
    const at = deskWith(desk, flashOf(claimed), {
      firmware: attack.startsWith("update-")
        ? (await bundleFirmware({ root: desk.updates.root, changes: sabotage })).source
        : await sabotaged(sabotage),
    });
    t.teardown(() => at.unit.unplug());
    watchLink(at);
    await at.unit.plug();
    if (attack === "port-scan") {
      await openWindow(at);
      await at.setUp();
      await clock.until(() => at.radio.air.length === 1, "the unit's own network is gone");
    }
    const answer = await play(at, attacks.find(({ name }) => name === attack)!.run);
    t.log(answer.saw);
    t.deepEqual([answer.held, answer.reason], [false, reason]);
  });

test.serial("control: read-flash finds what was planted", async (t) => {
  const flash = flashOf(fresh);
  flash.write(0x19_0000, Buffer.from(desk.papers.password));
  const { run } = attacks.find(({ name }) => name === "read-flash")!;
  const answer = await run(deskWith(desk, flash));
  t.deepEqual([answer.held, answer.reason], [false, "found"]);
});
