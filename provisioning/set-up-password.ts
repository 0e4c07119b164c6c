/**
 * The password on the label: unique per unit, 80 random bits, derived from nothing (EN 303 645
 * 5.1-1, 5.1-2; provision 5.1-2 names counters and public information as what must not be used).
 * The unit stores no password: only the SPAKE2+ record that `register` computes.
 */
import { createECDH, randomBytes, scrypt } from "node:crypto";
import { encodeCrockford, groupByFour, normaliseCrockford } from "./crockford.ts";

export const passwordLength = 16;

/**
 * The memory-hard hash of RFC 9383 section 3.2, as an application profile: scrypt (RFC 7914) with
 * 2 MiB. The RFC's own (32768, 8, 1) is for passwords people choose; behind 80 random bits its four
 * extra doublings change nothing for an attacker and would cost a phone's browser seconds.
 */
export const stretching = { N: 2048, r: 8, p: 1 } as const;

/** Order of the P-256 group (SEC 2, 2.4.2). */
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
/** 64 bits more than the order per half, so that the reduction has no bias (RFC 9383 section 3.2). */
const halfLength = 40;

/** 16 symbols, no dashes. 80 bits are 16 groups of 5: no rejection, no remainder, no bias. */
export function generatePassword(): string {
  return encodeCrockford(randomBytes(10));
}

/** As printed: `XXXX-XXXX-XXXX-XXXX`. */
export function formatPassword(password: string): string {
  return groupByFour(password);
}

/** The canonical form of what somebody typed, or undefined when it cannot be a set-up password. */
export function normalisePassword(text: string): string | undefined {
  return normaliseCrockford(text, passwordLength);
}

/**
 * The prover's secrets w0 and w1, 32 bytes each, big-endian. The identities are as in the protocol:
 * the prover's is empty, the verifier's is the serial.
 */
export async function stretch(
  password: string,
  serial: string,
): Promise<{ w0: Uint8Array; w1: Uint8Array }> {
  const input = Buffer.concat([...counted(password), ...counted(""), ...counted(serial)]);
  const output = await new Promise<Buffer>((resolve, reject) => {
    // The salt is empty because the input already holds the serial, which is unique.
    scrypt(input, "", halfLength * 2, stretching, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
  return {
    w0: reduce(output.subarray(0, halfLength)),
    w1: reduce(output.subarray(halfLength)),
  };
}

/** What the unit is given: w0, and L = w1·P as an uncompressed point (65 bytes). */
export async function register(
  password: string,
  serial: string,
): Promise<{ w0: Uint8Array; L: Uint8Array }> {
  const { w0, w1 } = await stretch(password, serial);
  const point = createECDH("prime256v1");
  point.setPrivateKey(w1);
  return { w0, L: new Uint8Array(point.getPublicKey()) };
}

/** RFC 9383 section 3.2: each field is preceded by its length, eight bytes, little-endian. */
function counted(text: string): [Buffer, Buffer] {
  const length = Buffer.alloc(8);
  length.writeUInt32LE(Buffer.byteLength(text));
  return [length, Buffer.from(text)];
}

function reduce(half: Uint8Array): Uint8Array {
  const scalar = BigInt(`0x${Buffer.from(half).toString("hex")}`) % order;
  return new Uint8Array(Buffer.from(scalar.toString(16).padStart(64, "0"), "hex"));
}
