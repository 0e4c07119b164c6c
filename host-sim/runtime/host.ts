/** The device's end of the engine ABI (`../engine/engine.ts`): typed calls out, events in by id. */
import type { ByteBuffer } from "../../device/platform/platform.ts";
import type { Events, Operations } from "./protocol.ts";

interface Reply {
  json: string;
  bytes?: ArrayBuffer;
}

declare const hostCall: (op: string, json: string, bytes?: ArrayBuffer) => Reply;

export type Receivers = { [E in keyof Events]?: (event: Events[E]) => void };

const receivers = new Map<number, Receivers>();
let lastId = 0;

/** What a view or a buffer holds, as a buffer of exactly that length. */
function exact(bytes: ByteBuffer): ArrayBuffer {
  if (bytes instanceof ArrayBuffer) return bytes;
  return bytes.slice().buffer as ArrayBuffer;
}

/** @throws Error with the board's message. */
export function call<Op extends keyof Operations>(
  op: Op,
  args: Operations[Op]["args"],
  bytes?: ByteBuffer,
): Operations[Op]["reply"] {
  return JSON.parse(hostCall(op, JSON.stringify(args), bytes && exact(bytes)).json);
}

/** As `call`, for operations that reply with bytes. */
export function callForBytes<Op extends keyof Operations>(
  op: Op,
  args: Operations[Op]["args"],
): ArrayBuffer | undefined {
  return hostCall(op, JSON.stringify(args)).bytes;
}

/** A fresh id whose events go to `receiver`; it keeps the receiver alive until `release`. */
export function claimId(receiver: Receivers = {}): number {
  receivers.set(++lastId, receiver);
  return lastId;
}

/** Events still under way for an adopted object go to `receiver` from now on. */
export function adoptId(id: number, receiver: Receivers): void {
  receivers.set(id, receiver);
}

/** No event for this id is delivered any more. */
export function release(id: number): void {
  receivers.delete(id);
}

/** Sets the one entry the engine calls. `boot` starts the device. */
export function receiveEvents(boot: (event: Events["boot"]) => void): void {
  const onHostEvent = (event: string, json: string): void => {
    const fields = JSON.parse(json);
    if (event === "boot") boot(fields);
    else receivers.get(fields.id)?.[event as keyof Events]?.(fields as never);
  };
  (globalThis as { onHostEvent?: typeof onHostEvent }).onHostEvent = onHostEvent;
}
