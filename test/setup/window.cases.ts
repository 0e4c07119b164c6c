import { decodeFrames, encodeFrame, type Frame, noBytes } from "../../device/access/frames.ts";
import { encodeLockOut, restoreLockOut } from "../../device/access/lock-out.ts";
import { SecureChannel } from "../../device/access/secure-channel.ts";
import { decodeText, encodeText } from "../../device/platform/text.ts";
import { restMs, SetUp, setUpPort, windowMs } from "../../device/setup/set-up.ts";
import { openKeyValue } from "../../device/storage/key-value.ts";
import {
  hashes,
  proverOf,
  type Rehearsal,
  rehearse,
  symmetric,
  wrongSecret,
} from "../access/rehearsal.ts";
import { FakePlatform, type Peer } from "../fake-platform.ts";
import type { Case, Check } from "../suite.ts";

const serial = "T13-0001";

function bench(fake = new FakePlatform()) {
  const unit = rehearse(5, serial);
  const told: string[] = [];
  const requests: string[] = [];
  const system = openKeyValue(fake.flash.system);
  const identity = {
    serial,
    id: "0123456789abcdefghjkmnpqrs",
    verifier: { w0: unit.run.w0, L: unit.run.L },
    certificate: [],
    privateKey: new Uint8Array(0),
    anchors: [],
  };
  const setUp = new SetUp(fake.platform, system, identity, {
    onOpened: () => told.push("opened"),
    onClosed: () => told.push("closed"),
    onRefused: (reason) => told.push(reason),
    onRequest: (plaintext) => requests.push(decodeText(plaintext) ?? ""),
  });
  return { fake, unit, setUp, told, requests, system };
}

function framesOf(peer: Peer): Frame[] {
  const length = peer.heard.reduce((sum, bytes) => sum + bytes.length, 0);
  const all = new Uint8Array(length);
  let offset = 0;
  for (const bytes of peer.heard) {
    all.set(bytes, offset);
    offset += bytes.length;
  }
  return [...decodeFrames(noBytes(), all, "owner").frames];
}

/** The app's half of the proof over a connection; its channel, or the device's refusal. */
function prove(check: Check, fake: FakePlatform, unit: Rehearsal, secret = unit.secret) {
  const peer = fake.call(setUpPort);
  const prover = proverOf(unit, secret);
  peer.take();
  peer.say(encodeFrame({ type: "share", shareP: prover.shareP }));
  fake.pass(restMs);
  peer.take();
  const [response] = framesOf(peer);
  if (response?.type !== "response") return { peer, refusal: response };
  const proof = prover.prove(response.shareV, response.confirmV);
  if (typeof proof === "string") return { peer, refusal: proof };
  peer.say(encodeFrame({ type: "confirmation", confirmP: proof.confirmP }));
  check.ok(true);
  return { peer, channel: new SecureChannel(hashes, "owner", proof.sharedKey) };
}

function seal(channel: SecureChannel, text: string): Uint8Array {
  const sealed = channel.seal(symmetric, encodeText(text));
  if (typeof sealed === "string") throw new Error(sealed);
  return encodeFrame({ type: "sealed", sealed });
}

