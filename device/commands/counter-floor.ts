/**
 * How far an owner has counted, so that no signed order runs twice (EN 303 645 5.5-7).
 *
 * It lies in the `system` area and survives a wipe: otherwise an owner who claims her unit again could
 * have her own last order played back to her, the wipe included, for as long as it is valid. It belongs
 * to one owner's key, because one floor for all would let an owner count to the end and leave every
 * later one without a way to wipe. Only the last owner who gave an order is kept: to play an order back,
 * somebody else must have claimed the unit and given one in between, all before the order expires.
 *
 * What stays after a wipe names nobody: eight bytes of a hash over the key and this unit's id.
 */
import type { Hashes } from "../crypto/crypto.ts";
import { encodeText } from "../platform/text.ts";
import type { KeyValue } from "../storage/key-value.ts";

const key = "order-counter";
const fingerprintBytes = 8;
const recordBytes = fingerprintBytes + 8;

export function fingerprintOf(hashes: Hashes, unitId: string, ownerKey: Uint8Array): Uint8Array {
  return hashes.hmac(hashes.sha256, ownerKey, encodeText(unitId)).subarray(0, fingerprintBytes);
}

/** The highest counter admitted under this key; 0 when it is not the last one's. */
export function counterFloor(system: KeyValue, fingerprint: Uint8Array): number {
  const record = system.read(key);
  // The store keeps a record whole or not at all, and who can forge one could as well erase it.
  if (record?.length !== recordBytes) return 0;
  if (!fingerprint.every((byte, index) => byte === record[index])) return 0;
  const view = new DataView(record.buffer, record.byteOffset + fingerprintBytes);
  return view.getUint32(0) * 0x1_0000_0000 + view.getUint32(4);
}

export function raiseCounterFloor(
  system: KeyValue,
  fingerprint: Uint8Array,
  counter: number,
): void {
  const record = new Uint8Array(recordBytes);
  record.set(fingerprint);
  const view = new DataView(record.buffer, fingerprintBytes);
  view.setUint32(0, Math.floor(counter / 0x1_0000_0000));
  view.setUint32(4, counter >>> 0);
  system.write(key, record);
}
