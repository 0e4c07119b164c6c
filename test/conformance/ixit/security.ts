/** IXIT 1, 10, 11, 12, 14, 17, 18 and 20: who authenticates, with which secrets, over what. */

import { CEILING, FREE_ATTEMPTS, LONGEST_DELAY_MS } from "../../../device/access/lock-out.ts";
import { CONVERSATION_MS, STEP_MS } from "../../../device/access/pairing.ts";
import { LONGEST_LIFETIME_S } from "../../../device/commands/admit.ts";
import { linkLimits } from "../../../device/link/link-limits.ts";
import { PERMISSIONS } from "../../../host-sim/broker/topic-rules.ts";
import reviews from "../../../provisioning/documents/data/reviews.json" with { type: "json" };
import { passwordLength, stretching } from "../../../provisioning/set-up-password.ts";
import { read, sources, storedNames } from "./source.ts";
import type { IxitTable } from "./table.ts";

const minutes = (ms: number) => `${ms / 60_000} min`;

export const authMech: IxitTable = {
  id: "1",
  from: "device/access, device/commands, provisioning/set-up-password.ts",
  rows: [
    {
      ID: "AuthMech-set-up",
      Description: `user to device; in the set-up window only, over the device's own access point, after its button was pressed; at most ${minutes(CONVERSATION_MS)}, ${STEP_MS / 1000} s a step`,
      "Authentication factor": "password on the label, and presence at the button",
      "Password generation": `per device: ${passwordLength} symbols of 5 bits from the operating system's generator at issue`,
      "Security guarantees":
        "who does not know the label learns nothing that tests a guess, and reads and changes nothing",
      "Cryptographic details": `SPAKE2+ (RFC 9383), P-256, SHA-256, HMAC; verifier from scrypt N=${stretching.N} r=${stretching.r} p=${stretching.p}; then ChaCha20-Poly1305 with a key for each direction`,
      "Brute force prevention": `${FREE_ATTEMPTS} attempts without waiting, then doubling up to ${minutes(LONGEST_DELAY_MS)} (${CEILING} counted), recorded in flash before the answer`,
    },
    {
      ID: "AuthMech-owner-order",
      Description:
        "user's app to device, over the network, for what only an owner may ask; while the device has an owner",
      "Authentication factor": "Ed25519 key of the owner, made in the app",
      "Password generation": "none: no password",
      "Security guarantees":
        "orders are the owner's, for this device, once, and not older than they say",
      "Cryptographic details": `JWS (RFC 7515, RFC 8037), EdDSA only; audience, counter and expiry of at most ${LONGEST_LIFETIME_S / 3600} h inside the signature`,
      "Brute force prevention": "not to be guessed: 2^252; refusals are journalled",
    },
    {
      ID: "AuthMech-broker",
      Description:
        "device and broker, machines, both ways, over the network; while the device has an owner",
      "Authentication factor":
        "X.509 certificates: the device's of the factory's CA, the broker's of the server root",
      "Password generation": "none: MQTT user name and password are not sent",
      "Security guarantees":
        "the device speaks to its broker only, and the broker knows each device",
      "Cryptographic details":
        "TLS 1.3 or 1.2, ECDHE with AEAD; chain, name (RFC 9525) and purpose verified before a byte is written",
      "Brute force prevention": `not to be guessed; after a refusal at least ${linkLimits.refusedBackoff.baseMs / 1000} s`,
    },
    {
      ID: "AuthMech-update",
      Description: "release desk to device, machine, through any server; always",
      "Authentication factor": "threshold of Ed25519 or P-256 keys of the TUF roles",
      "Password generation": "none: no password",
      "Security guarantees":
        "only released images of this product and board are installed, and never older ones",
      "Cryptographic details": "The Update Framework 1.0, signatures over exact bytes, SHA-256",
      "Brute force prevention": "not to be guessed; refusals are journalled",
    },
  ],
};

