import { greyLights } from "../../host-sim/panel/reduce.ts";
import type { RightsView } from "../../host-sim/panel/rights.ts";
import type { DeskView, UnitView } from "../../host-sim/panel/view.ts";

/** Neither a real password nor a real serial: the page only carries them. */
export const fakePassword = "7G2K-9QXM-4RTW-H0ZB";
export const fakeSerial = "SAMPLE-0001-7";
export const fakeLabel = {
  covered: false as const,
  password: fakePassword,
  svg: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 620 290"><style>text{font-family:sans-serif}</style><rect width="620" height="290" rx="16" fill="#fff"/><rect x="24" y="24" width="170" height="170" fill="#111"/><g fill="#fff"><rect x="40" y="40" width="40" height="40"/><rect x="138" y="40" width="40" height="40"/><rect x="40" y="138" width="40" height="40"/><rect x="100" y="92" width="20" height="60"/><rect x="130" y="120" width="48" height="18"/></g><text x="216" y="60" font-size="30" fill="#111">Sample Lamp</text><text x="216" y="100" font-size="24" fill="#111">Serial ${fakeSerial}</text><text x="216" y="160" font-size="22" fill="#111">Set-up password</text><text x="216" y="196" font-size="31" font-weight="700" fill="#111">${fakePassword}</text><text x="24" y="240" font-size="22" fill="#111">Security updates until 31 December 2031</text><text x="24" y="270" font-size="20" fill="#111">security@example.com</text></svg>`,
};

const newUnit: UnitView = {
  name: "Sample Lamp",
  serial: fakeSerial,
  powered: false,
  booting: false,
  lamp: false,
  buttonDown: false,
  cable: true,
  wifi: "off",
  life: "new",
  connected: false,
  availability: "unknown",
  engine: "xs",
  heap: { slots: 0, chunks: 0, limit: 137_216 },
};

const partition = (name: string, offset: number, size: number) => ({ name, offset, size });

const flow = {
  name: "temperature",
  purpose: "show the owner the climate of the room",
  recipient: "you, through the message service (broker) named at set-up",
  retention: "thirteen months at the service",
};

/** Everything that an owner's tab can hold, long words included. */
const fakeRights: RightsView = {
  choices: [
    { purpose: "climate", title: "Climate", explain: "the room", flows: [flow], granted: true },
    {
      purpose: "diagnostics",
      title: "Diagnostics",
      explain: "a summary",
      flows: [],
      granted: false,
    },
    {
      purpose: "home-assistant",
      title: "Home Assistant",
      explain: "show it there",
      flows: [],
      granted: false,
      asked: true,
    },
  ],
  looking: false,
  sight: {
    atMs: 1_700_000_000_000,
    ssid: "Desk network",
    broker: "broker.of-a-rather-long-name.example:8883",
    child: true,
    events: [{ atMs: 1_700_000_000_000, words: "it has an owner" }],
    contact: "security@maker.example",
    accounts: ["owner-of-a-rather-long-name-without-any-space", "services"],
    kept: 12,
    flows: [flow],
  },
  export: { name: "thirteen-2026-01-01.json", text: "{}" },
  receipt: {
    text: "a.b.c",
    genuine: true,
    why: "order",
    atMs: 1_700_000_000_000,
    erased: "owner area: key and flash",
  },
  update: {
    version: "1.2.3",
    severity: "important",
    why: "Mends how commands are read.",
    risk: "A neighbour could switch the light.",
    state: "waiting",
    reason: "quiet-hours",
  },
  heir: "A".repeat(43),
};

/** A unit just made, on a desk with four attacks. */
export function freshView(): DeskView {
  return {
    unit: newUnit,
    label: fakeLabel,
    lights: greyLights(),
    timeline: [],
    reports: [],
    wire: [],
    flash: {
      size: 0x400000,
      partitions: [
        partition("nvs", 0x9000, 0x4000),
        partition("otadata", 0xd000, 0x2000),
        partition("nvs_keys", 0xf000, 0x1000),
        partition("factory", 0x10000, 0x4000),
        partition("system", 0x14000, 0x6000),
        partition("owner", 0x1a000, 0x6000),
        partition("slot0", 0x20000, 0x1f0000),
        partition("slot1", 0x210000, 0x1f0000),
      ],
      operations: [],
    },
    attacks: [
      {
        name: "wrong-password",
        guideline: 1,
        title: "Guess the password",
        explain: "Tries a wrong label password as soon as set-up is open.",
        running: false,
      },
      {
        name: "plaintext-broker",
        guideline: 5,
        title: "Pretend to be the server, unencrypted",
        explain: "Answers the device's connection with a broker that does not speak TLS.",
        running: false,
      },
      {
        name: "broken-door",
        guideline: 6,
        title: "Scan for open ports",
        explain: "Knocks on every TCP port of the claimed device.",
        running: false,
      },
      {
        name: "oversize-command",
        guideline: 13,
        title: "Send a command that is too long",
        explain: "Publishes 64 kB to the device's command topic.",
        running: false,
      },
    ],
    owner: {
      stage: "label",
      networks: [
        { ssid: "Desk network", saved: true },
        { ssid: "Neighbour", saved: false },
      ],
    },
    rights: fakeRights,
    maker: {
      units: [{ id: "0123456789abcdefghjkmnpqrs", serial: fakeSerial, version: "1.2.2" }],
      releases: [
        {
          version: "1.2.3",
          severity: "important",
          why: "Mends how commands are read.",
          percent: 10,
          confirmed: 0,
          rolledBack: 1,
        },
      ],
      flags: [
        {
          id: 1,
          atMs: 1_700_000_000_000,
          signal: "forged-orders",
          about: "0123456789abcdefghjkmnpqrs",
          words: "Somebody forges orders.",
        },
      ],
      updating: true,
      publishing: false,
      unwell: "1 of 1 units gave it up",
    },
  };
}
