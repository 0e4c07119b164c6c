/**
 * The set-up window: opened by the owner's hand on the button, open for minutes, then nothing
 * listens (EN 303 645 5.6-1, 5.12-1). The thin part between the board and the decisions of
 * `access/pairing.ts`: it owns the access point, the listener and one connection.
 */
import { encodeLockOut, type LockOut, restoreLockOut } from "../access/lock-out.ts";
import {
  admitConnection,
  advance,
  deadline,
  type PairingEffect,
  type PairingEvent,
  type PairingState,
} from "../access/pairing.ts";
import type { Run } from "../access/spake2plus.ts";
import { SET_UP_CONTEXT } from "../access/spake2plus-schedule.ts";
import type { AccessPoint, Listener, Platform, TCP } from "../platform/platform.ts";
import { encodeText } from "../platform/text.ts";
import type { Identity } from "../storage/identity.ts";
import type { KeyValue } from "../storage/key-value.ts";
import { Conversation } from "./conversation.ts";
import type { SetUpReply } from "./request.ts";

export const windowMs = 5 * 60_000;
/** The owner's app hangs up first, so that the last answer is not lost with the access point. */
const farewellMs = 2_000;

/**
 * Between two of the pairing's computations, which take a chip seconds each. It must sleep in between: its watchdog
 * waits for the idle task, and that runs in no time at all only by chance.
 */
export const restMs = 20;

export const setUpPort = 1313;

export const accessPointName = (id: string) => `Thirteen-${id.slice(0, 4).toUpperCase()}`;

export interface SetUpEvents {
  /** The password was wrong, or the conversation went wrong. */
  onRefused(reason: string): void;
  /** One request of the owner, decrypted. Answer with `reply`. */
  onRequest(plaintext: Uint8Array): void;
  onOpened(): void;
  onClosed(): void;
}

const lockOutKey = "lock-out";

export class SetUp {
  private readonly platform: Platform;
  private readonly system: KeyValue;
  private readonly run: Run;
  private readonly events: SetUpEvents;
  private readonly name: string;
  private lockOut: LockOut;
  private window:
    | { readonly accessPoint: AccessPoint; readonly listener: Listener; readonly timer: number }
    | undefined;
  private conversation: Conversation | undefined;
  private pairing: PairingState | undefined;
  private deadline: number | undefined;
  private finishing = false;
  /** An attempt was answered and has not been followed by a proof. */
  private unproved = false;

  constructor(platform: Platform, system: KeyValue, identity: Identity, events: SetUpEvents) {
    this.platform = platform;
    this.system = system;
    this.events = events;
    this.run = {
      context: SET_UP_CONTEXT,
      idProver: "",
      idVerifier: identity.serial,
      ...identity.verifier,
    };
    this.lockOut = restoreLockOut(system.read(lockOutKey), platform.clock.ticks());
    this.name = accessPointName(identity.id);
  }

  /** Opens the window, or opens it anew for its whole time. */
  open(): void {
    const { network, timer } = this.platform;
    if (this.window) {
      timer.clear(this.window.timer);
      this.window = { ...this.window, timer: timer.set(() => this.close(), windowMs) };
      return;
    }
    const accessPoint = new network.AccessPoint({ SSID: this.name });
    const { address } = accessPoint;
    this.window = {
      accessPoint,
      // Who is in the owner's network is not at the device: that door stays shut.
      listener: new network.Listener({
        address,
        port: setUpPort,
        onReadable: () => this.answer(),
      }),
      timer: timer.set(() => this.close(), windowMs),
    };
    this.events.onOpened();
  }

  /** Closes the window and whoever is in it; afterwards nothing listens. */
  close(): void {
    const window = this.window;
    if (!window) return;
    this.window = undefined;
    this.finishing = false;
    this.platform.timer.clear(window.timer);
    this.feed({ type: "hang-up" });
    window.listener.close();
    window.accessPoint.close();
    this.events.onClosed();
  }

  /** All is said: closes when the owner has hung up, or in a moment. */
  finish(): void {
    if (!this.window) return;
    this.finishing = true;
    this.platform.timer.clear(this.window.timer);
    const timer = this.platform.timer.set(() => this.close(), farewellMs);
    this.window = { ...this.window, timer };
  }

  reply(message: SetUpReply): void {
    this.feed({ type: "reply", plaintext: encodeText(JSON.stringify(message)) });
  }

  private answer(): void {
    for (let caller = this.window?.listener.read(); caller; caller = this.window?.listener.read()) {
      const admitted = admitConnection(this.pairing, this.platform.clock.ticks());
      if ("refuse" in admitted) this.turnAway(caller, admitted.refuse);
      else this.accept(caller, admitted.state);
    }
  }

  private turnAway(caller: TCP, refusal: Uint8Array): void {
    const nothing = () => {};
    const conversation = new Conversation(this.platform, caller, nothing, nothing);
    conversation.send(refusal);
    conversation.end();
  }

  private accept(caller: TCP, state: PairingState): void {
    const conversation: Conversation = new Conversation(
      this.platform,
      caller,
      (bytes) => this.conversation === conversation && this.feed({ type: "bytes", bytes }),
      () => this.conversation === conversation && this.feed({ type: "peer-closed" }),
    );
    this.conversation = conversation;
    this.pairing = state;
    this.watch();
  }

  private feed(event: PairingEvent): void {
    if (!this.pairing) return;
    const { clock, crypto, random } = this.platform;
    const { state, effects } = advance(this.pairing, event, {
      now: clock.ticks(),
      crypto,
      random,
      lockOut: this.lockOut,
      run: this.run,
    });
    this.pairing = state;
    for (const effect of effects) this.perform(effect);
    this.watch();
  }

  private perform(effect: PairingEffect): void {
    switch (effect.effect) {
      case "record-attempt":
      case "clear-attempts":
        // In flash before anything that follows in the list (EN 303 645 5.1-5).
        this.system.write(lockOutKey, encodeLockOut(effect.lockOut));
        this.lockOut = effect.lockOut;
        this.unproved = effect.effect === "record-attempt";
        break;
      case "send":
        this.conversation?.send(effect.bytes);
        break;
      case "continue":
        this.platform.timer.set(() => this.feed({ type: "continue" }), restMs);
        break;
      case "opened":
        this.platform.trace("access", "paired");
        break;
      case "deliver":
        this.events.onRequest(effect.plaintext);
        break;
      case "close":
        this.hangUp();
        if (effect.reason !== "done" && effect.reason !== "peer-closed")
          this.events.onRefused(effect.reason);
        // Whoever guesses wrong learns it from our proof, and need not send a false one.
        else if (this.unproved) this.events.onRefused("not-proved");
        this.unproved = false;
        break;
    }
  }

  /** One timer for whatever the conversation waits for. */
  private watch(): void {
    const { timer, clock } = this.platform;
    if (this.deadline !== undefined) timer.clear(this.deadline);
    this.deadline = undefined;
    const due = this.pairing && deadline(this.pairing);
    if (due === undefined) return;
    this.deadline = timer.set(
      () => {
        this.deadline = undefined;
        this.feed({ type: "tick" });
      },
      Math.max(0, due - clock.ticks()),
    );
  }

  private hangUp(): void {
    this.conversation?.end();
    this.conversation = undefined;
    this.pairing = undefined;
    if (this.finishing) this.close();
  }
}
