/** What the chip's flash encryption makes of plain bytes (ESP32-C3: XTS-AES-128, units of 128 bytes, bytes reversed). */
import { createCipheriv } from "node:crypto";

const unit = 128;

/** The chip's key as it lies in the emulator's fuses; a real chip gives it to nobody. */
export function flashKey(fuseFile: Uint8Array): Uint8Array | undefined {
  for (let key = 0; key < 6; key++) {
    const purpose = ((fuseFile[11 + (key >> 1)] ?? 0) >> (4 * (key & 1))) & 15;
    if (purpose === 4) return fuseFile.slice(112 + 32 * key, 144 + 32 * key);
  }
  return undefined;
}

/** A key of zeros is what some emulators use once the chip's own cannot be read any more. */
export const zeroKey = new Uint8Array(32);

function ecb(key: Uint8Array, bytes: Uint8Array): Buffer {
  const cipher = createCipheriv("aes-128-ecb", key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(bytes), cipher.final()]);
}

/** The next tweak of XTS (IEEE 1619, 5.2): times x in GF(2^128). */
function doubled(tweak: Uint8Array): Uint8Array {
  const next = new Uint8Array(16);
  let carry = 0;
  for (let index = 0; index < 16; index++) {
    const byte = (tweak[index] as number) * 2 + carry;
    next[index] = byte & 0xff;
    carry = byte >> 8;
  }
  if (carry) next[0]! ^= 0x87;
  return next;
}

/**
 * Done here by blocks, because OpenSSL takes no key with two equal halves.
 * @param at the place in the flash, a multiple of 128.
 */
export function encryptedFor(key: Uint8Array, plain: Uint8Array, at: number): Uint8Array {
  const out = new Uint8Array(Math.ceil(plain.length / unit) * unit).fill(0xff);
  out.set(plain);
  const mask = new Uint8Array(out.length);
  const seeds = Buffer.alloc((out.length / unit) * 16);
  for (let start = 0; start < out.length; start += unit)
    seeds.writeUInt32LE((at + start) & 0xffff80, (start / unit) * 16);
  const tweaks = ecb(key.subarray(16), seeds);
  for (let start = 0; start < out.length; start += unit) {
    out.subarray(start, start + unit).reverse();
    let tweak: Uint8Array = tweaks.subarray((start / unit) * 16, (start / unit) * 16 + 16);
    for (let block = start; block < start + unit; block += 16) {
      mask.set(tweak, block);
      tweak = doubled(tweak);
    }
  }
  const xor = (bytes: Uint8Array) => bytes.map((byte, index) => byte ^ (mask[index] as number));
  const done = xor(ecb(key.subarray(0, 16), xor(out)));
  for (let start = 0; start < done.length; start += unit)
    done.subarray(start, start + unit).reverse();
  return done;
}
