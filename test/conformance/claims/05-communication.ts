import { type Claim, rooms, tests } from "../claim.ts";

export const claims: readonly Claim[] = [
  {
    provision: "5.5-1",
    design:
      "MQTT and updates over TLS 1.2 or 1.3 with forward secrecy; chain, name and purpose of the server are verified and cannot be turned off; the link takes a TLS socket class and nothing else.",
    reads: ["docs/threat-model.md", "host-sim/board/tls.ts", "device/link/link.ts"],
    tests: [
      ...tests(
        "host-sim/tls",
        "refused: a server's certificate",
        "refused: TLS 1.1",
        "refused: a cipher without forward secrecy",
        "refused: a peer that",
      ),
      ...tests("broker/zoo", "control: the genuine server is accepted"),
    ],
  },
  {
    provision: "5.5-2",
    design:
      "Cryptography is noble's (audited, pinned) and the platform's TLS (OpenSSL on the desk, mbedTLS on the chip); each has a record of what review covers which version.",
    reads: ["docs/adr/0004-cryptography-on-loan.md", "provisioning/documents/data/reviews.json"],
    tests: [
      ...tests(
        "documents/sbom",
        "every network and security component is inside its reviewed range",
      ),
      ...rooms("commands/admit: RFC 8032 vectors verify"),
    ],
  },
  {
    provision: "5.5-3",
    design:
      "Two signature algorithms stand behind one interface; roots rotate keys and algorithms by an update; two trust anchors may stand side by side.",
    reads: ["docs/update-format.md", "device/crypto/crypto.ts"],
    tests: [
      ...rooms(
        "update/curves: a whole repository under Ed25519 keys",
        "update/curves: a whole repository under ECDSA P-256 keys",
        "update/root: a chain of roots is followed one by one",
      ),
      ...tests("host-sim/tls", "positive control: while a root is rotated"),
    ],
  },
  {
    provision: "5.5-4",
    design:
      "Nothing is reachable over the network before authentication: the broker knows peers by certificate, and the set-up window answers nothing but the proof of the label's password.",
    reads: ["docs/brokers.md", "device/access/pairing.ts"],
    tests: [
      ...tests("broker/topic-rules", "the table: who publishes and subscribes what"),
      ...tests("broker/in-process", "each locked door has its reason"),
      ...rooms("access/pairing: steps out of order are refused"),
    ],
  },
  {
    provision: "5.5-5",
    design:
      "Settings that matter need the button and the label's password, or the owner's signature; an owned unit takes nobody else's.",
    reads: ["device/setup/request.ts", "device/commands/admit.ts"],
    tests: rooms(
      "setup/request: the first who proves presence and label becomes the owner",
      "commands/admit: the owner's signed orders are admitted",
    ),
  },
  {
    provision: "5.5-6",
    design:
      "Wi-Fi password and owner's key pass the set-up channel only: ChaCha20-Poly1305 under a key of this session.",
    reads: ["device/access/secure-channel.ts"],
    tests: [
      ...rooms(
        "access/secure-channel: both directions, empty to full",
        "setup/window: the right password opens a channel; requests and answers are encrypted",
      ),
      ...tests("secrets", "no secret leaves with traces, page, broker, errors or air"),
    ],
  },
  {
    provision: "5.5-7",
    design:
      "Before the peer is verified not a byte is written; afterwards everything goes through TLS.",
    reads: ["device/link/connection.ts"],
    tests: [
      ...rooms("link: nothing is written before the peer is verified"),
      ...tests("secrets", "no secret leaves with traces, page, broker, errors or air"),
    ],
  },
  {
    provision: "5.5-8",
    design:
      "Keys are made, sealed, used, rotated and revoked by commands that leave a record in a hash chain.",
    reads: ["provisioning/ledger/audit.ts", "docs/releasing.md"],
    tests: [
      ...tests(
        "provisioning/ledger",
        "units and records are there after a restart, and the chain is whole",
      ),
      ...tests("provisioning/drill.long", "compromise: the CA is rotated"),
    ],
    needs: { what: "organisation", why: "how a maker handles its keys is seen at the maker" },
  },
  {
    provision: "CP5-remote-mgmt",
    design:
      "What an owner would mind losing needs her signature over unit, counter and expiry; a broker, or who took it over, can forge none.",
    reads: ["docs/adr/0007-two-kinds-of-command.md"],
    tests: rooms(
      "commands/run: an order runs once, also after a restart",
      "commands/run: a wipe played back after the owner has claimed the unit again is refused",
    ),
  },
];
