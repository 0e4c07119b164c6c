/**
 * What makes the journal tamper-evident (EN 303 645 5.10-1): each entry carries a mark under a key of the
 * unit's own, and names the one before it by number and mark. Taken out, changed or moved, it shows at the
 * next start. One write an entry, as without: cut anywhere, the chain is the old one or the new one.
 *
 * The key lies in the same flash: who reads all of it can forge. And who takes away the newest entries has
 * a shorter chain that is whole: that shows where they were told, by their numbers.
 */
import { toHex } from "../platform/encoding.ts";
import type { Platform } from "../platform/platform.ts";
import { encodeText } from "../platform/text.ts";
import type { KeyValue } from "../storage/key-value.ts";
import type { JournalEntry } from "./journal.ts";

/** An entry as it is stored. Older firmware wrote none of the last three. */
export interface Stored extends JournalEntry {
  /** The entry written before; 0 for none. */
  readonly after?: number;
  /** That one's mark. */
  readonly prev?: string;
  /** HMAC-SHA-256 (RFC 2104) over all fields before, 8 bytes in hex. */
  readonly mark?: string;
}

const recordKey = "journal-key";
const keyLength = 32;
const markLength = 8;
const hmacBlock = 64;

export class Chain {
  private readonly Digest: Platform["Digest"];
  private readonly key: Uint8Array | undefined;
  /** Entries up to this one are from before there was a key. */
  private readonly since: number;

  /** @param newest number of the newest entry, 0 for none */
  constructor(
    system: KeyValue,
    { Digest, random }: Pick<Platform, "Digest" | "random">,
    newest: number,
  ) {
    this.Digest = Digest;
    const kept = system.read(recordKey) ?? begin(system, random(keyLength), newest);
    this.key = kept?.subarray(0, keyLength);
    this.since = kept ? new DataView(kept.buffer, kept.byteOffset).getUint32(keyLength) : newest;
  }

  /** `entry` as the one that follows `before`. */
  follow(entry: JournalEntry, before: Stored | undefined): Stored {
    if (!this.key) return entry;
    const linked = { ...entry, after: before?.sequence ?? 0, prev: before?.mark ?? "" };
    return { ...linked, mark: this.markOf(linked, this.key) };
  }

  /** Whether nobody has changed what lies in the slots; null is one that cannot be read. */
  holds(slots: readonly (Stored | null | undefined)[]): boolean {
    return slots.every((entry, slot) => {
      if (entry === undefined) return true;
      if (entry === null || entry.sequence % slots.length !== slot) return false;
      if (entry.mark === undefined || !this.key)
        return entry.mark === undefined && entry.sequence <= this.since;
      const { mark, ...linked } = entry;
      return mark === this.markOf(linked, this.key) && follows(entry, slots);
    });
  }

  private markOf(linked: Stored, key: Uint8Array): string {
    const inner = this.digestOf(padded(key, 0x36), encodeText(JSON.stringify(linked)));
    return toHex(this.digestOf(padded(key, 0x5c), inner).subarray(0, markLength));
  }

  private digestOf(...parts: readonly Uint8Array[]): Uint8Array {
    const digest = new this.Digest();
    for (const part of parts) digest.write(part);
    return digest.close();
  }
}

/** The one before is there, or its slot was needed for a newer one. */
function follows({ after = 0, prev }: Stored, slots: readonly (Stored | null | undefined)[]) {
  if (after === 0) return true;
  const before = slots[after % slots.length];
  if (!before || before.sequence < after) return false;
  return before.sequence > after || (before.mark ?? "") === prev;
}

/** The key's record: the key, and the newest entry that has no mark (u32). Undefined while there is no room. */
function begin(system: KeyValue, key: Uint8Array, newest: number): Uint8Array | undefined {
  const record = new Uint8Array(keyLength + 4);
  record.set(key);
  new DataView(record.buffer).setUint32(keyLength, newest);
  try {
    system.write(recordKey, record);
    return record;
  } catch {
    return undefined;
  }
}

function padded(key: Uint8Array, pad: number): Uint8Array {
  const block = new Uint8Array(hmacBlock).fill(pad);
  key.forEach((byte, index) => {
    block[index] = byte ^ pad;
  });
  return block;
}
