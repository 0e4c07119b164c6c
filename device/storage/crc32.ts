/**
 * CRC-32 (ISO-HDLC, as in IEEE 802.3). It finds accidents, not attackers. Bit by bit: a table would
 * cost more heap than the records it checks.
 */
export function crc32(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
