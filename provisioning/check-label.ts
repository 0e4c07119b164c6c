/**
 * What a retailer does with a security label before the box goes on a shelf: is it the maker's, was
 * nothing in it altered, and does the support it promises still run? Needs the maker's key and no network.
 */
import { createPublicKey, type KeyObject, verify, X509Certificate } from "node:crypto";
import { Fault } from "./fault.ts";
import { signatureFault } from "./ledger/checkpoint.ts";
import { readOptionalFile } from "./private-file.ts";
import { labelBytes, type SecurityLabel, type SignedSecurityLabel } from "./security-label.ts";
import { normaliseSerial } from "./serial.ts";

export type LabelVerdict =
  | { readonly ok: true; readonly label: SecurityLabel; readonly daysLeft: number }
  | { readonly ok: false; readonly reason: LabelRefusal; readonly detail: string };

export type LabelRefusal =
  | "not-a-security-label"
  /** Another maker's, or altered after it was signed. */
  | "signature-does-not-verify"
  | "support-has-ended"
  | "support-dates-make-no-sense"
  | "serial-is-mistyped";

const longestFile = 65_536;
const dayMs = 24 * 3600 * 1000;

/** `key`: PEM of the maker's records CA, of the certificate that signed, or of its public key. */
export function checkLabel(text: string, key: Uint8Array, now: Date): LabelVerdict {
  const signedLabel = parse(text);
  const refuse = (reason: LabelRefusal, detail: string) => ({ ok: false, reason, detail }) as const;
  if (!signedLabel)
    return refuse("not-a-security-label", "the file is not a security label of this form");
  const { label } = signedLabel;
  const fault = faultOf(signedLabel, key);
  if (fault) return refuse("signature-does-not-verify", `the label ${fault}`);
  if (label.serial !== undefined && normaliseSerial(label.serial) !== label.serial)
    return refuse("serial-is-mistyped", `${label.serial} is not a serial`);
  const end = Date.parse(`${label.support.end}T23:59:59Z`);
  const start = Date.parse(`${label.support.start}T00:00:00Z`);
  if (!(start < end))
    return refuse("support-dates-make-no-sense", `${label.support.start} to ${label.support.end}`);
  if (end < now.getTime()) return refuse("support-has-ended", `it ended on ${label.support.end}`);
  return { ok: true, label, daysLeft: Math.floor((end - now.getTime()) / dayMs) };
}

function faultOf({ label, signature }: SignedSecurityLabel, key: Uint8Array): string | undefined {
  const bytes = labelBytes(label);
  if (!bytes) return "has no form that could be signed";
  const given = readKey(key);
  if (given instanceof X509Certificate && given.ca)
    return signatureFault(bytes, signature, given.raw);
  const publicKey = given instanceof X509Certificate ? given.publicKey : given;
  return verify("sha256", bytes, publicKey, Buffer.from(signature.signature, "base64"))
    ? undefined
    : "was not signed with this key, or was changed after it was signed";
}

function readKey(bytes: Uint8Array): X509Certificate | KeyObject {
  try {
    return new X509Certificate(bytes);
  } catch {}
  try {
    return createPublicKey(Buffer.from(bytes));
  } catch {
    throw new Fault(
      "the key is neither a certificate nor a public key in PEM; ask the maker for it",
    );
  }
}

function parse(text: string): SignedSecurityLabel | undefined {
  if (text.length > longestFile) return undefined;
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { label, signature } = record(read);
  const { support, data, vulnerabilities, ...rest } = record(label);
  const { start, end } = record(support);
  const { contact, policy } = record(vulnerabilities);
  const { station, certificate, signature: value } = record(signature);
  const texts = [
    ...[rest.product, rest.model, rest.maker, rest.updates, contact, policy],
    ...[start, end, station, certificate, value, rest.serial ?? ""],
  ];
  if (rest.v !== 1 || !Array.isArray(data) || !texts.every((one) => typeof one === "string"))
    return undefined;
  return read as SignedSecurityLabel;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** @throws Fault when a file is not there. */
export function checkLabelFile(file: string, keyFile: string, now: Date): LabelVerdict {
  const read = (name: string) => {
    const bytes = readOptionalFile(name);
    if (!bytes) throw new Fault(`${name}: no such file`);
    return bytes;
  };
  return checkLabel(read(file).toString(), read(keyFile), now);
}
