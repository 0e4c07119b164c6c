/** What `metadata.ts` runs in an engine: one refresh by the device's verifier, its cryptography on loan. */
import { toHex } from "../../device/platform/encoding.ts";
import { deviceLimits } from "../../device/update/metadata/limits.ts";
import { nobleCryptography } from "../../device/update/metadata/noble-check.ts";
import { type Answer, advance, beginRefresh } from "../../device/update/metadata/refresh.ts";
import type { VerifiedTarget } from "../../device/update/metadata/targets.ts";
import { decodeState } from "../../device/update/metadata/trusted-state.ts";
import { crypto } from "../../host-sim/runtime/crypto.ts";

declare function hostCall(
  op: string,
  json: string,
  bytes?: ArrayBuffer,
): { json: string; bytes?: ArrayBuffer };

function get(file: string): Answer {
  const { bytes } = hostCall("get", JSON.stringify(file));
  return bytes ? { bytes: new Uint8Array(bytes) } : "absent";
}

const pieceBytes = 4_096;

/** Streamed through the board's digest, as an image is on its way into the slot. */
function isWhole({ file, length, digest }: VerifiedTarget): boolean {
  for (let at = 0; at < length; at += pieceBytes) {
    const asked = JSON.stringify({ file, at, bytes: Math.min(pieceBytes, length - at) });
    hostCall("digest.write", "", hostCall("read", asked).bytes);
  }
  const found = new Uint8Array(hostCall("digest.close", "").bytes ?? new ArrayBuffer(0));
  return toHex(found) === toHex(digest.value);
}

/** Ends as the device does: with the outcome, and without anything else in memory. */
function refresh(stored: Uint8Array, now: number, target: string, fetched: boolean): string {
  const state = decodeState(stored);
  if (!state) return "no state";
  let step = beginRefresh(state, { now, limits: deviceLimits, target });
  for (;;) {
    const { ask } = step;
    if (ask.ask === "nothing") {
      const { outcome } = ask;
      if (fetched && "found" in outcome && !isWhole(outcome.found)) return "another target";
      return JSON.stringify(Object.keys(outcome));
    }
    const answer = ask.ask === "recall" ? "absent" : get(ask.file);
    step = advance(step, answer, nobleCryptography(crypto));
  }
}

const receive = (event: string, json: string, bytes?: ArrayBuffer): void => {
  if (event !== "refresh" || !bytes) return;
  const { now, target, fetched } = JSON.parse(json);
  hostCall("outcome", refresh(new Uint8Array(bytes), now, target, fetched));
};
(globalThis as { onHostEvent?: typeof receive }).onHostEvent = receive;
