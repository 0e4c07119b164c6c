/**
 * What stands between a unit's issue and its label: its secrets, sealed to a key of the station's
 * shift. The shift's key is sealed to the station's; when the last sealed unit has its label the
 * key is overwritten and removed, and with it whatever copies of sealed secrets a database's log or
 * a disk may still hold can never be opened again.
 *
 * Sealed with AES-256-GCM (NIST SP 800-38D), a random nonce for each, the unit's serial as associated
 * data: a secret cannot be moved to another unit's row.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { Fault } from "../fault.ts";
import { readOptionalFile, removeDrafts, writePrivateFile } from "../private-file.ts";

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

export interface ShiftKey {
  seal(plaintext: Uint8Array, serial: string): string;
  /** Undefined when it was not sealed so: another key, another unit, or altered. */
  open(envelope: string, serial: string): Buffer | undefined;
  /** Overwrites the key in memory. */
  close(): void;
}

/** The shift's key in `file`, made when there is none. `stationKey`: PKCS#8 DER, what it is sealed to. */
export function openShiftKey(file: string, stationKey: Uint8Array): ShiftKey {
  const wrapping = Buffer.from(
    hkdfSync("sha256", stationKey, "", "thirteen shift key v1", keyBytes),
  );
  const sealed = readOptionalFile(file);
  const key = sealed ? unseal(wrapping, sealed, "shift") : randomBytes(keyBytes);
  if (!key)
    throw new Fault(
      `${file}: not sealed to this station's key, or damaged; restore it from your backup`,
    );
  if (!sealed) writePrivateFile(file, seal(wrapping, key, "shift"));
  wrapping.fill(0);
  return {
    seal: (plaintext, serial) => seal(key, plaintext, serial).toString("base64"),
    open: (envelope, serial) => unseal(key, Buffer.from(envelope, "base64"), serial),
    close: () => key.fill(0),
  };
}

/** Overwrites the file, then removes it. */
export function destroyShiftKey(file: string): void {
  // A process that died while it made the key left a copy of it.
  removeDrafts(file);
  if (!readOptionalFile(file)) return;
  const handle = openSync(file, "r+");
  try {
    writeSync(handle, randomBytes(statSync(file).size), 0);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  rmSync(file, { force: true });
}

function seal(key: Uint8Array, plaintext: Uint8Array, about: string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(about));
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]);
}

function unseal(key: Uint8Array, bytes: Buffer, about: string): Buffer | undefined {
  if (bytes.length < nonceBytes + tagBytes) return undefined;
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, nonceBytes))
      .setAAD(Buffer.from(about))
      .setAuthTag(bytes.subarray(bytes.length - tagBytes));
    const plain = decipher.update(bytes.subarray(nonceBytes, bytes.length - tagBytes));
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    return undefined;
  }
}
