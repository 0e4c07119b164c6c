/**
 * The bench's image on the emulated chip: does what a line asks, one thing at a time, and answers with a line.
 * Parts that are too long for a line are put there first, piece by piece.
 */
import SdkTimer from "timer";
import { fromHex } from "../../device/platform/encoding.ts";
import { crypto } from "../../device/platform/moddable/crypto.ts";
import { emulatedNative } from "../../device/platform/moddable/emulated/emulated-native.ts";
import { boardNative } from "../../device/platform/moddable/esp32/board-native.ts";
import Session from "../../device/platform/moddable/tls/tls-native.ts";
import { meet } from "../device-suites/tls-peer.ts";
import type { Answer, Order } from "./asked.ts";
import { countNative } from "./count-native.ts";
import Loose from "./loose.ts";
import { meetWithSdk } from "./sdk-peer.ts";
import { openSlots } from "./slot-rig.ts";

const lookEveryMs = 5;
/** From an address to a route. */
const settleMs = 500;
/** This machine, to the emulated network. */
const host = "10.0.2.2";

export function openRig(): void {
  emulatedNative.openBench();
  emulatedNative.startEthernet();
  const held: Record<string, string> = {};
  const bytes = (name: string) => fromHex(held[name] ?? "") ?? new Uint8Array(0);
  let busy = false;
  let number = 0;
  let told = "";
  /** How often it was looked for an order while one was obeyed: whether JavaScript is alive. */
  let looks = 0;
  const answer = (message: Answer) => {
    busy = false;
    told = `${JSON.stringify({ number, ...message, ...figures() })}\n`;
    emulatedNative.say(told);
  };

  let slots: ReturnType<typeof openSlots> | undefined;

  const meeting = ({ port, name, anchors = ["anchor"], ...rest }: Order["meet"]) => ({
    ...rest,
    host,
    port,
    name,
    key: held.key ?? "",
    chain: [held.chain ?? ""],
    anchors: anchors.map((anchor) => held[anchor] ?? ""),
  });

  const check = (kind: "ed25519" | "p256") => {
    const [signature, message, publicKey] = [bytes("signature"), bytes("message"), bytes("public")];
    const start = countNative.micros();
    const library = kind === "p256" ? crypto.ecdsa() : crypto.signatures();
    const loaded = countNative.micros();
    const genuine =
      "verifyP256" in library
        ? library.verifyP256(signature, message, publicKey)
        : library.verifyEd25519(signature, message, publicKey);
    answer({ genuine, load: loaded - start, check: countNative.micros() - loaded });
  };

  const obey = (order: Partial<Order>): void => {
    if (order.put) {
      const { name, hex, more } = order.put;
      held[name] = (more ? (held[name] ?? "") : "") + hex;
      answer({});
    } else if (order.clock !== undefined) {
      boardNative.raiseClock(order.clock);
      answer({});
    } else if (order.spin !== undefined) answer({ micros: countNative.spin(order.spin) });
    else if (order.check) check(order.check);
    else if (order.slot) {
      slots ??= openSlots();
      answer(slots(order.slot));
    } else if (order.meet) {
      const { by } = order.meet;
      const clock = countNative.micros;
      if (by === "sdk") meetWithSdk(meeting(order.meet), clock, (met) => answer({ met }));
      else
        meet(
          meeting(order.meet),
          clock,
          (met) => answer({ met }),
          by === "loose" ? Loose : Session,
        );
    } else answer({});
  };

  const begin = () => {
    answer({ booted: true });
    SdkTimer.repeat(() => {
      const heard = emulatedNative.hear();
      const order = heard?.startsWith("{") ? orderIn(heard) : undefined;
      if (busy && order)
        emulatedNative.say(`${JSON.stringify({ working: looks, ...figures() })}\n`);
      if (busy) looks++;
      if (busy || !order) return;
      if (order.number === number) return emulatedNative.say(told);
      busy = true;
      looks = 0;
      number = order.number;
      obey(order);
    }, lookEveryMs);
  };
  const waitForAddress = () => {
    if (emulatedNative.address() === undefined) SdkTimer.set(waitForAddress, lookEveryMs);
    else SdkTimer.set(begin, settleMs);
  };
  waitForAddress();
}

/** Undefined for a line that lost some of itself. */
function orderIn(line: string): (Partial<Order> & { number: number }) | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Bytes: of the chip's own heap free, and the least so far; of JavaScript's block in use, and the most; of a step's stack left. */
function figures() {
  const { heap } = boardNative;
  return {
    free: heap(4),
    leastFree: heap(5),
    slots: heap(0),
    slotsPeak: heap(1),
    chunks: heap(2),
    stackLeft: countNative.stack(),
  };
}
