import { MAX_PLAINTEXT_BYTES, SecureChannel } from "../../device/access/secure-channel.ts";
import { encodeText } from "../../device/platform/text.ts";
import { prng, randomBytes } from "../prng.ts";
import type { Case } from "../suite.ts";
import { hashes, made, symmetric } from "./rehearsal.ts";

function channels(seed = 1) {
  const sharedKey = randomBytes(prng(seed), 32);
  return {
    device: new SecureChannel(hashes, "device", sharedKey),
    owner: new SecureChannel(hashes, "owner", sharedKey),
  };
}

const text = encodeText("join the Wi-Fi");
const seal = (from: SecureChannel, plaintext: Uint8Array) => made(from.seal(symmetric, plaintext));

export const cases: Record<string, Case> = {
  "both directions, empty to full"(check) {
    const { device, owner } = channels();
    for (const length of [0, 1, 15, 16, 17, 64, 1000, MAX_PLAINTEXT_BYTES]) {
      const plaintext = randomBytes(prng(length), length);
      check.equal(device.open(symmetric, seal(owner, plaintext)), plaintext, `${length} in`);
      check.equal(owner.open(symmetric, seal(device, plaintext)), plaintext, `${length} out`);
    }
    check.equal(owner.seal(symmetric, new Uint8Array(MAX_PLAINTEXT_BYTES + 1)), "too-large");
  },

  "a replayed frame is refused, and so is all that follows"(check) {
    const { device, owner } = channels();
    const frame = seal(owner, text);
    check.equal(device.open(symmetric, frame), text, "the first time");
    check.equal(device.open(symmetric, frame), "replayed", "the second time");
    check.equal(device.open(symmetric, seal(owner, text)), "broken", "the honest next one");
    check.equal(device.seal(symmetric, text), "broken", "and nothing is answered");
    // Control: the frame itself is sound; a channel that has not seen it takes it.
    check.equal(channels().device.open(symmetric, frame), text, "a fresh channel");
  },

  "a replayed frame with the next counter written over is refused"(check) {
    const { device, owner } = channels();
    const frame = seal(owner, text);
    device.open(symmetric, frame);
    const renumbered = frame.slice();
    renumbered[3] = 1;
    check.equal(device.open(symmetric, renumbered), "forged");
  },

  "exchanged and dropped frames are refused"(check) {
    const { device, owner } = channels();
    seal(owner, text);
    check.equal(device.open(symmetric, seal(owner, text)), "out-of-order");
  },

  "a frame sent back to its sender is refused"(check) {
    const { owner } = channels();
    check.equal(owner.open(symmetric, seal(owner, text)), "forged");
  },

  "a frame of another session is refused"(check) {
    const frame = seal(channels(2).owner, text);
    check.equal(channels(1).device.open(symmetric, frame), "forged");
  },

  "any changed bit is refused"(check) {
    const { owner } = channels();
    const frame = seal(owner, text);
    for (let bit = 0; bit < frame.length * 8; bit += 7) {
      const changed = frame.slice();
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      const opened = channels().device.open(symmetric, changed);
      check.ok(opened === "forged" || opened === "out-of-order", `bit ${bit}: ${opened}`);
    }
    check.equal(channels().device.open(symmetric, frame), text, "control: unchanged");
  },

  "a truncated frame is refused"(check) {
    const { owner } = channels();
    const frame = seal(owner, text);
    for (let length = 0; length < frame.length; length++) {
      const opened = channels().device.open(symmetric, frame.subarray(0, length));
      check.equal(opened, length < 20 ? "truncated" : "forged", `${length} bytes`);
    }
    const long = new Uint8Array(MAX_PLAINTEXT_BYTES + 21);
    check.equal(channels().device.open(symmetric, long), "too-large");
  },

  "one plaintext never looks the same twice"(check) {
    const { device, owner } = channels();
    const seen = [owner, owner, device, device].map((from) => seal(from, text).subarray(4).join());
    check.equal(new Set(seen).size, 4, "distinct ciphertexts");
  },
};