interface Parameter {
  readonly description: string;
  readonly type: "critical" | "public" | "none: not a security parameter";
  readonly guarantees: string;
  readonly scheme: string;
  readonly provisioning: string;
  readonly generation: string;
  readonly channels: string;
}

const counter = (description: string, provisioning = "by the device itself"): Parameter => ({
  description,
  type: "public",
  guarantees: "integrity",
  scheme: "system area, checksummed record; flash encryption on the chip",
  provisioning,
  generation: "counted or observed",
  channels: "none",
});

/** Name in flash → what it is. A name that a room uses and that is not here fails the table. */
const parameters: Readonly<Record<string, Parameter>> = {
  verifier: {
    description: "SPAKE2+ verifier w0 and L of the label's password",
    type: "critical",
    guarantees: "confidentiality, integrity",
    scheme: "factory area, read only in the field; flash encryption on the chip",
    provisioning: "on the line, before the label is printed",
    generation: "scrypt over a random password",
    channels: "none after the line",
  },
  key: {
    description: "private key of the device's certificate; a hard-coded identity used for security",
    type: "critical",
    guarantees: "confidentiality, integrity",
    scheme: "factory area, read only in the field; flash encryption on the chip",
    provisioning: "on the line",
    generation: "P-256 from the operating system's generator",
    channels: "none: it signs inside TLS",
  },
  id: {
    description: "random id of the device, in topics and its certificate",
    type: "public",
    guarantees: "integrity",
    scheme: "factory area, read only in the field",
    provisioning: "on the line",
    generation: "128 random bits",
    channels: "MQTT under TLS, certificate",
  },
  serial: {
    description: "serial number as on the label",
    type: "public",
    guarantees: "integrity",
    scheme: "factory area, read only in the field",
    provisioning: "on the line",
    generation: "random, with a check character",
    channels: "label; the set-up conversation's transcript",
  },
  certificate: {
    description: "certificate chain of the device",
    type: "public",
    guarantees: "integrity, authenticity",
    scheme: "factory area",
    provisioning: "on the line",
    generation: "issued by the factory's CA",
    channels: "TLS",
  },
  anchors: {
    description: "server roots the device trusts, one or two",
    type: "public",
    guarantees: "integrity, authenticity",
    scheme: "factory area",
    provisioning: "on the line",
    generation: "the maker's server root",
    channels: "none",
  },
  "owner-key": {
    description: "key under which the owner's area is sealed",
    type: "critical",
    guarantees: "confidentiality, integrity",
    scheme: "system area; flash encryption on the chip; destroyed first in a wipe",
    provisioning: "by the device at claim",
    generation: "32 bytes of the hardware generator",
    channels: "none",
  },
  claim: {
    description: "the owner's Wi-Fi name and password, broker, public key",
    type: "critical",
    guarantees: "confidentiality, integrity",
    scheme: "owner area, ChaCha20-Poly1305 under the owner's area key",
    provisioning: "by the owner at set-up",
    generation: "the owner's",
    channels: "ComMech-set-up only",
  },
  consent: {
    description: "what the owner has agreed to, with the notice's version",
    type: "public",
    guarantees: "integrity, confidentiality",
    scheme: "owner area, sealed as claim",
    provisioning: "by the owner's signed order",
    generation: "the owner's choice",
    channels: "MQTT under TLS, when she asks",
  },
  custody: {
    description: "since when this owner has the device",
    type: "public",
    guarantees: "integrity, confidentiality",
    scheme: "owner area, sealed as claim",
    provisioning: "by the device at claim",
    generation: "the time floor",
    channels: "MQTT under TLS, when she asks",
  },
  "quiet-hours": {
    description: "the hours in which a restart disturbs nobody",
    type: "public",
    guarantees: "integrity, confidentiality",
    scheme: "owner area, sealed as claim",
    provisioning: "by the owner, from the app",
    generation: "the owner's choice",
    channels: "MQTT under TLS",
  },
  wipe: counter("a wipe that was begun, until services have answered; names nobody"),
  heir: counter("a mark of the key that may claim a device handed on"),
  "lock-out": counter("failed attempts at the label's password"),
  "order-counter": counter("how far the owner has counted, with a fingerprint of her key"),
  "time-floor": counter("the latest time anybody with authority vouched for"),
  journal: counter("security events, bounded and chained"),
  "journal-key": counter("a key of the unit's own, for the journal's chain"),
  claimed: counter("that there is a claim, so that one which does not open is noticed"),
  "restart-loop": counter("restarts in short succession"),
  "update.trusted": counter(
    "what the device trusts of update metadata, the rollback floor of roles included",
  ),
  "update.offer": counter("the release that is on offer and the owner's wish about it"),
  "update.slots": counter("what becomes of the slots, the rollback floor of images included"),
  "update.progress": counter("how far a download has come"),
};

