import { once } from "node:events";
import { connect, type Socket } from "node:net";
import test from "ava";
import { VirtualClock } from "../../host-sim/board/clock.ts";
import { accessPointAddress, JoinRefused, Radio } from "../../host-sim/board/radio.ts";
import { addressMs, associateMs } from "../../host-sim/board/station.ts";
import { pause, subject } from "./unit-fixture.ts";

const SSID = "Thirteen-TEST";

async function echo(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  let heard = "";
  while (heard.length < text.length) {
    const [data] = (await once(socket, "data")) as [Buffer];
    heard += data.toString();
  }
  return heard;
}

test("a phone joins the access point and gets a real TCP connection to the device", async (t) => {
  const { unit, radio, said, hears } = await subject("host", {});
  await unit.plug();
  t.deepEqual(radio.air, [SSID]);
  t.deepEqual(unit.listening(), [80]);
  const link = await radio.join(SSID);
  t.deepEqual(await link.scan(), [{ address: accessPointAddress, port: 80 }]);
  const socket = await link.connect(80);
  await hears("handed over");
  t.is(await echo(socket, "hello"), "hello");
  t.is(await echo(socket, "x".repeat(10_000)), "x".repeat(10_000));
  t.is(said.find(({ event }) => event === "handed over")?.detail?.oldEndUsable, false);
  const [connection] = unit.connections();
  t.deepEqual(
    [connection?.direction, connection?.port, connection?.bytesIn, connection?.bytesOut],
    ["accepted", 80, 10_005, 10_005],
  );
  socket.end();
  t.is((await hears("gone")).detail?.reason, "closed by the peer");
  t.deepEqual(unit.connections(), []);
  unit.unplug();
});

test("what the device closes is really closed: the listener, then the access point", async (t) => {
  const { unit, radio, hears } = await subject("host", {});
  await unit.plug();
  const link = await radio.join(SSID);
  const socket = await link.connect(80);
  await hears("handed over");
  unit.press();
  await unit.idle();
  t.deepEqual(unit.listening(), []);
  t.deepEqual(await link.scan(), []);
  await t.throwsAsync(link.connect(80), { message: /refuses port 80/ });
  t.is(await echo(socket, "still"), "still", "an open connection outlives its listener");
  unit.release();
  unit.press();
  await unit.idle();
  await once(socket, "close");
  t.deepEqual(radio.air, []);
  await t.throwsAsync(radio.join(SSID), { instanceOf: JoinRefused });
  await t.throwsAsync(link.connect(80), { message: /no longer in the network/ });
  unit.unplug();
});

test("without power there is no access point, no port of this machine and no connection", async (t) => {
  const { unit, radio, hears } = await subject("host", {});
  await unit.plug();
  const link = await radio.join(SSID);
  const socket = await link.connect(80);
  const loopbackPort = socket.remotePort!;
  await hears("handed over");
  const closed = once(socket, "close");
  unit.unplug();
  await closed;
  t.deepEqual(radio.air, []);
  t.deepEqual(unit.listening(), []);
  t.deepEqual(unit.connections(), []);
  const [error] = await once(connect(loopbackPort, "127.0.0.1"), "error");
  t.is((error as NodeJS.ErrnoException).code, "ECONNREFUSED");
});

test("more connections than the device takes are turned away, and nothing breaks", async (t) => {
  const { unit, radio, deaths } = await subject("host", {});
  await unit.plug();
  const link = await radio.join(SSID);
  const sockets = await Promise.all(Array.from({ length: 30 }, () => link.connect(80)));
  for (const socket of sockets) socket.on("error", () => {});
  await pause(50);
  for (const socket of sockets) socket.resetAndDestroy();
  await pause(50);
  t.is(await echo(await link.connect(80), "alive"), "alive");
  t.deepEqual(deaths, []);
  unit.unplug();
});

const order = {
  SSID: "home",
  password: "right password",
  host: "nowhere.test",
  port: 1,
  serverName: "nowhere.test",
  anchors: [],
  certificate: [],
  privateKey: "",
};

/** What the station told the device: "property connection address failure". */
async function joining(network: { SSID: string; password?: string } | undefined, ms: number) {
  const clock = new VirtualClock();
  const radio = new Radio();
  if (network) radio.addNetwork(network);
  const found = await subject("dialler", order, { clock, radio });
  await found.unit.plug();
  await clock.advance(ms);
  const steps = () =>
    found.said
      .filter(({ event }) => event === "wifi")
      .map(({ detail }) =>
        `${detail?.property} ${detail?.connection} ${detail?.address} ${detail?.failure}`.trim(),
      );
  return { ...found, clock, steps };
}

test("joining takes its time by the clock, and ends with an address", async (t) => {
  const home = { SSID: "home", password: "right password" };
  t.deepEqual((await joining(home, associateMs - 1)).steps(), [
    "property 1".replace("property", "connection"),
  ]);
  const { unit, steps } = await joining(home, associateMs + addressMs);
  t.deepEqual(steps(), [
    "connection 1",
    "connection 2",
    "address 3 10.13.0.2",
    "connection 3 10.13.0.2",
  ]);
  unit.unplug();
});

test("a wrong password and a network that is not there are told apart", async (t) => {
  const wrong = await joining({ SSID: "home", password: "other" }, 10_000);
  t.is(wrong.steps().at(-1), "connection 0  wrong-password");
  const missing = await joining(undefined, 10_000);
  t.is(missing.steps().at(-1), "connection 0  not-found");
  wrong.unit.unplug();
  missing.unit.unplug();
});

test("a network that is switched off is lost", async (t) => {
  const { unit, radio, clock, steps } = await joining(order, 10_000);
  radio.removeNetwork("home");
  await clock.settle();
  t.is(steps().at(-1), "connection 0  lost");
  unit.unplug();
});

test("in the home network a device that listens to nothing shows no port", async (t) => {
  const { unit, radio } = await joining(order, 10_000);
  const link = await radio.join("home", "right password");
  t.deepEqual(await link.scan(), []);
  await t.throwsAsync(radio.join("home", "guess"), { message: /wrong-password/ });
  unit.unplug();
});

test("a name nobody routed does not exist, whatever is on this machine", async (t) => {
  const { unit, clock, said, deaths } = await joining(order, 10_000);
  await clock.advance(1);
  t.deepEqual(
    said.filter(({ event }) => event === "error").map(({ detail }) => detail?.reason),
    ["nowhere.test is not known"],
  );
  t.deepEqual(deaths, []);
  unit.unplug();
});
