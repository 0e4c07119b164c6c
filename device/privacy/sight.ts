/**
 * What the device holds, for its owner to see (UK GDPR article 15): one short report a part, each of it in
 * the data map, so that a chip need never hold them all at once. Passwords are named by the notice and shown
 * to nobody.
 */
import { securityTxt } from "../about/security-txt.ts";
import type { Crypto } from "../crypto/crypto.ts";
import { toBase64url } from "../platform/encoding.ts";
import type { Claim } from "../setup/claim.ts";
import type { Stored } from "../telemetry/chain.ts";
import type { Consents } from "./consent.ts";
import type { Report } from "./data-map.ts";
import { purposes } from "./datum.ts";

export interface Held {
  readonly claim: Claim;
  readonly consents: Consents;
  /** Quiet hours in words. */
  readonly quiet: string;
  /** Sequence of the newest event of before. */
  readonly since: number;
  readonly entries: readonly Stored[];
}

/** Of an owner's public key, for people to compare: 8 bytes of its SHA-256, base64url. */
export const keyFingerprint = (owner: Uint8Array, crypto: Crypto): string =>
  toBase64url(crypto.hashes().sha256(owner).subarray(0, 8));

/**
 * In this order: the owner, her choices, what happened lately, where to report a weakness (the device's own
 * security.txt, RFC 9116; EN 303 645 5.2-1), and how many parts there are.
 */
export function sightOf(
  { claim, consents, quiet, since, entries }: Held,
  crypto: Crypto,
): Report[] {
  const { wifi, broker, owner } = claim;
  const reports: Report[] = [
    {
      part: "owner",
      key: keyFingerprint(owner, crypto),
      ssid: wifi.ssid,
      broker: `${broker.host}:${broker.port}`,
      child: consents.child,
      quiet,
      since,
    },
  ];
  for (const purpose of purposes) {
    const choice = consents.choices[purpose];
    const { granted = false, notice, at } = choice ?? {};
    const made = notice === undefined || at === undefined ? {} : { notice, decidedAt: at };
    reports.push({ part: "choice", agreedTo: purpose, granted, ...made });
  }
  for (const entry of entries)
    if (entry.sequence > since) reports.push({ part: "event", ...entry });
  reports.push({ part: "maker", disclosure: securityTxt });
  reports.push({ part: "end", parts: reports.length + 1 });
  return reports;
}
