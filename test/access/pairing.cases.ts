import {
  decodeFrames,
  encodeFrame,
  type Frame,
  noBytes,
  type RefusalReason,
} from "../../device/access/frames.ts";
import { type LockOut, succeed } from "../../device/access/lock-out.ts";
import {
  admitConnection,
  advance,
  CONVERSATION_MS,
  deadline,
  IDLE_MS,
  type PairingEffect,
  type PairingEvent,
  type PairingState,
  STEP_MS,
} from "../../device/access/pairing.ts";
import { SecureChannel } from "../../device/access/secure-channel.ts";
import { pointM, scalarFrom } from "../../device/access/spake2plus-schedule.ts";
import { encodeText } from "../../device/platform/text.ts";
import { crypto } from "../crypto.ts";
import type { Case } from "../suite.ts";
import {
  hashes,
  joined,
  made,
  points,
  proverOf,
  type Rehearsal,
  rehearse,
  symmetric,
  wrongSecret,
} from "./rehearsal.ts";

/** The I/O layer in small: runs the effects in order and keeps what a socket would have carried. */
class Door {
  readonly log: PairingEffect["effect"][] = [];
  readonly sent: Frame[] = [];
  readonly delivered: Uint8Array[] = [];
  closed: string | undefined;
  detail: string | undefined;
  lockOut: LockOut = succeed();
  now = 0;
  state: PairingState;
  private readonly unit: Rehearsal;

  constructor(unit: Rehearsal) {
    this.unit = unit;
    this.state = this.connect();
  }

  connect(): PairingState {
    const admitted = admitConnection(undefined, this.now);
    if ("refuse" in admitted) throw new Error("busy");
    this.state = admitted.state;
    this.closed = undefined;
    return admitted.state;
  }

  feed(event: PairingEvent): void {
    const { state, effects } = advance(this.state, event, {
      now: this.now,
      crypto,
      random: this.unit.random,
      lockOut: this.lockOut,
      run: this.unit.run,
    });
    this.state = state;
    for (const effect of effects) this.perform(effect);
  }

  receive(...frames: Frame[]): void {
    this.feed({ type: "bytes", bytes: joined(frames.map(encodeFrame)) });
  }

  private perform(effect: PairingEffect): void {
    this.log.push(effect.effect);
    switch (effect.effect) {
      case "record-attempt":
      case "clear-attempts":
        this.lockOut = effect.lockOut;
        break;
      case "send":
        this.sent.push(...decodeFrames(noBytes(), effect.bytes, "owner").frames);
        break;
      case "continue":
        this.feed({ type: "continue" });
        break;
      case "deliver":
        this.delivered.push(effect.plaintext);
        break;
      case "close":
        this.closed = effect.reason;
        this.detail = effect.detail;
        break;
    }
  }

  last<T extends Frame["type"]>(type: T): Extract<Frame, { type: T }> {
    const frame = this.sent[this.sent.length - 1];
    if (frame?.type !== type) throw new Error(`expected ${type}, got ${JSON.stringify(frame)}`);
    return frame as Extract<Frame, { type: T }>;
  }
}

/** The owner's app up to the open channel. */
function pair(door: Door, unit: Rehearsal): SecureChannel {
  const prover = proverOf(unit);
  door.receive({ type: "share", shareP: prover.shareP });
  const { shareV, confirmV } = door.last("response");
  const { confirmP, sharedKey } = made(prover.prove(shareV, confirmV));
  door.receive({ type: "confirmation", confirmP });
  return new SecureChannel(hashes, "owner", sharedKey);
}

function expectRefusal(check: Parameters<Case>[0], door: Door, reason: RefusalReason): void {
  check.equal(door.last("refusal").reason, reason, "told to the peer");
  check.equal(door.closed, reason, "closed");
  check.equal(door.state.step, "closed", "state");
}