/** Names in flash without a row, and rows without a name: empty when code and table agree. */
export function parameterFaults(names = storedNames()): string[] {
  const factory = ["verifier", "key", "id", "serial", "certificate", "anchors"];
  const rows = Object.keys(parameters);
  return [
    ...names
      .filter((name) => !rows.includes(name))
      .map(
        (name) =>
          `"${name}" is kept in flash and has no row: add it to parameters in test/conformance/ixit/security.ts`,
      ),
    ...rows
      .filter((name) => !names.includes(name) && !factory.includes(name))
      .map((name) => `"${name}" has a row and is kept nowhere`),
  ];
}

export const secParam: IxitTable = {
  id: "10",
  from: "names of values in device/**, described in test/conformance/ixit/security.ts",
  rows: Object.entries(parameters).map(([name, one]) => ({
    ID: `SecParam-${name}`,
    Description: one.description,
    Type: one.type,
    "Security guarantees": one.guarantees,
    "Protection scheme": one.scheme,
    "Provisioning mechanism": one.provisioning,
    "Generation mechanism": one.generation,
    "Communication mechanisms": one.channels,
  })),
};

export const comMech: IxitTable = {
  id: "11",
  from: "device/link, device/update, device/setup, host-sim/board/tls.ts",
  rows: [
    {
      ID: "ComMech-broker",
      Description:
        "device to the owner's broker, remote: commands, state, events; MQTT 3.1.1 over TLS",
      "Security guarantees":
        "confidentiality, integrity, authenticity of both ends, replay protection",
      "Cryptographic details": `TLS 1.2 or 1.3; on the desk ${
        /const ciphers = \[\s*([\s\S]*?)\]/
          .exec(read("host-sim/board/tls.ts"))?.[1]
          ?.match(/"[^"@]+"/g)
          ?.map((one) => one.slice(1, -1))
          .join(", ") ?? ""
      }`,
      Interface: "LogIntf-broker",
      "Resilience measures": `window of ${linkLimits.window}, outbox of ${linkLimits.totalBytes} bytes, decorrelated jitter from ${linkLimits.backoff.baseMs / 1000} s to ${linkLimits.backoff.capMs / 1000} s`,
    },
    {
      ID: "ComMech-update",
      Description:
        "device to the update repository, remote: metadata and images; HTTPS with ranges",
      "Security guarantees":
        "authenticity, integrity, freshness by TUF whatever the server; confidentiality by TLS",
      "Cryptographic details": "as ComMech-broker, and signatures of AuthMech-update",
      Interface: "LogIntf-updates",
      "Resilience measures": "resume after a cut, back-off, mirrors as a decision",
    },
    {
      ID: "ComMech-set-up",
      Description:
        "owner's phone to device, local, in the set-up window only; TCP in the device's own access point",
      "Security guarantees":
        "confidentiality, integrity, authenticity of both ends, replay protection",
      "Cryptographic details": "AuthMech-set-up",
      Interface: "LogIntf-set-up-window",
      "Resilience measures": "one conversation at a time, time limits at each step, fixed memory",
    },
  ],
};

