/**
 * Servers that are not the broker: for the link's test battery and for the attacker of the page.
 * A unit must refuse each for the one thing that is wrong with it, and neither reset nor spin
 * (EN 303 645 5.5-1, 5.5-7, 5.9-1, 5.13-1).
 */

import type { Premises, Showing } from "./certificates.ts";
import * as certificates from "./certificates.ts";
import {
  type Impostor,
  plainServer,
  relayThatCuts,
  relayThatResets,
  tlsServer,
} from "./servers.ts";
import * as speech from "./speech.ts";

export type { Premises } from "./certificates.ts";
export type { Impostor } from "./servers.ts";

export interface Exhibit {
  /** What is wrong with it, in one sentence for the page. */
  readonly explain: string;
  /** Which layer of the unit must refuse it; `patience`: nothing ever comes, so a timer must. */
  readonly refusedBy: "tls" | "mqtt" | "patience";
  start(premises: Premises): Promise<Impostor>;
}

/** Good MQTT behind a bad certificate: a unit that does not look would never notice. */
function showing(explain: string, make: (premises: Premises) => Promise<Showing>): Exhibit {
  return {
    explain,
    refusedBy: "tls",
    start: async (premises) => tlsServer(await make(premises), speech.welcome),
  };
}

/** A genuine certificate, as a broker taken over would have, and bad manners behind it. */
function saying(explain: string, speak: (typeof speech)[keyof typeof speech]): Exhibit {
  return {
    explain,
    refusedBy: speak === speech.nothing ? "patience" : "mqtt",
    start: async (premises) => tlsServer(await certificates.genuine(premises), speak),
  };
}

/** The control: a server every unit must accept. */
export async function startGenuine(premises: Premises): Promise<Impostor> {
  return tlsServer(await certificates.genuine(premises), speech.welcome);
}

/** Bytes of a server's first flight that pass before the connection ends: less than a ServerHello. */
const CUT_AFTER_BYTES = 60;

const exhibits = {
  wrongAuthority: showing(
    "Its certificate comes from another authority that bears the genuine one's name.",
    certificates.ofWrongAuthority,
  ),
  wrongName: showing(
    "Its certificate is genuine but for another server.",
    certificates.withWrongName,
  ),
  commonNameOnly: showing(
    "Its certificate has the name only where names no longer count.",
    certificates.withoutNames,
  ),
  expired: showing("Its certificate was genuine until yesterday.", certificates.expired),
  notYetValid: showing("Its certificate is valid from tomorrow.", certificates.notYetValid),
  selfSigned: showing(
    "It vouches for itself and sends the genuine authority's certificate along.",
    certificates.selfSigned,
  ),
  deviceCertificate: showing(
    "It shows the certificate of a unit, taken out of its flash.",
    certificates.ofDevice,
  ),
  clientCertificate: showing(
    "Its certificate has the right name and authority, but was made for clients.",
    certificates.forClients,
  ),
  leafAsAuthority: showing(
    "Its certificate was signed with a genuine server's, which is no authority.",
    certificates.ofLeafAsAuthority,
  ),
  plaintext: {
    explain: "It speaks MQTT without encryption.",
    refusedBy: "tls",
    start: () => plainServer(speech.plainWelcome),
  },
  oldTls: {
    explain: "It knows nothing newer than TLS 1.1.",
    refusedBy: "tls",
    start: async (premises) =>
      tlsServer(await certificates.genuine(premises), speech.welcome, {
        minVersion: "TLSv1",
        maxVersion: "TLSv1.1",
        ciphers: "DEFAULT@SECLEVEL=0",
      }),
  },
  truncatedHandshake: {
    explain: "It hangs up in the middle of its first word.",
    refusedBy: "tls",
    start: async (premises) => relayThatCuts(await startGenuine(premises), CUT_AFTER_BYTES),
  },
  silent: {
    explain: "It takes the connection and never says a word.",
    refusedBy: "patience",
    start: () => plainServer(speech.nothing),
  },
  silentAfterHandshake: saying("It is genuine, but never answers.", speech.nothing),
  refusesConnect: saying("It is genuine and turns the unit away.", speech.refusal),
  garbage: saying("It is genuine, but what it says is not MQTT.", speech.garbage),
  endlessConnack: saying(
    "It is genuine and its answer to CONNECT never ends.",
    speech.endlessConnack,
  ),
  hugePublish: saying("It is genuine and sends a command of 256 MB.", speech.hugePublish),
  resetMidStream: {
    explain: "It is genuine and resets the connection in the middle of a command.",
    refusedBy: "mqtt",
    start: async (premises) =>
      relayThatResets(await tlsServer(await certificates.genuine(premises), speech.brokenPublish)),
  },
} as const satisfies Readonly<Record<string, Exhibit>>;

export type ExhibitName = keyof typeof exhibits;

/** Every exhibit by name, in the order a tour would take. */
export const zoo: Readonly<Record<ExhibitName, Exhibit>> = exhibits;
