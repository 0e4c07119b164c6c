/**
 * Fifty things that only an owner knows, put into a unit as its own code stores them, to be searched for
 * after a wipe: what is there, what was overwritten since, and the sealed form of each.
 */
import { randomBytes } from "node:crypto";
import { readClaim, writeClaim } from "../../device/setup/claim.ts";
import type { NorFlash } from "../board/nor-flash.ts";
import { boardPartitions, partition } from "../board/partitions.ts";
import { areasOn } from "../fleet/claimed.ts";

export const canaryCount = 50;
/** Long enough that chance does not put it anywhere; behind header, name and nonce of a record. */
const sealed = { from: 32, bytes: 24 };

export interface Canary {
  readonly name: string;
  readonly bytes: Buffer;
}

/** The unit has an owner, and no power. The claim that is there stays the newest. */
export function plantCanaries(chip: NorFlash): Canary[] {
  chip.powerOn();
  const owner = areasOn(chip).owner();
  const claim = readClaim(owner);
  if (!owner || !claim) throw new Error("canaries are planted in a unit that has an owner");
  const canaries: Canary[] = [];
  const plant = (name: string) => {
    const text = randomBytes(12).toString("hex");
    canaries.push({ name, bytes: Buffer.from(text) });
    return text;
  };
  for (let number = 1; number <= canaryCount / 2; number++) {
    const before = ownerArea(chip);
    const wifi = { ssid: plant(`network ${number}`), password: plant(`password ${number}`) };
    writeClaim(owner, { ...claim, wifi });
    const bytes = writtenSince(before, ownerArea(chip));
    if (bytes) canaries.push({ name: `network ${number} and its password, sealed`, bytes });
  }
  writeClaim(owner, claim);
  chip.powerOff();
  return canaries;
}

function ownerArea(chip: NorFlash): Buffer {
  const { offset, size } = partition(boardPartitions(), "owner");
  return Buffer.from(chip.image().subarray(offset, offset + size));
}

/** A piece of what was appended; undefined when the area was compacted meanwhile. */
function writtenSince(before: Buffer, after: Buffer): Buffer | undefined {
  const start = before.findIndex((byte, at) => byte !== after[at]);
  const piece = after.subarray(start + sealed.from, start + sealed.from + sealed.bytes);
  const appended = before.subarray(start, start + 256).every((byte) => byte === 0xff);
  return start >= 0 && appended ? piece : undefined;
}

/** Names of the canaries that are in there. */
export function canariesIn(haystack: Uint8Array, canaries: readonly Canary[]): string[] {
  const buffer = Buffer.from(haystack.buffer, haystack.byteOffset, haystack.length);
  return canaries.filter(({ bytes }) => buffer.includes(bytes)).map(({ name }) => name);
}
