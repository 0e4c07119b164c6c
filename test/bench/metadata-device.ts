/** What `metadata.ts` runs in an engine: one refresh by the device's verifier, its cryptography on loan. */
import { deviceLimits } from "../../device/update/metadata/limits.ts";
import { nobleCryptography } from "../../device/update/metadata/noble-check.ts";
import { type Answer, advance, beginRefresh } from "../../device/update/metadata/refresh.ts";
import { decodeState } from "../../device/update/metadata/trusted-state.ts";
import { crypto } from "../../host-sim/runtime/crypto.ts";

declare function hostCall(op: string, json: string): { json: string; bytes?: ArrayBuffer };

function get(file: string): Answer {
  const { bytes } = hostCall("get", JSON.stringify(file));
  return bytes ? { bytes: new Uint8Array(bytes) } : "absent";
}

/** Ends as the device does: with the outcome, and without anything else in memory. */
function refresh(stored: Uint8Array, now: number, target: string): string {
  const state = decodeState(stored);
  if (!state) return "no state";
  let step = beginRefresh(state, { now, limits: deviceLimits, target });
  for (;;) {
    const { ask } = step;
    if (ask.ask === "nothing") return JSON.stringify(Object.keys(ask.outcome));
    const answer = ask.ask === "recall" ? "absent" : get(ask.file);
    step = advance(step, answer, nobleCryptography(crypto));
  }
}

const receive = (event: string, json: string, bytes?: ArrayBuffer): void => {
  if (event !== "refresh" || !bytes) return;
  const { now, target } = JSON.parse(json);
  hostCall("outcome", refresh(new Uint8Array(bytes), now, target));
};
(globalThis as { onHostEvent?: typeof receive }).onHostEvent = receive;
