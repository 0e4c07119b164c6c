/**
 * The scan equals the list of interfaces, in both directions and in every state of a device's life
 * (EN 303 645 5.6-1, 5.6-5); and differs where a guard was taken out. Before proof it tells nothing
 * that is not in the list (5.6-2).
 */
import test, { type ExecutionContext } from "ava";
import { interfaces, type LifeState } from "../device/access/interfaces.ts";
import { accessPointName, setUpPort } from "../device/setup/set-up.ts";
import { mirrors } from "../device/update/endpoint.ts";
import { NorFlash } from "../host-sim/board/nor-flash.ts";
import { brokerName, brokerPort, type Desk, home, openDesk } from "../host-sim/desk/desk.ts";
import { nodeEngine } from "../host-sim/engine/node-engine.ts";
import { bundleFirmware } from "../host-sim/runtime/bundle.ts";
import { openWindow } from "../host-sim/scenario/intruders.ts";
import { compare } from "../host-sim/surface/compare.ts";
import { Recorder, scanAir } from "../host-sim/surface/scan.ts";
import {
  claim,
  deskWith,
  flashOf,
  heard,
  type Sabotage,
  sabotaged,
  TimeLapse,
} from "./desk-fixture.ts";

const [mirror] = mirrors;
const places = {
  broker: `${brokerName}:${brokerPort}`,
  updates: `${mirror?.host}:${mirror?.port}`,
};
const clock = new TimeLapse();
const recorder = new Recorder();
let desk: Desk;
let fresh: Uint8Array;
let claimed: Uint8Array;

test.before(async () => {
  desk = await openDesk({ engine: recorder.around(nodeEngine), clock });
  fresh = desk.unit.flash.image();
});

test.after.always(async () => {
  await desk?.close();
  clock.stop();
});

const pass = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));

async function scan(ear = recorder): Promise<string[]> {
  return [...ear.seen(), ...(await scanAir(desk.radio, home))];
}

async function equal(t: ExecutionContext, state: LifeState): Promise<void> {
  const found = await scan();
  t.log(found.join(", "));
  t.deepEqual(compare(interfaces, state, found, places), { undeclared: [], missing: [] });
}

test.serial("unprovisioned: nothing but its lamp", async (t) => {
  const ear = new Recorder();
  const firmware = (await bundleFirmware({ root: desk.updates.root })).source;
  const { unit } = deskWith(desk, new NorFlash(), { firmware, engine: ear.around(nodeEngine) });
  t.teardown(() => unit.unplug());
  unit.flash.powerOn();
  await unit.plug();
  await pass(30_000);
  const found = await scan(ear);
  t.deepEqual(compare(interfaces, "unprovisioned", found, places), { undeclared: [], missing: [] });
});

test.serial("unclaimed", async (t) => {
  await desk.unit.plug();
  await pass(30_000);
  await equal(t, "unclaimed");
});

test.serial("set-up: the window is open; a stranger hears refusals and nothing else", async (t) => {
  await openWindow(desk);
  await equal(t, "set-up");

  const link = await desk.radio.join(accessPointName(desk.papers.id));
  const said: Buffer[] = [];
  for (const noise of [
    "GET / HTTP/1.1\r\n\r\n",
    "\x00\x01\xff?",
    "\x00\x41\x01".padEnd(68, "\x04"),
  ]) {
    const socket = await link.connect(setUpPort);
    socket.on("error", () => {});
    socket.on("data", (bytes) => said.push(bytes));
    socket.write(Buffer.from(noise, "latin1"));
    await pass(12_000);
    socket.destroy();
  }
  link.leave();
  const bytes = Buffer.concat(said);
  t.true(bytes.length > 0 && bytes.length <= 3 * 8, `${bytes.length} bytes`);
  // Each answer is one refusal frame: length 5, type 15, a reason, a wait.
  for (let at = 0; at < bytes.length; at += 8) t.is(bytes.readUIntBE(at, 3), 0x00050f);
});

test.serial(
  "claimed: its network, its broker, its updates, and nothing that listens",
  async (t) => {
    desk.unit.unplug();
    await desk.unit.plug();
    await claim(desk, clock);
    await desk.connectOwner();
    claimed = desk.unit.flash.image();
    await desk.owner.wishForUpdate(desk.papers.id, "look", "check");
    await clock.until(dials("updates"), "it looks for updates");
    await equal(t, "claimed");
  },
);

