/**
 * Wi-Fi settings by cable at a whole unit: only while somebody has pressed the button, only for a unit
 * that nobody owns, and never a way to own one (EN 303 645 5.1-4, 5.6-1; docs/adr/0015).
 */
import test, { type ExecutionContext } from "ava";
import { toBase64url } from "../device/platform/encoding.ts";
import {
  improvCommand,
  improvError,
  improvState,
  improvType,
} from "../device/setup/improv-packet.ts";
import { accessPointName, setUpPort } from "../device/setup/set-up.ts";
import { SerialLine } from "../host-sim/board/serial-line.ts";
import { brokerName, brokerPort, type Desk, home, openDesk } from "../host-sim/desk/desk.ts";
import { nodeEngine } from "../host-sim/engine/node-engine.ts";
import { ImprovClient } from "../host-sim/owner/improv-client.ts";
import { openSession } from "../host-sim/owner/set-up-client.ts";
import { inspect } from "../host-sim/sweep/inspect.ts";
import { Unit } from "../host-sim/unit.ts";
import { stretch } from "../provisioning/set-up-password.ts";
import {
  copyOf,
  heard,
  hold,
  longPressMs,
  replaceFirmware,
  sabotaged,
  TimeLapse,
  tapMs,
} from "./desk-fixture.ts";

const clock = new TimeLapse();
let desk: Desk;

test.before(async () => {
  desk = await openDesk({ engine: nodeEngine, clock });
});

test.after.always(async () => {
  await desk?.close();
  clock.stop();
});

interface AtTheCable {
  readonly at: Desk;
  readonly serial: SerialLine;
  readonly client: ImprovClient;
}

async function newUnit(t: ExecutionContext, firmware?: string): Promise<AtTheCable> {
  const flash = copyOf(desk.unit.flash);
  if (firmware !== undefined) replaceFirmware(flash, firmware);
  const serial = new SerialLine();
  const { radio } = desk;
  const unit = new Unit({ name: "cable", engine: nodeEngine, flash, radio, clock, serial });
  t.teardown(() => unit.unplug());
  await unit.plug();
  return { at: { ...desk, unit }, serial, client: new ImprovClient(serial) };
}

async function openWindow(at: Desk, ms = tapMs): Promise<void> {
  await hold(at, ms);
  await clock.until(() => at.unit.listening().length > 0, "the set-up window opens");
}

/** The owner's app, which leaves the network to the cable. */
async function claimByCable(at: Desk): Promise<object> {
  const link = await at.radio.join(accessPointName(at.papers.id));
  try {
    const { serial, password } = at.papers;
    const secret = await stretch(password, serial);
    const session = await openSession(await link.connect(setUpPort), serial, secret);
    session.send({
      do: "set-up",
      wifi: "by-cable",
      broker: { host: brokerName, port: brokerPort, spreadS: 2 },
      owner: toBase64url(at.owner.publicKey),
      time: Math.floor(Date.now() / 1000),
    });
    for (;;) {
      const reply = await session.receive();
      if (!("progress" in reply)) return reply;
    }
  } finally {
    link.leave();
  }
}

test.serial(
  "a browser gives the Wi-Fi by cable, and the owner claims with the label as ever",
  async (t) => {
    const { at, serial, client } = await newUnit(t);
    await openWindow(at);
    client.ask(improvCommand.askInfo);
    await clock.until(() => client.result() !== undefined, "the device's information");
    t.is(client.result()?.[0], "Thirteen");
    const said = JSON.stringify(client.result());
    t.false(said.includes(at.papers.id) || said.includes(at.papers.serial), "no name of this unit");

    client.sendWifi(home.ssid, "not the password");
    await clock.until(() => client.last(improvType.error) === improvError.unableToConnect, "told");
    client.sendWifi(home.ssid, home.password);
    await clock.until(() => client.last(improvType.state) === improvState.provisioned, "joined");
    t.is(
      inspect(at.unit.flash).claim,
      undefined,
      "the cable makes nobody an owner, and is not stored",
    );

    const online = heard(at, "connected");
    t.deepEqual(await claimByCable(at), { done: true });
    await clock.until(online, "the unit is on its broker");
    await clock.until(() => !serial.open, "the line is closed with the window");
  },
);

test.serial("without a press of the button the line is closed, and nothing answers", async (t) => {
  const { serial, client } = await newUnit(t);
  t.false(serial.open);
  client.ask(improvCommand.askState);
  client.sendWifi(home.ssid, home.password);
  const end = clock.now() + 5_000;
  await clock.until(() => clock.now() > end, "five seconds");
  t.deepEqual(client.heard, []);
});

test.serial("without the cable, an owner who counts on it is told so", async (t) => {
  const { at } = await newUnit(t);
  await openWindow(at);
  t.deepEqual(await claimByCable(at), { refused: "no-wifi-by-cable" });
});

async function stealByCable(t: ExecutionContext, firmware?: string): Promise<boolean> {
  const { at, client } = await newUnit(t, firmware);
  await openWindow(at);
  await at.setUp();
  await clock.until(() => at.unit.listening().length === 0, "the set-up window closes");
  at.radio.addNetwork({ SSID: "Evil", password: "twin password" });
  t.teardown(() => at.radio.removeNetwork("Evil"));
  await openWindow(at, longPressMs);
  const joined: string[] = [];
  at.unit.on("wifi", ({ SSID, connection }) => {
    if (connection === 3) joined.push(SSID);
  });
  client.sendWifi("Evil", "twin password");
  const end = clock.now() + 5_000;
  await clock.until(() => clock.now() > end, "five seconds");
  return joined.includes("Evil");
}

test.serial("somebody with cable and button does not move a unit that has an owner", async (t) => {
  t.false(await stealByCable(t));
});

test.serial("control: without the guard they do", async (t) => {
  const firmware = await sabotaged({
    "device/setup/improv.ts": [
      "    if (this.parts.owned()) {\n      this.error",
      "    if (false as boolean) {\n      this.error",
    ],
  });
  t.true(await stealByCable(t, firmware));
});
