/**
 * What somebody with a programmer's clip on the memory chip gets: every byte of a unit that has had a
 * life (set up twice, guessed at, restarted) is searched. What EN 303 645 5.4-1 and 5.1-4 ask: no
 * password, and nothing that tests a guess of it faster than the SPAKE2+ verifier does.
 */
import { randomBytes } from "node:crypto";
import test from "ava";
import { brokerName, type Desk, home, openDesk } from "../host-sim/desk/desk.ts";
import { nodeEngine } from "../host-sim/engine/node-engine.ts";
import { guess, openWindow } from "../host-sim/scenario/intruders.ts";
import { generatePassword, stretch } from "../provisioning/set-up-password.ts";
import { claim, deskWith, flashOf, heard, sabotaged, TimeLapse } from "./desk-fixture.ts";
import {
  bytesForms,
  found,
  type Needle,
  passwordNeedles,
  textForms,
  wifiNeedles,
} from "./needles.ts";

const wifi = { ssid: "Third floor, left", password: "correct horse battery" };
const clock = new TimeLapse();
let desk: Desk;
let fresh: Uint8Array;
let image: Uint8Array;
let secrets: Needle[];
let owners: Needle[];

test.before(async () => {
  desk = await openDesk({ engine: nodeEngine, clock });
  fresh = desk.unit.flash.image();
  desk.radio.addNetwork({ SSID: wifi.ssid, password: wifi.password });
  secrets = await passwordNeedles(desk.papers);
  owners = [
    ...wifiNeedles(wifi),
    ...wifiNeedles(home),
    ...textForms("Wi-Fi name", wifi.ssid),
    ...textForms("broker", brokerName),
    ...bytesForms("owner's key", desk.owner.publicKey),
  ];
  await desk.unit.plug();
  await live(desk);
  image = desk.unit.flash.image();
});

test.after.always(async () => {
  await desk?.close();
  clock.stop();
});

/** Set up, guessed at, restarted, set up anew for another network. */
async function live(at: Desk): Promise<void> {
  await claim(at, clock);
  await openWindow(at);
  for (let count = 0; count < 2; count++) await guess(at, generatePassword());
  at.unit.unplug();
  await at.unit.plug();
  const online = heard(at, "connected");
  await openWindow(at);
  await at.setUp({ wifi });
  await clock.until(online, "the unit is on its broker");
}

test.serial("no password, none of its pieces, and no cheap test of a guess", (t) => {
  t.log(`${secrets.length} forms searched in ${image.length} bytes`);
  t.deepEqual(found(image, secrets), []);
  t.deepEqual(found(fresh, secrets), [], "nor as it leaves the factory");
});

test.serial("what is there is the verifier: w0 and L, behind the memory-hard hash", async (t) => {
  const { w0 } = await stretch(desk.papers.password, desk.papers.serial);
  t.deepEqual(found(image, [{ name: "w0", bytes: Buffer.from(w0) }]), ["w0"]);
});

test.serial("the owner's network, broker and key are not there in clear", (t) => {
  t.deepEqual(found(image, owners), []);
});

test.serial("control: an owner's area that is not sealed is caught", async (t) => {
  const firmware = await sabotaged({
    "storage/sealed.ts": ["const ciphertext = cipher.encrypt(value);", "const ciphertext = value;"],
  });
  const at = deskWith(desk, flashOf(fresh), { firmware });
  desk.unit.unplug();
  t.teardown(() => at.unit.unplug());
  await at.unit.plug();
  await claim(at, clock);
  const names = found(at.unit.flash.image(), owners);
  t.true(names.includes("Wi-Fi password, raw"), names.join("; "));
  t.true(names.includes("broker, raw"), names.join("; "));
});

test.serial("control: every form is found when it is there, wherever it lies", (t) => {
  const all = [...secrets, ...owners];
  const planted = Buffer.from(image);
  let at = 0x21_0000;
  for (const { bytes } of all) {
    at += 1 + (randomBytes(1)[0] ?? 0);
    bytes.copy(planted, at);
    at += bytes.length;
  }
  t.true(at < planted.length);
  t.deepEqual(found(planted, all).length, all.length);
});
