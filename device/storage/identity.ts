/**
 * What makes a unit itself, in the `factory` area: written once on the line, read only in the
 * field, and untouched by a wipe (EN 303 645 5.1-1, 5.4-2). No password: only its verifier.
 */
import { decodeText, encodeText } from "../platform/text.ts";
import type { KeyValue } from "./key-value.ts";

export interface Identity {
  /** Printed on the label; never used on the network. */
  readonly serial: string;
  /** The name on the network: 26 characters of lower-case Crockford base 32, random. */
  readonly id: string;
  /** SPAKE2+ record of the set-up password (RFC 9383 section 3.2): w0, 32 bytes; L, 65 bytes. */
  readonly verifier: { readonly w0: Uint8Array; readonly L: Uint8Array };
  /** DER, leaf first. */
  readonly certificate: readonly Uint8Array[];
  /** PKCS#8 DER, P-256. */
  readonly privateKey: Uint8Array;
  /** DER of the roots that may vouch for the broker: one, or two while one is rotated. */
  readonly anchors: readonly Uint8Array[];
}

export type IdentityFault = { readonly reason: "missing" | "damaged" };

const limits = { certificates: 3, anchors: 2 };

export function writeIdentity(factory: KeyValue, identity: Identity): void {
  const verifier = new Uint8Array(97);
  verifier.set(identity.verifier.w0, 0);
  verifier.set(identity.verifier.L, 32);
  factory.write("id", encodeText(identity.id));
  factory.write("verifier", verifier);
  factory.write("key", identity.privateKey);
  identity.certificate.forEach((der, index) => {
    factory.write(`cert${index}`, der);
  });
  identity.anchors.forEach((der, index) => {
    factory.write(`anchor${index}`, der);
  });
  // Last, as the mark that the rest is there.
  factory.write("serial", encodeText(identity.serial));
}

export function readIdentity(factory: KeyValue): Identity | IdentityFault {
  const serial = factory.read("serial");
  const id = factory.read("id");
  const verifier = factory.read("verifier");
  const privateKey = factory.read("key");
  const certificate = readSeries(factory, "cert", limits.certificates);
  const anchors = readSeries(factory, "anchor", limits.anchors);
  if (serial === undefined && id === undefined) return { reason: "missing" };
  const serialText = serial && decodeText(serial);
  const idText = id && decodeText(id);
  if (
    !serialText ||
    !idText ||
    idText.length !== 26 ||
    !/^[0-9a-hjkmnp-tv-z]+$/.test(idText) ||
    verifier?.length !== 97 ||
    !privateKey ||
    certificate.length === 0 ||
    anchors.length === 0
  )
    return { reason: "damaged" };
  return {
    serial: serialText,
    id: idText,
    verifier: { w0: verifier.subarray(0, 32), L: verifier.subarray(32) },
    certificate,
    privateKey,
    anchors,
  };
}

function readSeries(factory: KeyValue, name: string, limit: number): Uint8Array[] {
  const series: Uint8Array[] = [];
  for (let index = 0; index < limit; index++) {
    const der = factory.read(`${name}${index}`);
    if (der === undefined) break;
    series.push(der);
  }
  return series;
}
