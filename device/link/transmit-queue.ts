import { encode, encodedBytes, type Outgoing } from "./mqtt-encoder.ts";

/** What one write carries at most, give or take its last packet. */
const burstBytes = 2_048;

/**
 * Packets on their way to the socket. They stay objects until the socket has room, and then as many
 * as fit are encoded into one buffer: one write, one TLS record.
 */
export class TransmitQueue {
  private packets: Outgoing[] = [];
  /** Encoded, but more than the socket would take. */
  private rest: Uint8Array | undefined;

  push(packet: Outgoing): void {
    this.packets.push(packet);
  }

  /** Packets that wait, the half-written one included. */
  get length(): number {
    return this.packets.length + (this.rest === undefined ? 0 : 1);
  }

  /** The next bytes to write, at most `room` of them; undefined when nothing waits. */
  take(room: number): Uint8Array | undefined {
    const bytes = this.rest ?? this.encodeBurst(room);
    if (bytes === undefined || bytes.length <= room) {
      this.rest = undefined;
      return bytes;
    }
    this.rest = bytes.subarray(room);
    return bytes.subarray(0, room);
  }

  private encodeBurst(room: number): Uint8Array | undefined {
    let count = 0;
    let total = 0;
    for (const packet of this.packets) {
      if (total >= room || total >= burstBytes) break;
      total += encodedBytes(packet);
      count++;
    }
    if (count === 0) return undefined;
    const bytes = new Uint8Array(total);
    let at = 0;
    for (const packet of this.packets.splice(0, count)) at = encode(packet, bytes, at);
    return bytes;
  }
}