export const netSecImpl: IxitTable = {
  id: "12",
  from: "provisioning/documents/data/reviews.json",
  rows: reviews.map(({ ref, from, to, method, date, report }) => ({
    ID: `NetSecImpl-${ref}`,
    Description: `${ref} ${from === to ? from : `${from} to ${to}`}`,
    "Review method": `${method} (${date})`,
    Report: report,
  })),
};

export const secMgmt: IxitTable = {
  id: "14",
  from: "provisioning/, docs/releasing.md",
  rows: [
    {
      ID: "SecMgmt-unit",
      Description:
        "device secrets: made at issue, written by the station, proved by read-back, forgotten once the label is verified; revoked by certificate; destroyed with the device",
    },
    {
      ID: "SecMgmt-factory",
      Description:
        "CA and station keys: made at set-up of the factory, sealed by passphrase, rotated by new roots beside old ones, use recorded in the ledger's chain; on compromise the CA is replaced and its units named",
    },
    {
      ID: "SecMgmt-release",
      Description:
        "root keys offline under a threshold, others at the desk; rotated and revoked by a new root; a lost medium is survived, two are not",
    },
    {
      ID: "SecMgmt-owner",
      Description:
        "owner's key: made and kept in the app; replaced by transfer; a lost one is answered by a wipe and a new claim",
    },
  ],
};

export const privlCtrl: IxitTable = {
  id: "17",
  from: "biome.json, device/product/capabilities.ts, host-sim/broker/topic-rules.ts",
  rows: [
    {
      ID: "PrivlCtrl-product",
      Description: `the product gets ${[
        ...read("device/product/capabilities.ts").matchAll(/^ {2}(?:readonly )?(\w+)[:(]/gm),
      ]
        .map(([, name]) => name)
        .slice(0, 4)
        .join(", ")} and may import no room, by lint and by what it is handed`,
    },
    {
      ID: "PrivlCtrl-rooms",
      Description:
        "rooms import the platform's types and named other rooms only; arrows are checked on every run",
    },
    {
      ID: "PrivlCtrl-broker",
      Description: `a unit publishes ${PERMISSIONS.unit.publish.join(", ")} and subscribes ${PERMISSIONS.unit.subscribe.join(", ")} of its own id; an owner publishes ${PERMISSIONS.owner.publish.join(", ")} of units granted to it`,
    },
    {
      ID: "PrivlCtrl-owner",
      Description:
        "what an owner would mind losing needs her signature; the broker's authority is enough for ordinary commands only",
    },
  ],
};

export const accCtrl: IxitTable = {
  id: "18",
  from: "device/platform/boards",
  rows: [
    {
      ID: "AccCtrl-memory",
      Description: `ESP-IDF's memory protection of the C3, on by default and not turned off by ${sources("device/platform/boards", "").filter((file) => file.includes("sdkconfig")).length} settings files`,
    },
    {
      ID: "AccCtrl-flash",
      Description:
        "flash encryption and NVS encryption in release mode, keys in eFuses that software cannot read",
    },
  ],
};

export const secBoot: IxitTable = {
  id: "20",
  from: "host-sim/bootloader, docs/boards.md",
  rows: [
    {
      ID: "SecBoot-chain",
      Description:
        "boot ROM to bootloader to image (secure boot v2 on the chip); in the simulator the bootloader checks the image's digest",
      "Security guarantees": "authenticity and integrity on the chip; integrity in the simulator",
      "Detection mechanisms":
        "signature or digest over the whole image before it runs; a damaged one is not run and the other slot is",
      "User notification":
        "the event update-rolled-back or the tamper event, with its reason, in the owner's app",
      "Notification functionality": "the broker only; nothing else is dialled",
    },
  ],
};
