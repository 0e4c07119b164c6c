/**
 * What the owner gives at set-up, as one record, so that a power cut leaves a unit claimed or
 * unclaimed and never half of it (EN 303 645 5.9-1).
 */
import { fromBase64url, toBase64url } from "../platform/encoding.ts";
import { decodeText, encodeText } from "../platform/text.ts";
import type { OwnerRecords } from "../privacy/owner-records.ts";

export interface Wifi {
  /** 1 to 32 bytes of UTF-8 (IEEE 802.11 section 9.4.2.2). */
  readonly ssid: string;
  /** Empty for an open network, else 8 to 63 characters (WPA passphrase). */
  readonly password: string;
}

export interface Endpoint {
  /** DNS name; the name the broker's certificate must carry. */
  readonly host: string;
  readonly port: number;
  /**
   * Over how many seconds the broker's units spread their dials when all of them lost it, or got
   * their power back, in one moment: units divided by the connections a second it should have to take.
   * Its operator says it through the owner's app; `usualSpreadS` when nobody does.
   */
  readonly spreadS: number;
}

/** Ten thousand units come back with fewer than 400 dials in any second (`npm run fleet -- --storm`). */
export const usualSpreadS = 60;
const longestSpreadS = 300;

export interface Claim {
  readonly wifi: Wifi;
  readonly broker: Endpoint;
  /** Ed25519 public key, 32 bytes. */
  readonly owner: Uint8Array;
}

type Fields = Readonly<Record<string, unknown>>;

/** The object's fields when they are exactly `names`. */
export function exactly(value: unknown, names: readonly string[]): Fields | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const found = Object.keys(value);
  const same = found.length === names.length && names.every((name) => found.includes(name));
  return same ? (value as Fields) : undefined;
}

export function parseWifi(value: unknown): Wifi | undefined {
  const fields = exactly(value, ["ssid", "password"]);
  if (fields === undefined) return undefined;
  const { ssid, password } = fields;
  if (typeof ssid !== "string" || typeof password !== "string") return undefined;
  const ssidLength = encodeText(ssid).length;
  const printable = /^[ -~]*$/.test(password);
  if (ssidLength < 1 || ssidLength > 32 || !printable) return undefined;
  if (password.length !== 0 && (password.length < 8 || password.length > 63)) return undefined;
  return { ssid, password };
}

/**
 * A DNS name (RFC 1123 section 2.1), lower case. Lengths are counted in code: in XS 13 a bounded
 * quantifier inside a group may run past its bound.
 */
function isDnsName(name: string): boolean {
  if (name.length > 253) return false;
  return name
    .split(".")
    .every((label) => label.length <= 63 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label));
}

export function parseEndpoint(value: unknown): Endpoint | undefined {
  const fields = exactly(value, ["host", "port"]) ?? exactly(value, ["host", "port", "spreadS"]);
  if (fields === undefined) return undefined;
  const { host, port, spreadS = usualSpreadS } = fields;
  if (typeof host !== "string" || !isDnsName(host)) return undefined;
  if (typeof port !== "number" || !Number.isInteger(port) || port < 1 || port > 65535)
    return undefined;
  if (typeof spreadS !== "number" || !Number.isInteger(spreadS)) return undefined;
  if (spreadS < 0 || spreadS > longestSpreadS) return undefined;
  return { host, port, spreadS };
}

export function parseOwner(value: unknown): Uint8Array | undefined {
  const bytes = typeof value === "string" ? fromBase64url(value) : undefined;
  return bytes?.length === 32 ? bytes : undefined;
}

/** JSON text as bytes to whatever it holds; undefined when it is not JSON. */
export function parseObject(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decodeText(bytes) ?? "");
  } catch {
    return undefined;
  }
}

export function parseClaim(value: unknown): Claim | undefined {
  const fields = exactly(value, ["wifi", "broker", "owner"]);
  const wifi = parseWifi(fields?.wifi);
  const broker = parseEndpoint(fields?.broker);
  const owner = parseOwner(fields?.owner);
  return wifi && broker && owner ? { wifi, broker, owner } : undefined;
}

const key = "claim";

export function writeClaim(owner: OwnerRecords, { wifi, broker, owner: ownerKey }: Claim): void {
  const record = { wifi, broker, owner: toBase64url(ownerKey) };
  owner.write(key, encodeText(JSON.stringify(record)));
}

/** The claim, or undefined when there is none that can be read. */
export function readClaim(owner: OwnerRecords | undefined): Claim | undefined {
  const bytes = owner?.read(key);
  return bytes && parseClaim(parseObject(bytes));
}
