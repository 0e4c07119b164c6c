import { type Claim, rooms, tests } from "../claim.ts";

export const claims: readonly Claim[] = [
  {
    provision: "5.1-1",
    design:
      "There is one password: the set-up password on the unit's label, 80 random bits of its own. It opens the set-up conversation only, and only after the button was pressed. Nothing else in the device takes a password: owners sign with a key, machines show certificates.",
    reads: ["docs/adr/0002-pairing.md", "provisioning/set-up-password.ts"],
    tests: [
      ...tests("provisioning/factory", "more units than a batch: all different, all recorded"),
      ...tests(
        "attacks",
        "a new unit listens on nothing",
        "claimed and connected, it listens on nothing",
      ),
      ...rooms("setup/window: the right password opens a channel"),
    ],
  },
  {
    provision: "5.1-2",
    design:
      "The factory takes each password from the operating system's generator: 16 symbols of 5 bits, no remainder, derived from nothing.",
    reads: ["provisioning/set-up-password.ts", "test/provisioning/password-quality.ts"],
    tests: tests(
      "provisioning/password-quality.long",
      "100,000 passwords: no duplicate",
      "control: each kind of bad generator is found",
      "no password follows from serial, id or index",
      "no password of issued units follows from their certificates either",
    ),
  },
  {
    provision: "5.1-2A",
    design:
      "Machines know each other by certificates under TLS; MQTT user names and passwords are not sent and count for nothing at the broker.",
    reads: ["docs/brokers.md", "device/link/mqtt-encoder.ts", "host-sim/broker/topic-rules.ts"],
    tests: [
      ...rooms("link: MQTT encoder: CONNECT: protocol level 4"),
      ...tests("broker/in-process", "each locked door has its reason"),
    ],
  },
  {
    provision: "5.1-3",
    design:
      "Set-up proves the label's password by SPAKE2+ (RFC 9383, P-256); the unit holds a verifier behind scrypt, and a recorded conversation opens nothing. Owners sign with Ed25519.",
    reads: ["docs/adr/0002-pairing.md", "device/access/spake2plus.ts"],
    tests: [
      ...rooms(
        "access/spake2plus: RFC 9383 vector: the verifier's share",
        "access/spake2plus: a recorded confirmation does not open another session",
        "access/spake2plus: a wrong password, another unit and another protocol",
      ),
      ...tests("raw-flash", "what is there is the verifier"),
    ],
  },
  {
    provision: "5.1-4",
    design:
      "What authenticates an owner is a key: it is replaced by one signed order, and by pressing the button and setting up anew after a wipe. The replaced key is worth nothing from that moment.",
    reads: ["docs/product/set-up-guide.md", "device/commands/admit.ts"],
    tests: [
      ...tests("life", "a new router: its owner sets the unit up again, nobody else does"),
      ...rooms("wipe: a device handed on is the next owner's to claim and nobody else's"),
    ],
  },
  {
    provision: "5.1-5",
    design:
      "Three free guesses, then waits that double to fifteen minutes; the count is in flash before an answer leaves and starts anew with each power cut. A month of guessing gets fewer than 2,900 of 2^80.",
    reads: ["device/access/lock-out.ts", "docs/adr/0002-pairing.md"],
    tests: [
      ...rooms(
        "access/lock-out: a month of guessing, with and without power cuts",
        "access/lock-out: the owner who mistypes twice does not wait",
        "access/pairing: one conversation at a time",
      ),
      ...tests(
        "brute-force.long",
        "control: a device that forgets its failures without power is caught",
      ),
    ],
  },
  {
    provision: "CP1-reset",
    design:
      "A wipe forgets the owner and keeps the unit's own verifier, which no other unit shares. There is no reset to anything that two units have in common.",
    reads: ["device/storage/areas.ts", "docs/product/deletion-guide.md"],
    tests: rooms("storage/areas: after the end of an owner the area is blank"),
  },
];