export const windowCases: Readonly<Record<string, Case>> = {
  "before the button and after five minutes nothing listens"(check) {
    const { fake, setUp, told } = bench();
    check.equal(fake.listening.size, 0);
    setUp.open();
    check.equal([...fake.listening.keys()], [setUpPort]);
    check.equal(fake.accessPoint, "Thirteen-0123");
    fake.pass(windowMs);
    check.equal(fake.listening.size, 0);
    check.equal(fake.accessPoint, undefined);
    check.equal(told, ["opened", "closed"]);
    check.equal(fake.timers, 0, "timers left behind");
  },
  "a second press gives the window its whole time again"(check) {
    const { fake, setUp, told } = bench();
    setUp.open();
    fake.pass(windowMs - 1);
    setUp.open();
    fake.pass(windowMs - 1);
    check.equal(fake.listening.size, 1);
    fake.pass(1);
    check.equal(told, ["opened", "closed"]);
  },
  "the right password opens a channel; requests and answers are encrypted"(check) {
    const { fake, unit, setUp, requests } = bench();
    setUp.open();
    const { peer, channel } = prove(check, fake, unit);
    if (!channel) throw new Error("no channel");
    peer.say(seal(channel, '{"do":"status"}'));
    check.equal(requests, ['{"do":"status"}']);
    setUp.reply({ refused: "bad-request" });
    peer.take();
    const last = framesOf(peer).pop();
    check.equal(last?.type, "sealed");
    const opened = last?.type === "sealed" ? channel.open(symmetric, last.sealed) : "";
    check.equal(
      typeof opened === "string" ? opened : decodeText(opened),
      '{"refused":"bad-request"}',
    );
  },
  "the attempt is in flash before the answer leaves, and a success clears it"(check) {
    const { fake, unit, setUp, system } = bench();
    setUp.open();
    const peer = fake.call(setUpPort);
    peer.take();
    peer.say(encodeFrame({ type: "share", shareP: proverOf(unit).shareP }));
    check.equal(peer.heard.length, 0, "nothing answered yet");
    check.equal(restoreLockOut(system.read("lock-out"), 0).attempts, 1, "recorded");
    fake.pass(restMs - 1);
    check.equal(peer.heard.length, 0, "the chip rests between two computations");
    fake.pass(1);
    check.equal(peer.heard.length, 1);
    peer.hangUp();
    prove(check, fake, unit);
    check.equal(restoreLockOut(system.read("lock-out"), 0).attempts, 0, "cleared");
  },
  "wrong guesses slow down, across restarts, and the owner still gets in"(check) {
    const first = bench();
    first.setUp.open();
    const { told } = first;
    for (let guess = 0; guess < 4; guess++) {
      const { peer } = prove(check, first.fake, first.unit, wrongSecret(first.unit));
      peer.hangUp();
      first.fake.pass(guess < 2 ? 0 : 4_000);
    }
    first.setUp.close();
    check.equal(told.filter((word) => word === "not-proved").length, 4, "told");
    // Power is cut; the flash is all that is left.
    const fake = new FakePlatform();
    fake.flash.system.bytes.set(first.fake.flash.system.bytes);
    const { unit, setUp } = bench(fake);
    setUp.open();
    const early = prove(check, fake, unit);
    const refusal = early.refusal as { reason?: string; retryAfterMs?: number };
    check.equal(refusal.reason, "too-soon");
    fake.pass(refusal.retryAfterMs ?? 0);
    check.ok(prove(check, fake, unit).channel, "the right password, after the wait");
  },
  "negative control: a lock-out that is forgotten at restart lets the guess through at once"(
    check,
  ) {
    const { fake, unit, setUp, system } = bench();
    system.write("lock-out", encodeLockOut({ attempts: 13, notBefore: 0 }));
    setUp.open();
    // This SetUp was made before the write, as if it did not read the flash.
    check.ok(prove(check, fake, unit).channel, "not slowed");
  },
  "a second caller is told that the device is busy"(check) {
    const { fake, setUp } = bench();
    setUp.open();
    fake.call(setUpPort).take();
    const second = fake.call(setUpPort);
    second.take();
    check.equal(framesOf(second), [{ type: "refusal", reason: "busy", retryAfterMs: 0 }]);
    check.ok(second.closed, "closed");
  },
  "a caller who takes nothing is dropped soon, and holds no memory"(check) {
    const { fake, setUp } = bench();
    setUp.open();
    fake.call(setUpPort);
    const second = fake.call(setUpPort);
    check.ok(!second.closed);
    fake.pass(1_000);
    check.ok(second.closed, "closed");
    fake.pass(60_000);
    check.equal([...fake.listening.keys()], [setUpPort], "the window is still open for others");
  },
  "a caller who says nothing makes room after ten seconds"(check) {
    const { fake, unit, setUp, told } = bench();
    setUp.open();
    const silent = fake.call(setUpPort);
    silent.take();
    fake.pass(10_000);
    check.ok(silent.closed);
    check.ok(told.includes("too-slow"));
    check.ok(prove(check, fake, unit).channel, "next caller");
  },
  "answers wait for a slow phone, and arrive whole"(check) {
    const { fake, unit, setUp } = bench();
    setUp.open();
    const peer = fake.call(setUpPort);
    peer.window = 7;
    peer.say(encodeFrame({ type: "share", shareP: proverOf(unit).shareP }));
    fake.pass(restMs);
    for (let turn = 0; turn < 40; turn++) peer.take();
    check.ok(
      peer.heard.every((bytes) => bytes.length <= 7),
      "never more than allowed",
    );
    check.equal(framesOf(peer)[0]?.type, "response");
  },
  "the window stays for the owner's goodbye, then closes, at the latest after two seconds"(check) {
    const polite = bench();
    polite.setUp.open();
    const { peer } = prove(check, polite.fake, polite.unit);
    polite.setUp.finish();
    check.equal(polite.fake.listening.size, 1);
    peer.hangUp();
    check.equal(polite.fake.listening.size, 0);

    const rude = bench();
    rude.setUp.open();
    prove(check, rude.fake, rude.unit);
    rude.setUp.finish();
    rude.fake.pass(2_000);
    check.equal(rude.fake.listening.size, 0);
    rude.setUp.finish();
    rude.setUp.close();
    check.equal(rude.told, ["opened", "closed"]);
  },
};
