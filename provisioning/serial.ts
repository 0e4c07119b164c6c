/**
 * The two names of a unit. The serial is for people and is printed; the id is for the network and is
 * not derived from the serial, so that neither gives the other away. Both are random: a MAC address
 * or a counter would let an outsider enumerate units (EN 303 645 5.1-2, 5.4-2).
 */
import { randomBytes } from "node:crypto";
import { encodeCrockford, groupByFour, normaliseCrockford } from "./crockford.ts";

const bodyLength = 11;
export const serialLength = bodyLength + 1;

/** 26 symbols of lower-case Crockford base 32, 128 random bits. */
export function generateId(): string {
  return encodeCrockford(randomBytes(16)).toLowerCase();
}

/** Canonical form: 11 random symbols (55 bits) and an ISO/IEC 7064 MOD 37-2 check character. */
export function generateSerial(): string {
  for (;;) {
    const body = encodeCrockford(randomBytes(10)).slice(0, bodyLength);
    // The check may come out as I, L, O, U or *, which a label must not carry: draw again.
    const serial = normaliseSerial(body + checkCharacter(body));
    if (serial) return serial;
  }
}

/** As printed: `7K3Q-F9M2-XW4C`. */
export function formatSerial(serial: string): string {
  return groupByFour(serial);
}

/** The canonical form of what somebody typed; undefined when a character is wrong or swapped. */
export function normaliseSerial(text: string): string | undefined {
  const serial = normaliseCrockford(text, serialLength);
  return serial && checkCharacter(serial.slice(0, bodyLength)) === serial[bodyLength]
    ? serial
    : undefined;
}

/**
 * ISO/IEC 7064 pure system MOD 37-2, as on blood bags: finds every single wrong character, every
 * swap of neighbours and nearly every other slip. `body` is digits and upper-case letters; the
 * answer may be `*`.
 */
export function checkCharacter(body: string): string {
  let sum = 0;
  for (const character of body) sum = ((sum + Number.parseInt(character, 36)) * 2) % 37;
  const check = (38 - sum) % 37;
  return check === 36 ? "*" : check.toString(36).toUpperCase();
}
