/**
 * The release that was offered to the owner, kept until it is installed or given up: so the owner is
 * told the same before and after (EN 303 645 5.3-11), and a wish to postpone outlives the plug.
 */
import { decodeText, encodeText } from "../platform/text.ts";
import type { Report } from "../privacy/data-map.ts";
import type { KeyValue } from "../storage/key-value.ts";
import type { Standing } from "./policy.ts";

export interface Offer extends Standing {
  /** Of the image, lower-case hex. */
  readonly sha256: string;
  readonly counter: number;
  readonly version: string;
  readonly why: string;
  readonly risk: string;
}

const key = "update.offer";

/** What this firmware or an older one has written; undefined for anything else. */
export function readOffer(system: KeyValue): Offer | undefined {
  const bytes = system.read(key);
  if (bytes === undefined) return undefined;
  try {
    const offer = JSON.parse(decodeText(bytes) ?? "");
    return typeof offer?.sha256 === "string" ? offer : undefined;
  } catch {
    return undefined;
  }
}

export function writeOffer(system: KeyValue, offer: Offer): void {
  system.write(key, encodeText(JSON.stringify(offer)));
}

export function forgetOffer(system: KeyValue): void {
  system.delete(key);
}

/** What an event about the offered release tells its owner; nothing when there is no offer. */
export function offerReport(system: KeyValue): Report {
  const offer = readOffer(system);
  if (!offer) return {};
  const { version, severity, why, risk } = offer;
  // A message to the broker holds 2 KB.
  return { version, severity, why: why.slice(0, 280), risk: risk.slice(0, 280) };
}