export const cases: Record<string, Case> = {
  "the owner pairs, and messages go both ways"(check) {
    const unit = rehearse(20);
    const door = new Door(unit);
    const owner = pair(door, unit);
    check.equal(door.log, ["record-attempt", "continue", "send", "clear-attempts", "opened"]);
    check.equal(door.lockOut, succeed(), "the attempt is forgiven");
    const request = encodeText('{"get":"about"}');
    door.receive({ type: "sealed", sealed: made(owner.seal(symmetric, request)) });
    check.equal(door.delivered, [request], "delivered");
    door.feed({ type: "reply", plaintext: encodeText("{}") });
    check.equal(made(owner.open(symmetric, door.last("sealed").sealed)), encodeText("{}"), "reply");
    door.feed({ type: "hang-up" });
    check.equal(door.closed, "done");
  },

  "an attempt is in flash before anything that tells right from wrong is sent"(check) {
    const unit = rehearse(21);
    const w0 = scalarFrom(points, unit.secret.w0) as bigint;
    const shares = {
      right: proverOf(unit).shareP,
      wrong: proverOf(unit, wrongSecret(unit)).shareP,
      // Refused if and only if w0 was guessed: without the record an oracle that never tires.
      cancelling: pointM(points).multiply(w0).toBytes(false),
      "off the curve": new Uint8Array(65).fill(4),
    };
    for (const [name, shareP] of Object.entries(shares)) {
      const door = new Door(unit);
      door.receive({ type: "share", shareP });
      check.equal(door.log[0], "record-attempt", `${name}: recorded first`);
      check.ok(door.log.indexOf("send") > 0, `${name}: then answered`);
      check.equal(door.lockOut.attempts, 1, `${name}: counted`);
    }
  },

  "guesses are refused by the wait, without an answer, and the owner gets in after it"(check) {
    const unit = rehearse(22);
    const door = new Door(unit);
    for (let guess = 0; guess < 4; guess++) {
      door.connect();
      door.receive({ type: "share", shareP: proverOf(unit, wrongSecret(unit)).shareP });
      if (guess < 3) {
        door.receive({ type: "confirmation", confirmP: new Uint8Array(32) });
        expectRefusal(check, door, "wrong-confirmation");
      }
    }
    expectRefusal(check, door, "too-soon");
    check.equal(door.last("refusal").retryAfterMs, 1000, "come back in a second");
    check.equal(door.sent.filter(({ type }) => type === "response").length, 3, "answers given");
    door.now += 1000;
    door.connect();
    pair(door, unit);
    check.equal(door.state.step, "open", "the owner is in");
  },

  "a wrong confirmation does not open the channel; the right one does"(check) {
    const unit = rehearse(23);
    const recorded = new Door(unit);
    const prover = proverOf(unit);
    recorded.receive({ type: "share", shareP: prover.shareP });
    const first = recorded.last("response");
    const { confirmP } = made(prover.prove(first.shareV, first.confirmV));
    const stolen = new Door(unit);
    stolen.receive({ type: "share", shareP: prover.shareP });
    stolen.receive({ type: "confirmation", confirmP });
    expectRefusal(check, stolen, "wrong-confirmation");
    const reflected = new Door(unit);
    reflected.receive({ type: "share", shareP: prover.shareP });
    reflected.receive({ type: "confirmation", confirmP: reflected.last("response").confirmV });
    expectRefusal(check, reflected, "wrong-confirmation");
    recorded.receive({ type: "confirmation", confirmP });
    check.equal(recorded.state.step, "open", "control: in its own session it opens");
  },

  "steps out of order are refused"(check) {
    const unit = rehearse(24);
    const share: Frame = { type: "share", shareP: proverOf(unit).shareP };
    const confirmation: Frame = { type: "confirmation", confirmP: new Uint8Array(32) };
    const sealed: Frame = { type: "sealed", sealed: new Uint8Array(40) };
    const orders = [
      [confirmation],
      [sealed],
      [share, share],
      [share, sealed],
      [share, confirmation],
    ];
    for (const frames of orders) {
      const door = new Door(unit);
      door.receive(...frames);
      expectRefusal(check, door, "bad-frame");
      check.equal(door.detail, "unexpected", frames.map(({ type }) => type).join());
    }
  },

  "a message that is replayed on the open channel closes it"(check) {
    const unit = rehearse(25);
    const door = new Door(unit);
    const owner = pair(door, unit);
    const sealed = made(owner.seal(symmetric, encodeText("once")));
    door.receive({ type: "sealed", sealed }, { type: "sealed", sealed });
    check.equal(door.delivered.length, 1, "delivered once");
    expectRefusal(check, door, "bad-message");
    check.equal(door.detail, "replayed", "detail");
    door.receive({ type: "sealed", sealed });
    check.equal(door.delivered.length, 1, "a closed door stays closed");
  },

  "who dawdles is closed: at each step, on an idle channel, and in all"(check) {
    const unit = rehearse(26);
    const door = new Door(unit);
    check.equal(deadline(door.state), STEP_MS, "for the share");
    door.now = STEP_MS - 1;
    door.feed({ type: "tick" });
    check.equal(door.closed, undefined, "not yet");
    door.receive({ type: "share", shareP: proverOf(unit).shareP });
    check.equal(deadline(door.state), 2 * STEP_MS - 1, "for the confirmation");
    door.now = 2 * STEP_MS;
    door.receive({ type: "confirmation", confirmP: new Uint8Array(32) });
    expectRefusal(check, door, "too-slow");

    const talking = new Door(unit);
    const owner = pair(talking, unit);
    while (talking.closed === undefined && talking.now < 2 * CONVERSATION_MS) {
      talking.now += IDLE_MS - 1;
      talking.receive({ type: "sealed", sealed: made(owner.seal(symmetric, encodeText("hm"))) });
    }
    expectRefusal(check, talking, "too-slow");
    check.ok(talking.now < CONVERSATION_MS + IDLE_MS, "the whole conversation is bounded");
  },

  "one conversation at a time"(check) {
    const unit = rehearse(27);
    const door = new Door(unit);
    const second = admitConnection(door.state, 0);
    check.ok("refuse" in second, "refused while the first lives");
    if ("refuse" in second) {
      const frame = decodeFrames(noBytes(), second.refuse, "owner").frames[0];
      check.equal(frame, { type: "refusal", reason: "busy", retryAfterMs: 0 });
    }
    door.feed({ type: "peer-closed" });
    check.ok("state" in admitConnection(door.state, 0), "free again");
  },

  "bytes that are no frames are refused; damage of our own says so without more"(check) {
    const unit = rehearse(28);
    const door = new Door(unit);
    door.feed({ type: "bytes", bytes: encodeText("GET / HTTP/1.1\r\n") });
    expectRefusal(check, door, "bad-frame");
    const damaged = new Door({ ...unit, run: { ...unit.run, w0: new Uint8Array(32) } });
    damaged.receive({ type: "share", shareP: proverOf(unit).shareP });
    expectRefusal(check, damaged, "internal");
  },
};