test.serial("moving: in use, and its window open", async (t) => {
  await openWindow(desk);
  await equal(t, "moving");
});

test.serial("safe mode: set-up, updates and its broker, but nothing new", async (t) => {
  recorder.begin();
  const safe = heardAt(desk, "telemetry", "safe-mode");
  for (let death = 0; death < 5; death++) {
    const started = heardAt(desk, "device", "started");
    desk.unit.brownOut();
    await clock.until(started, "it starts again");
  }
  await clock.until(safe, "it is in safe mode");
  await clock.until(dials("broker"), "it dials its broker");
  await clock.until(heard(desk, "connected"), "and is connected");
  await desk.owner.wishForUpdate(desk.papers.id, "look", "check");
  await clock.until(dials("updates"), "it looks for updates");
  await equal(t, "safe-mode");
});

test.serial("wiped: as on the first day, once its services have confirmed", async (t) => {
  desk.unit.unplug();
  const at = deskWith(desk, flashOf(fresh), { engine: recorder.around(nodeEngine) });
  t.teardown(() => at.unit.unplug());
  await at.unit.plug();
  await claim(at, clock);
  const wiped = heardAt(at, "telemetry", "wiped");
  await desk.owner.order(desk.papers.id, { cmd: "wipe", args: {} });
  await clock.until(wiped, "it is wiped");
  await pass(60_000);
  recorder.begin();
  await pass(30_000);
  await equal(t, "wiped");
});

function heardAt({ unit }: Desk, room: string, event: string): () => boolean {
  let count = 0;
  unit.on("trace", (trace) => {
    if (trace.room === room && trace.event === event) count++;
  });
  return () => count > 0;
}

/** It has dialled one of these since the scan began. */
const dials = (place: keyof typeof places) => () =>
  recorder.seen().includes(`dials ${places[place]}`);

const guard = "const outlet = new Outlet();";
const controls: readonly (readonly [what: string, sabotage: Sabotage, undeclared: string])[] = [
  [
    "a listener that nobody declared",
    {
      "device/device.ts": [
        guard,
        `${guard}\n  new platform.network.Listener({ port: 23, onReadable() {} });`,
      ],
    },
    "listens 23",
  ],
  [
    "a destination that nobody declared",
    {
      "device/device.ts": [
        guard,
        `${guard}
  const secure = { serverName: "x", anchors: [new Uint8Array(1)], certificate: [], privateKey: new Uint8Array(1) };
  platform.timer.set(() => void new platform.network.TLS({ host: "telemetry.example", port: 443, secure }), 20_000);`,
      ],
    },
    "dials telemetry.example:443",
  ],
  [
    "an access point that opens by itself",
    {
      "device/device.ts": [
        guard,
        `${guard}\n  new platform.network.AccessPoint({ SSID: "admin" });`,
      ],
    },
    "access point",
  ],
];

for (const [what, sabotage, undeclared] of controls)
  test.serial(`control: ${what} is found`, async (t) => {
    desk.unit.unplug();
    const ear = new Recorder();
    const state = undeclared.startsWith("dials") ? "claimed" : "unclaimed";
    const at = deskWith(desk, flashOf(state === "claimed" ? claimed : fresh), {
      firmware: await sabotaged(sabotage),
      engine: ear.around(nodeEngine),
    });
    t.teardown(() => at.unit.unplug());
    await at.unit.plug();
    await pass(30_000);
    t.deepEqual(compare(interfaces, state, await scan(ear), places).undeclared, [undeclared]);
  });

test("control: an interface that is only in the list is missed", (t) => {
  const found = ["pin input 0", "pin output 2"];
  t.deepEqual(compare(interfaces, "unclaimed", found, places), { undeclared: [], missing: [] });
  const more = interfaces.map((one) =>
    one.id === "set-up-window" ? { ...one, open: [...one.open, "unclaimed" as const] } : one,
  );
  t.deepEqual(compare(more, "unclaimed", found, places).missing, [`listens ${setUpPort}`]);
  const fewer = interfaces.filter(({ id }) => id !== "button");
  t.deepEqual(compare(fewer, "unclaimed", found, places).undeclared, ["pin input 0"]);
});
